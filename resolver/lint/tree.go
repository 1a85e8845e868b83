package lint

import (
	"cmp"
	"sort"
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// trees reads the JSON of files again, each once and only when it is needed: to
// see what the parser's tree does not show, and to edit it.
type trees map[*diag.File]jsontree.Value

// of returns the tree of a file; nil if there is no file, or nothing of it can be
// read. What is wrong with it was reported.
func (t trees) of(file *diag.File) jsontree.Value {
	root, ok := t[file]
	if !ok && file != nil {
		root, _ = jsontree.Parse(file, &diag.Report{})
		t[file] = root
	}
	return root
}

// step is one step on the way from the root to a value.
type step struct {
	key   string // of a member, or the index of an item
	value jsontree.Value
}

// find returns the way to the innermost value that begins at or before a span
// and ends behind it; the key of a member counts as the member. Above all is the
// root.
func (t trees) find(at diag.Span) []step {
	value := t.of(at.File)
	if value == nil {
		return nil
	}
	way := []step{{"", value}}
	for next := inside(value, at); next != nil; next = inside(next.value, at) {
		way = append(way, *next)
	}
	return way
}

// inside returns the member or item around a span, nil if there is none.
func inside(value jsontree.Value, at diag.Span) *step {
	switch v := value.(type) {
	case *jsontree.Object:
		i := sort.Search(len(v.Members), func(i int) bool { return at.End <= v.Members[i].Value.Span().End })
		if i < len(v.Members) && v.Members[i].Key.At.Start <= at.Start {
			return &step{v.Members[i].Key.Text, v.Members[i].Value}
		}
	case *jsontree.Array:
		i := sort.Search(len(v.Items), func(i int) bool { return at.End <= v.Items[i].Span().End })
		if i < len(v.Items) && v.Items[i].Span().Start <= at.Start {
			return &step{strconv.Itoa(i), v.Items[i]}
		}
	}
	return nil
}

// members returns the object at a node, one without members if there is none.
func (t trees) members(at diag.Spanner) *jsontree.Object {
	var o *jsontree.Object
	if way := t.find(at.Span()); len(way) > 0 {
		o, _ = way[len(way)-1].value.(*jsontree.Object)
	}
	return cmp.Or(o, &jsontree.Object{})
}

// list returns the array around a value, nil if there is none, and the value's
// index in it.
func (t trees) list(item diag.Spanner) (list *jsontree.Array, index int) {
	if way := t.find(item.Span()); len(way) > 1 {
		list, _ = way[len(way)-2].value.(*jsontree.Array)
		index, _ = strconv.Atoi(way[len(way)-1].key) // made from an index
	}
	return list, index
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// pointer returns the way to a span as a JSON pointer (RFC 6901).
func (t trees) pointer(at diag.Span) string {
	var b strings.Builder
	for i, s := range t.find(at) {
		if i > 0 {
			b.WriteString("/" + pointerEscapes.Replace(s.key))
		}
	}
	return b.String()
}
