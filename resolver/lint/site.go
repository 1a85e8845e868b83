package lint

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/resolver"
)

// site is a type in its surroundings.
type site struct {
	def      *resolver.Def
	typ      parser.Type
	property *parser.Property // nil for what is no property and no parameter itself
	param    bool             // whether the property is a parameter
	item     bool             // whether the type is that of an array's items
}

// walk visits a type and all types inside it, from outside in and in source
// order. Types that could not be read are passed over.
type walk struct {
	def   *resolver.Def
	visit func(*site)
}

func (w walk) typ(s site) {
	if s.typ == nil {
		return
	}
	s.def = w.def
	w.visit(&s)
	switch t := s.typ.(type) {
	case *parser.Object:
		w.properties(t.Properties, false)
	case *parser.Params:
		w.properties(t.Properties, true)
	case *parser.Array:
		w.typ(site{typ: t.Items, item: true})
	case *parser.Record:
		if t.Record != nil {
			w.typ(site{typ: t.Record})
		}
	case *parser.Query:
		w.method(&t.Method)
	case *parser.Procedure:
		w.method(&t.Method)
		w.body(t.Input)
	case *parser.Subscription:
		w.params(t.Parameters)
		if t.Message != nil {
			w.typ(site{typ: t.Message.Schema})
		}
	}
}

func (w walk) method(m *parser.Method) {
	w.params(m.Parameters)
	w.body(m.Output)
}

func (w walk) params(p *parser.Params) {
	if p != nil {
		w.typ(site{typ: p})
	}
}

func (w walk) body(b *parser.Body) {
	if b != nil {
		w.typ(site{typ: b.Schema})
	}
}

func (w walk) properties(list []*parser.Property, param bool) {
	for _, p := range list {
		w.typ(site{typ: p.Type, property: p, param: param})
	}
}

// methodOf returns what a query or procedure is made of, nil for every other
// definition.
func methodOf(def *resolver.Def) *parser.Method {
	switch t := def.AST.Type.(type) {
	case *parser.Query:
		return &t.Method
	case *parser.Procedure:
		return &t.Method
	default:
		return nil
	}
}

// propertiesOf returns the properties of an object or the parameters of a method,
// nothing for other types.
func propertiesOf(t parser.Type) []*parser.Property {
	switch t := t.(type) {
	case *parser.Object:
		return t.Properties
	case *parser.Params:
		return t.Properties
	default:
		return nil
	}
}

// propertyOf returns the property of that name, or nil.
func propertyOf(t parser.Type, name string) *parser.Property {
	for _, p := range propertiesOf(t) {
		if p.Name.Value == name {
			return p
		}
	}
	return nil
}
