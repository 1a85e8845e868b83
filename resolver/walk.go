package resolver

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
)

// place says where a reference stands, because that decides what it may lead
// to.
type place int

const (
	inRef   place = iota // in the place of a type
	inUnion              // as a member of a union
)

// references yields every reference of a type in source order, at any depth.
type references struct {
	yield func(*parser.Reference, place)
}

// walk visits a type; nil, as in a broken document, has no references.
func (w references) walk(t parser.Type) {
	switch t := t.(type) {
	case nil:
	case *parser.Boolean, *parser.Integer, *parser.String, *parser.Bytes, *parser.CIDLink, *parser.Blob,
		*parser.Token, *parser.Unknown, *parser.Params, *parser.Permission, *parser.PermissionSet:
	case *parser.Ref:
		w.reference(t.Ref, inRef)
	case *parser.Union:
		w.union(t)
	case *parser.Array:
		w.walk(t.Items)
	case *parser.Object:
		w.object(t)
	case *parser.Record:
		w.object(t.Record)
	case *parser.Query:
		w.body(t.Output)
	case *parser.Procedure:
		w.body(t.Input)
		w.body(t.Output)
	case *parser.Subscription:
		w.message(t.Message)
	default:
		panic(fmt.Sprintf("resolver: references of %T", t))
	}
}

// reference passes over a missing or malformed reference, which was reported.
func (w references) reference(ref *parser.Reference, at place) {
	if ref != nil && ref.ID != "" {
		w.yield(ref, at)
	}
}

func (w references) union(u *parser.Union) {
	for _, ref := range u.Refs {
		w.reference(ref, inUnion)
	}
}

func (w references) object(o *parser.Object) {
	if o == nil {
		return
	}
	for _, property := range o.Properties {
		w.walk(property.Type)
	}
}

func (w references) body(b *parser.Body) {
	if b != nil {
		w.walk(b.Schema)
	}
}

func (w references) message(m *parser.Message) {
	if m != nil {
		w.walk(m.Schema)
	}
}
