package lint

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// emptyUnion finds open unions without members. A closed one is an error.
var emptyUnion = &Rule{Code: diag.CodeEmptyUnion, typ: func(p *pass, at *site) {
	if u, ok := at.typ.(*parser.Union); ok && !u.Closed && len(u.Refs) == 0 {
		p.report(u.Keyword, "the union has no members", diag.Help("name some, or take unknown if a value need not have a $type"))
	}
}}
