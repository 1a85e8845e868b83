package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// requiredDefault finds defaults of what is always there.
var requiredDefault = &Rule{Code: diag.CodeRequiredDefault, typ: func(p *pass, at *site) {
	if at.property == nil || !at.property.Required {
		return
	}
	if value := defaultOf(at.typ); value != nil {
		p.report(value, fmt.Sprintf("%q is required, so that its default is never used", at.property.Name.Value),
			diag.Help("leave the default out, or do not require the property"))
	}
}}

// defaultOf returns the default of a type, nil if it has none.
func defaultOf(t parser.Type) diag.Spanner {
	switch t := t.(type) {
	case *parser.Boolean:
		if t.Default != nil {
			return t.Default
		}
	case *parser.Integer:
		if t.Default != nil {
			return t.Default
		}
	case *parser.String:
		if t.Default != nil {
			return t.Default
		}
	}
	return nil
}
