package lint

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// scalarArray finds arrays whose items can never get a further field (LE-12).
// Parameters have no others, and strings with a format, or with fixed values, are
// names of something.
var scalarArray = &Rule{Code: diag.CodeScalarArray, typ: func(p *pass, at *site) {
	array, ok := at.typ.(*parser.Array)
	if !ok || at.param {
		return
	}
	switch t := array.Items.(type) {
	case *parser.String:
		if t.Format.Present() || len(t.KnownValues) > 0 || len(t.Enum) > 0 {
			return
		}
		p.report(t.Keyword, "the items are strings, and can never have a field of their own", diag.Help("an array of objects can grow"))
	case *parser.Boolean, *parser.Integer, *parser.Bytes, *parser.Array:
		p.report(array.Keyword, "the items are no objects, and can never have a field of their own", diag.Help("an array of objects can grow"))
	}
}}
