package parser

import (
	"strconv"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// site is a JSON value in its surroundings.
type site struct {
	value jsontree.Value
	key   *jsontree.String // nil for the root and for items of arrays
	owner *site            // the object or array that holds the value; nil for the root
}

// find follows a path of keys and indices. It ends early where the tree does.
func find(root *site, path []string) *site {
	at := root
	for _, token := range path {
		next := at.child(token)
		if next == nil {
			return at
		}
		at = next
	}
	return at
}

func (s *site) child(token string) *site {
	switch v := s.value.(type) {
	case *jsontree.Object:
		if m, ok := v.Member(token); ok {
			return &site{value: m.Value, key: m.Key, owner: s}
		}
	case *jsontree.Array:
		if i, err := strconv.Atoi(token); err == nil && 0 <= i && i < len(v.Items) {
			return &site{value: v.Items[i], owner: s}
		}
	}
	return nil
}

// nestedType reports whether the value stands where a property or the items of
// an array have their type.
func (s *site) nestedType() bool {
	owner := s.owner
	if owner == nil || s.key == nil {
		return false
	}
	if s.key.Text == "items" {
		return owner.hasType("array")
	}
	return owner.key != nil && owner.key.Text == "properties" && owner.owner != nil && owner.owner.hasType("object")
}

// hasType reports whether the value is an object of that type.
func (s *site) hasType(name string) bool {
	t, ok := s.member("type").(*jsontree.String)
	return ok && t.Text == name
}

// member returns the value of a member if the value is an object that has it.
func (s *site) member(name string) jsontree.Value {
	if o, ok := s.value.(*jsontree.Object); ok {
		return o.Get(name)
	}
	return nil
}

// keySpan returns the place of the value's key. An item, and the root, stand
// for themselves.
func (s *site) keySpan() diag.Span {
	if s.key == nil {
		return s.first()
	}
	return s.key.At
}

// ownerSpan returns the place of the key of the object that holds the value.
func (s *site) ownerSpan() diag.Span {
	if s.owner == nil {
		return s.first()
	}
	return s.owner.keySpan()
}

// lackSpan returns the place where something is missing in an object.
func (s *site) lackSpan() diag.Span {
	if t, ok := s.member("type").(*jsontree.String); ok {
		return t.At
	}
	return s.keySpan()
}

// first returns the place of the value, or its opening bracket if it has one.
func (s *site) first() diag.Span {
	at := s.value.Span()
	switch s.value.(type) {
	case *jsontree.Object, *jsontree.Array:
		at.End = at.Start + 1
	}
	return at
}
