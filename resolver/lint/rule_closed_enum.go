package lint

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// closedEnum finds strings that can never have a further value (LE-12).
var closedEnum = &Rule{Code: diag.CodeClosedEnum, typ: func(p *pass, at *site) {
	if s, ok := at.typ.(*parser.String); ok && len(s.Enum) > 0 {
		p.report(s.Enum[0], "an enum is closed for ever: no value can be added to it", diag.Help("knownValues name what there is and leave it open"))
	}
}}
