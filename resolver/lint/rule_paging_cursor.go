package lint

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// cursorName is the parameter and the property that lead to the next page.
const cursorName = "cursor"

// pagingCursor finds queries whose paging cannot end or cannot go on: only an
// absent cursor ends it (LE-13).
var pagingCursor = &Rule{Code: diag.CodePagingCursor, Level: Warning, definition: func(p *pass, def *resolver.Def) {
	query, ok := def.AST.Type.(*parser.Query)
	if !ok || query.Output == nil {
		return
	}
	output := p.objectOf(query.Output.Schema)
	if output == nil {
		return
	}
	var in *parser.Property
	if query.Parameters != nil {
		in = propertyOf(query.Parameters, cursorName)
	}
	switch out := propertyOf(output, cursorName); {
	case in == nil && out == nil:
	case out == nil:
		p.report(in.Name, "the query takes a cursor, and its output has none", diag.Help(`add an optional string "cursor" to the output`))
	case in == nil:
		p.report(out.Name, "the output has a cursor, and the query takes none", diag.Help(`add an optional string "cursor" to the parameters`))
	case in.Required:
		p.report(in.Name, "the cursor is required, and the first page has none")
	case out.Required || out.Nullable:
		p.report(out.Name, "the cursor is always there, and only an absent one ends the paging", diag.Help("do not require it, nor allow null"))
	}
}}

// objectOf returns the object that a type is or refers to, or nil.
func (p *pass) objectOf(t parser.Type) *parser.Object {
	switch t := t.(type) {
	case *parser.Object:
		return t
	case *parser.Ref:
		if target := p.graph.Target(t.Ref); target != nil {
			o, _ := target.AST.Type.(*parser.Object)
			return o
		}
	}
	return nil
}
