package jsontree

import "github.com/lexgen/lexgen/parser/diag"

// Value is the sum of the JSON values: [*Object], [*Array], [*String],
// [*Number], [*Bool] and [*Null].
type Value interface {
	diag.Spanner
	value()
}

// Node is embedded in every value and gives it its place.
type Node struct{ At diag.Span }

// Span returns the bytes of the value, brackets and quotes included.
func (n Node) Span() diag.Span { return n.At }

func (Node) value() {}

// Object is a JSON object. Of members with one name only the first is there.
type Object struct {
	Node
	Members []Member // in source order

	index map[string]int // of Members by name; nil while there are few
}

// Member is one member of an object. No field is nil.
type Member struct {
	Key   *String
	Value Value
}

// indexedMembers is the number of members from which an object has an index.
const indexedMembers = 8

// Member returns the member of that name.
func (o *Object) Member(name string) (m Member, ok bool) {
	if o.index != nil {
		i, ok := o.index[name]
		if !ok {
			return Member{}, false
		}
		return o.Members[i], true
	}
	for _, m := range o.Members {
		if m.Key.Text == name {
			return m, true
		}
	}
	return Member{}, false
}

// Get returns the value of the member of that name, nil if there is none.
func (o *Object) Get(name string) Value {
	m, _ := o.Member(name)
	return m.Value
}

// add appends a member whose name is new.
func (o *Object) add(m Member) {
	o.Members = append(o.Members, m)
	if len(o.Members) < indexedMembers {
		return
	}
	if o.index == nil {
		o.index = make(map[string]int, 2*indexedMembers)
		for i, m := range o.Members {
			o.index[m.Key.Text] = i
		}
	}
	o.index[m.Key.Text] = len(o.Members) - 1
}

// Array is a JSON array.
type Array struct {
	Node
	Items []Value
}

// String is a JSON string. Text is always UTF-8: what cannot be written in it
// is replaced by U+FFFD, and reported.
type String struct {
	Node
	Text string
}

// Number is a JSON number. Text is the number as it is written, of any size
// and precision.
type Number struct {
	Node
	Text string
}

// Bool is true or false.
type Bool struct {
	Node
	Value bool
}

// Null is null.
type Null struct{ Node }
