package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// optionalBoolean finds optional truth values that are true when absent (LE-12).
var optionalBoolean = &Rule{Code: diag.CodeOptionalBoolean, typ: func(p *pass, at *site) {
	b, ok := at.typ.(*parser.Boolean)
	if ok && at.property != nil && !at.property.Required && b.Default != nil && b.Default.Value {
		p.report(b.Default, fmt.Sprintf("%q is true where it is absent", at.property.Name.Value),
			diag.Help("name it after the opposite, so that absent is false"))
	}
}}
