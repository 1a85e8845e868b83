package resolver

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// A need is a required property without null, or a part of one, whose value
// must hold a value of a definition: of its target, or of any one of several
// where it is a closed union.
type need struct {
	def     *Def      // the definition that needs
	path    string    // names of properties, from the definition inwards
	at      diag.Span // of the innermost property's name
	targets []*Def
}

// needsOf returns the needs of a definition in source order. Only objects and
// records have any: arrays, open unions and optional properties can do
// without a value.
func needsOf(g *Graph, def *Def) []*need {
	c := needCollector{graph: g, def: def}
	switch t := def.AST.Type.(type) {
	case *parser.Object:
		c.object("", t)
	case *parser.Record:
		c.object("", t.Record)
	}
	return c.needs
}

type needCollector struct {
	graph *Graph
	def   *Def
	needs []*need
}

func (c *needCollector) object(outer string, o *parser.Object) {
	if o == nil {
		return
	}
	for _, property := range o.Properties {
		if property.Required && !property.Nullable {
			c.property(outer, property)
		}
	}
}

// property passes over references that did not resolve, which were reported.
func (c *needCollector) property(outer string, property *parser.Property) {
	path := outer + property.Name.Value
	var targets []*Def
	switch t := property.Type.(type) {
	case *parser.Object:
		c.object(path+".", t)
	case *parser.Ref:
		targets = c.targets(t.Ref)
	case *parser.Union:
		if t.Closed {
			targets = c.targets(t.Refs...)
		}
	}
	if len(targets) > 0 {
		c.needs = append(c.needs, &need{c.def, path, property.Name.At, targets})
	}
}

// targets returns all targets, or none if one is missing.
func (c *needCollector) targets(refs ...*parser.Reference) []*Def {
	var targets []*Def
	for _, ref := range refs {
		target := c.graph.Target(ref)
		if target == nil {
			return nil
		}
		targets = append(targets, target)
	}
	return targets
}
