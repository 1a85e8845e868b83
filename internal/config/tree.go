package config

import "github.com/lexgen/lexgen/parser/diag"

// node is the sum of what the YAML of a configuration is made of.
type node interface {
	diag.Spanner
	// plain returns the value as encoding/json would.
	plain() any
}

// scalar is a string, bool, number or nil.
type scalar struct {
	at    diag.Span
	value any
}

// sequence is a list.
type sequence struct {
	at    diag.Span
	items []node
	flow  bool // in brackets
}

// mapping is a map in source order. Keys are unique.
type mapping struct {
	at      diag.Span
	members []member
	flow    bool // in braces
}

type member struct {
	key   Text
	value node
}

func (s *scalar) Span() diag.Span   { return s.at }
func (s *sequence) Span() diag.Span { return s.at }
func (m *mapping) Span() diag.Span  { return m.at }

func (s *scalar) plain() any { return s.value }

func (s *sequence) plain() any {
	list := make([]any, 0, len(s.items))
	for _, item := range s.items {
		list = append(list, item.plain())
	}
	return list
}

func (m *mapping) plain() any {
	values := make(map[string]any, len(m.members))
	for _, member := range m.members {
		values[member.key.Value] = member.value.plain()
	}
	return values
}

// get returns the value of a key, nil if it is absent.
func (m *mapping) get(key string) node {
	for _, member := range m.members {
		if member.key.Value == key {
			return member.value
		}
	}
	return nil
}
