package lint

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// closedUnion finds unions that can never have a further member (LE-12).
var closedUnion = &Rule{Code: diag.CodeClosedUnion, typ: func(p *pass, at *site) {
	if u, ok := at.typ.(*parser.Union); ok && u.Closed {
		p.report(u.Keyword, "the union is closed for ever: no member can be added to it",
			diag.Help(`leave "closed" out, unless what is unknown must be refused`))
	}
}}
