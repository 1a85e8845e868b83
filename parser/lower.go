package parser

import (
	"strconv"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// lowering turns a JSON tree into a Document. The shape is checked already:
// what the schema refused is treated as absent, without a word.
type lowering struct {
	file   *diag.File
	report *diag.Report
	faults *faults
	id     string          // of the document, empty if it has none
	names  map[string]bool // of the document's definitions
}

// get returns the value of an attribute, nil if it is absent or was refused.
func (l *lowering) get(o *jsontree.Object, name string) jsontree.Value {
	v := o.Get(name)
	if v == nil || l.refused(v) {
		return nil
	}
	return v
}

func (l *lowering) refused(v jsontree.Value) bool {
	_, refused := l.faults.refused[v]
	return refused
}

func (l *lowering) object(o *jsontree.Object, name string) *jsontree.Object {
	object, _ := l.get(o, name).(*jsontree.Object)
	return object
}

// items returns the items of an array that were not refused.
func (l *lowering) items(o *jsontree.Object, name string) []jsontree.Value {
	array, ok := l.get(o, name).(*jsontree.Array)
	if !ok {
		return nil
	}
	items := make([]jsontree.Value, 0, len(array.Items))
	for _, item := range array.Items {
		if !l.refused(item) {
			items = append(items, item)
		}
	}
	return items
}

func (l *lowering) text(o *jsontree.Object, name string) Text {
	if s, ok := l.get(o, name).(*jsontree.String); ok {
		return textOf(s)
	}
	return Text{}
}

// optionalText returns nil where text returns an absent one.
func (l *lowering) optionalText(o *jsontree.Object, name string) *Text {
	if t := l.text(o, name); t.Present() {
		return &t
	}
	return nil
}

func (l *lowering) texts(o *jsontree.Object, name string) []Text {
	var texts []Text
	for _, item := range l.items(o, name) {
		if s, ok := item.(*jsontree.String); ok {
			texts = append(texts, textOf(s))
		}
	}
	return texts
}

func (l *lowering) integer(o *jsontree.Object, name string) *Int {
	return intOf(l.get(o, name))
}

func (l *lowering) boolean(o *jsontree.Object, name string) *Bool {
	if b, ok := l.get(o, name).(*jsontree.Bool); ok {
		return &Bool{Node: Node{b.At}, Value: b.Value}
	}
	return nil
}

func textOf(s *jsontree.String) Text { return Text{Node: Node{s.At}, Value: s.Text} }

// intOf returns an integer, nil for everything else.
func intOf(v jsontree.Value) *Int {
	number, ok := v.(*jsontree.Number)
	if !ok {
		return nil
	}
	n, err := strconv.ParseInt(number.Text, 10, 64)
	if err != nil {
		return nil
	}
	return &Int{Node: Node{number.At}, Value: n}
}
