package resolver

import "github.com/lexgen/lexgen/parser"

// ReferenceTo returns the first reference of from that leads to to, or nil.
func (g *Graph) ReferenceTo(from, to *Def) *parser.Reference {
	var first *parser.Reference
	references{yield: func(ref *parser.Reference, _ place) {
		if first == nil && g.Target(ref) == to {
			first = ref
		}
	}}.walk(from.AST.Type)
	return first
}
