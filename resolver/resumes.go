package resolver

import "github.com/lexgen/lexgen/parser"

// Resumes reports whether a subscription can go on where it was cut: its parameters
// have an integer cursor, and every message but its own #info has a required integer
// seq. A definition that is no subscription, or nil, cannot.
func (g *Graph) Resumes(stream *Def) bool {
	if stream == nil {
		return false
	}
	t, ok := stream.AST.Type.(*parser.Subscription)
	if !ok || t.Parameters == nil || t.Message == nil || integer(t.Parameters.Properties, "cursor") == nil {
		return false
	}
	union, ok := t.Message.Schema.(*parser.Union)
	if !ok || len(union.Refs) == 0 {
		return false
	}
	for _, ref := range union.Refs {
		def := g.Target(ref)
		if def == nil {
			return false
		}
		object, ok := def.AST.Type.(*parser.Object)
		if info := def.Name == "info" && def.Lexicon == stream.Lexicon; !ok || !info && !numbered(object) {
			return false
		}
	}
	return true
}

// numbered reports whether every value of a type has a seq.
func numbered(t *parser.Object) bool {
	seq := integer(t.Properties, "seq")
	return seq != nil && seq.Required && !seq.Nullable
}

// integer returns the integer property of that name, nil if there is none.
func integer(properties []*parser.Property, name string) *parser.Property {
	for _, p := range properties {
		if _, ok := p.Type.(*parser.Integer); ok && p.Name.Value == name {
			return p
		}
	}
	return nil
}
