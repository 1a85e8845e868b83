package lexfmt

import (
	"bytes"
	"unicode/utf8"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// node is a value that is ready to be printed.
type node struct {
	text        string // of a scalar, as in the file
	open, close string // the brackets of an object or array, else empty
	items       []item
	isOpen      bool // has its items on lines of their own even if one line holds all
	width       int  // on one line, in code points
}

// item is a member of an object, or an item of an array.
type item struct {
	key   string // with quotes, as in the file; empty in an array
	blank bool   // stands behind a blank line
	value *node
}

// builder makes nodes of the values of a file.
type builder struct{ src []byte }

func (b builder) value(v jsontree.Value, r role) *node {
	switch v := v.(type) {
	case *jsontree.Object:
		return b.object(v, r)
	case *jsontree.Array:
		return b.array(v, r)
	default:
		text := b.text(v)
		return &node{text: text, width: utf8.RuneCountInString(text)}
	}
}

// object is open if its author began it on a new line.
func (b builder) object(o *jsontree.Object, r role) *node {
	n := &node{open: "{", close: "}"}
	if len(o.Members) == 0 {
		return n.measured(0)
	}
	n.isOpen = b.lines(o.At.Start, o.Members[0].Key.At.Start) > 0
	blank := b.blanks(o)
	for _, m := range r.ordered(o.Members) {
		n.add(item{key: b.text(m.Key), blank: blank[m.Key], value: b.value(m.Value, r.below(m.Key.Text))})
	}
	return n.measured(len("  "))
}

// blanks returns the keys that stand behind a blank line.
func (b builder) blanks(o *jsontree.Object) map[*jsontree.String]bool {
	behind := map[*jsontree.String]bool{}
	for i, m := range o.Members[1:] {
		if b.blank(o.Members[i].Value.Span().End, m.Key.At.Start) {
			behind[m.Key] = true
		}
	}
	return behind
}

// array is open if it has more than one item and all are objects, or all are
// arrays, of more than one item themselves.
func (b builder) array(a *jsontree.Array, r role) *node {
	n := &node{open: "[", close: "]"}
	lists := len(a.Items) > 1
	end := a.At.Start
	for i, v := range a.Items {
		value := b.value(v, r)
		at := v.Span()
		n.add(item{blank: i > 0 && b.blank(end, at.Start), value: value})
		lists = lists && len(value.items) > 1 && value.open == n.items[0].value.open
		end = at.End
	}
	n.isOpen = n.isOpen || lists
	return n.measured(0)
}

// add adds an item. What holds something open is open.
func (n *node) add(i item) {
	n.items = append(n.items, i)
	n.isOpen = n.isOpen || i.value.isOpen
}

// measured sets the width, with that of the space inside of the brackets.
func (n *node) measured(space int) *node {
	n.width = len(n.open) + space + len(n.close) + max(0, len(n.items)-1)*len(", ")
	for _, i := range n.items {
		n.width += i.prefix() + i.value.width
	}
	return n
}

// prefix is the width of a key and its colon.
func (i item) prefix() int {
	if i.key == "" {
		return 0
	}
	return utf8.RuneCountInString(i.key) + len(": ")
}

func (b builder) text(v diag.Spanner) string {
	at := v.Span()
	return string(b.src[at.Start:at.End])
}

// lines counts the line feeds from one offset to another.
func (b builder) lines(start, end int) int { return bytes.Count(b.src[start:end], []byte("\n")) }

// blank reports whether a blank line stands behind the comma of two items, the
// first of which ends where the second has not begun.
func (b builder) blank(end, start int) bool {
	comma := bytes.IndexByte(b.src[end:start], ',')
	return b.lines(end+comma, start) > 1
}
