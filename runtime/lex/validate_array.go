package lex

import "sync"

// An ArraySchema is an array (LX-15).
type ArraySchema struct {
	rules Rules
	items func() (Schema, *Error)
	size  uintptr // of an item's variable
}

// NewArraySchema describes an array. items is called once, when the first
// value is checked.
func NewArraySchema(rules Rules, items func() Schema) *ArraySchema {
	return &ArraySchema{rules: rules, items: sync.OnceValues(func() (Schema, *Error) { return items(), nil })}
}

// Items returns the schema of the items; nil if the description of a generated
// type is defective.
func (s *ArraySchema) Items() Schema {
	items, err := s.items()
	if err != nil {
		return nil
	}
	return items
}

// Rules returns the constraints of the length.
func (s *ArraySchema) Rules() Rules { return s.rules }

func (s *ArraySchema) check(c *checker, x subject) {
	list, ok := s.list(x)
	if !ok {
		c.expected("an array", x.data)
		return
	}
	items, err := s.items()
	if err != nil {
		c.broken(err)
	}
	if !c.enter() {
		return
	}
	s.rules.checkItems(c, list.n)
	for i := 0; i < list.n && !c.stopped; i++ {
		items.check(c.item(i), list.item(i))
		c.pop()
	}
	c.leave()
}

// A listing is an array, wherever it lives.
type listing struct {
	n     int
	data  []any
	first ptr // variable of the first item, if it has any
	size  uintptr
}

// list returns the value as an array, if it is one.
func (s *ArraySchema) list(x subject) (listing, bool) {
	if x.isData() {
		data, ok := x.data.([]any)
		return listing{n: len(data), data: data}, ok
	}
	header := *at[[]byte](x.variable) // only its address and length count
	if len(header) == 0 {
		return listing{}, true
	}
	return listing{n: len(header), first: addr(&header[0]), size: s.size}, true
}

func (l listing) item(i int) subject {
	if l.first.isNil() {
		return subject{data: l.data[i]}
	}
	return subject{variable: l.first.field(l.size * uintptr(i))}
}
