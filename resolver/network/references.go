package network

import (
	"maps"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// References returns the other schemas that a document names, sorted: those of
// references and unions, of known values that are tokens, and what the permissions of a
// set are for. They are the ones that the installer of @atproto/lex takes along.
func References(doc *parser.Document) []syntax.NSID {
	w := walker{found: map[syntax.NSID]bool{}}
	for _, def := range doc.Defs {
		w.walk(def.Type)
	}
	delete(w.found, syntax.NSID(doc.ID.Value))
	return slices.Sorted(maps.Keys(w.found))
}

// walker collects the names in types.
type walker struct{ found map[syntax.NSID]bool }

// add takes a name, unless it is none.
func (w walker) add(name string) {
	if nsid, err := syntax.ParseNSID(name); err == nil {
		w.found[nsid] = true
	}
}

func (w walker) walk(t parser.Type) {
	switch t := t.(type) {
	case *parser.Ref:
		w.references(t.Ref)
	case *parser.Union:
		w.references(t.Refs...)
	case *parser.String:
		w.tokens(t)
	case *parser.Array:
		w.walk(t.Items)
	case *parser.Object:
		w.object(t)
	case *parser.Record:
		w.object(t.Record)
	case *parser.Query:
		w.params(t.Parameters)
		w.body(t.Output)
	case *parser.Procedure:
		w.params(t.Parameters)
		w.body(t.Input)
		w.body(t.Output)
	case *parser.Subscription:
		w.params(t.Parameters)
		if t.Message != nil {
			w.walk(t.Message.Schema)
		}
	case *parser.PermissionSet:
		for _, p := range t.Permissions {
			w.permission(p)
		}
	}
}

func (w walker) references(refs ...*parser.Reference) {
	for _, ref := range refs {
		if ref != nil {
			w.add(ref.ID)
		}
	}
}

// tokens takes known values of the form NSID#NAME (LX-21).
func (w walker) tokens(s *parser.String) {
	for _, value := range s.KnownValues {
		if id, name, ok := strings.Cut(value.Value, "#"); ok && name != "" && !strings.Contains(name, "#") {
			w.add(id)
		}
	}
}

func (w walker) object(o *parser.Object) {
	if o != nil {
		w.properties(o.Properties)
	}
}

func (w walker) params(p *parser.Params) {
	if p != nil {
		w.properties(p.Properties)
	}
}

func (w walker) properties(list []*parser.Property) {
	for _, property := range list {
		w.walk(property.Type)
	}
}

func (w walker) body(b *parser.Body) {
	if b != nil {
		w.walk(b.Schema)
	}
}

func (w walker) permission(p *parser.Permission) {
	names := p.Collection
	if p.Resource.Value == "rpc" {
		names = p.LXM
	}
	for _, name := range names {
		w.add(name.Value)
	}
}
