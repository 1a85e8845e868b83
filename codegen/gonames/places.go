package gonames

import (
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// places finds where a version of lexicons writes what has a Go name.
type places struct {
	graph    *resolver.Graph
	lexicons map[string]*written // by id, as they are needed
}

func placesOf(g *resolver.Graph) *places { return &places{graph: g, lexicons: map[string]*written{}} }

// named returns the place of the name that a type of a lexicon has, as a
// definition or a property, and else where the type begins; none for no type.
func (p *places) named(id string, t parser.Type) diag.Span {
	if t == nil {
		return p.around(id)
	}
	if at, ok := p.in(id).names[t]; ok {
		return at
	}
	at := t.Span()
	at.End = at.Start + 1
	return at
}

// around returns the place of the definition that something is in, or of the id
// of its lexicon; none if there is no such lexicon.
func (p *places) around(id string) diag.Span {
	if end := strings.IndexAny(id, " /"); end >= 0 {
		id = id[:end]
	}
	if def := p.graph.Lookup(id); def != nil {
		return def.AST.Name.At
	}
	id, _, _ = strings.Cut(id, "#")
	if lexicon := p.graph.Lexicon(id); lexicon != nil {
		return lexicon.Doc.ID.At
	}
	return diag.Span{}
}

func (p *places) in(id string) *written {
	w, ok := p.lexicons[id]
	if !ok {
		w = &written{names: map[parser.Type]diag.Span{}}
		if lexicon := p.graph.Lexicon(id); lexicon != nil {
			for _, def := range lexicon.Defs {
				w.definition(def)
			}
		}
		p.lexicons[id] = w
	}
	return w
}

// written is what one lexicon says where.
type written struct {
	names map[parser.Type]diag.Span // of definitions and properties, by their types
}

func (w *written) definition(def *resolver.Def) {
	at := def.AST.Name.At
	w.names[def.AST.Type] = at
	switch t := def.AST.Type.(type) {
	case *parser.Record:
		if t.Record != nil {
			w.names[t.Record] = at
			w.typ(t.Record)
		}
	case *parser.Query:
		w.method(&t.Method)
	case *parser.Procedure:
		w.body(t.Input)
		w.method(&t.Method)
	case *parser.Subscription:
		w.params(t.Parameters)
		if t.Message != nil {
			w.typ(t.Message.Schema)
		}
	default:
		w.typ(t)
	}
}

func (w *written) method(m *parser.Method) {
	w.params(m.Parameters)
	w.body(m.Output)
}

func (w *written) params(p *parser.Params) {
	if p != nil {
		w.properties(p.Properties)
	}
}

func (w *written) body(b *parser.Body) {
	if b != nil {
		w.typ(b.Schema)
	}
}

// typ finds what stands inside a type, at any depth.
func (w *written) typ(t parser.Type) {
	switch t := t.(type) {
	case *parser.Array:
		w.typ(t.Items)
	case *parser.Object:
		w.properties(t.Properties)
	}
}

func (w *written) properties(list []*parser.Property) {
	for _, p := range list {
		if p.Type != nil {
			w.names[p.Type] = p.Name.At
			w.typ(p.Type)
		}
	}
}
