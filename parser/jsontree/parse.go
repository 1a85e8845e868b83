package jsontree

import (
	"bytes"
	"fmt"

	"github.com/lexgen/lexgen/parser/diag"
)

const (
	// MaxSize is the size of the largest file that is read, in bytes.
	MaxSize = 16 << 20
	// MaxValues is how many values a file may hold. Files of people have some
	// thousands; what is done with a tree costs more than reading it.
	MaxValues = 1 << 15
	// MaxDepth is how many objects and arrays may be nested.
	MaxDepth = 128
)

// Parse reads a file and reports what is wrong with it. The value is nil if
// nothing could be read. It is whole unless an error hid the rest of the file:
// then an object or array that the error stands in ends before it, and nothing
// can be said about what is missing. Errors that hide nothing (a repeated key,
// an odd escape, data behind the value) leave the value whole.
func Parse(f *diag.File, r *diag.Report) (root Value, whole bool) {
	src := f.Source()
	if len(src) > MaxSize {
		r.Error(diag.CodeTooLarge, diag.Span{File: f},
			fmt.Sprintf("the file has more than the %d bytes that are read", MaxSize))
		return nil, false
	}
	p := &reader{file: f, report: r, src: src, badByte: -1}
	if !p.encoding() {
		return nil, false
	}
	if p.space(); p.end() {
		p.fail(p.here(), "the file is empty")
		return nil, false
	}
	root = p.value()
	p.trailing()
	return root, !p.failed
}

// reader is the state of one Parse.
type reader struct {
	file    *diag.File
	report  *diag.Report
	src     []byte
	pos     int
	values  int
	depth   int
	badByte int  // offset of the first byte that is not UTF-8, or -1
	badText bool // something in the current string was reported
	failed  bool // the rest cannot be read
}

// trailing reports what stands behind the value.
func (p *reader) trailing() {
	if p.failed {
		return
	}
	p.space()
	if p.end() || p.pos == p.badByte {
		return
	}
	rest := bytes.TrimRight(p.src[p.pos:], " \t\r\n")
	p.report.Error(diag.CodeTrailingData, p.span(p.pos, p.pos+len(rest)),
		"a file holds one JSON value, and here something follows it")
}

// value reads a value. It returns nil, having reported why, where there is
// none.
func (p *reader) value() Value {
	p.space()
	if p.end() {
		p.expected("a value")
		return nil
	}
	if p.values++; p.values > MaxValues {
		p.failed = true
		p.report.Error(diag.CodeTooLarge, p.here(), fmt.Sprintf("the file holds more than %d values", MaxValues))
		return nil
	}
	switch c := p.src[p.pos]; {
	case c == '{':
		return p.object()
	case c == '[':
		return p.array()
	case c == '"':
		return p.stringValue()
	case c == '-' || isDigit(c):
		return p.number()
	case isLetter(c):
		return p.literal()
	default:
		p.expected("a value")
		return nil
	}
}

func (p *reader) object() Value {
	o := &Object{Node: p.node(p.pos)}
	p.members(o)
	o.At.End = p.pos
	return o
}

func (p *reader) members(o *Object) {
	if !p.open(o.At) {
		return
	}
	for empty := true; !p.closed(o.At, '}', empty); empty = false {
		if !p.member(o) {
			return
		}
	}
}

// member reads one member; it reports false if the object cannot be read on.
func (p *reader) member(o *Object) bool {
	if p.end() || p.src[p.pos] != '"' {
		p.expected("a member's name in double quotes", diag.WithNote(o.At, "the object begins here"))
		return false
	}
	key := p.string()
	if p.failed {
		return false
	}
	p.space()
	if p.end() || p.src[p.pos] != ':' {
		p.expected(fmt.Sprintf("a colon after %q", key.Text))
		return false
	}
	p.pos++
	value := p.value()
	if value == nil {
		return false
	}
	if first, ok := o.Member(key.Text); ok {
		p.report.Error(diag.CodeDuplicateKey, key.At,
			fmt.Sprintf("the object has the key %q twice", key.Text),
			diag.WithNote(first.Key.At, "it is here first"),
			diag.Help("remove one of the two: readers differ in which one they see"))
		return !p.failed
	}
	o.add(Member{Key: key, Value: value})
	return !p.failed
}

func (p *reader) array() Value {
	a := &Array{Node: p.node(p.pos)}
	p.items(a)
	a.At.End = p.pos
	return a
}

func (p *reader) items(a *Array) {
	if !p.open(a.At) {
		return
	}
	for empty := true; !p.closed(a.At, ']', empty); empty = false {
		item := p.value()
		if item != nil {
			a.Items = append(a.Items, item)
		}
		if p.failed {
			return
		}
	}
}

// open steps over an opening bracket and reports whether what is behind it can
// be read: nothing is if that is one bracket too many.
func (p *reader) open(at diag.Span) bool {
	p.pos++
	if p.depth == MaxDepth {
		p.failed = true
		p.report.Error(diag.CodeTooDeep, p.span(at.Start, at.Start+1),
			fmt.Sprintf("objects and arrays are nested deeper than %d levels", MaxDepth),
			diag.Help("give the inner objects names of their own and refer to them"))
		return false
	}
	p.depth++
	return true
}

// closed steps over what stands between two members or items and reports
// whether the object or array is at its end. The first time, empty is true.
func (p *reader) closed(at diag.Span, bracket byte, empty bool) bool {
	if p.take(bracket) {
		p.depth--
		return true
	}
	if empty {
		return false
	}
	comma := p.pos
	if !p.take(',') {
		begin := diag.Span{File: at.File, Start: at.Start, End: at.Start + 1}
		p.expected(fmt.Sprintf("a comma or %q", bracket), diag.WithNote(begin, fmt.Sprintf("%q is open since here", p.src[at.Start])))
		return true
	}
	if !p.take(bracket) {
		return false
	}
	p.report.Error(diag.CodeBadJSON, p.span(comma, comma+1), fmt.Sprintf("a comma before %q", bracket),
		diag.Help("remove the comma"))
	p.depth--
	return true
}

// take skips space and then c, if it is next.
func (p *reader) take(c byte) bool {
	p.space()
	if p.end() || p.src[p.pos] != c {
		return false
	}
	p.pos++
	return true
}
