package lint

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// redundantValues finds lists of values that another attribute makes void: a
// constant leaves no choice, and an enum closes what known values leave open.
var redundantValues = &Rule{Code: diag.CodeRedundantValues, Level: Warning, typ: func(p *pass, at *site) {
	switch t := at.typ.(type) {
	case *parser.String:
		known := len(t.KnownValues) > 0
		switch {
		case t.Const != nil && known:
			p.report(t.Const, `"const" leaves no choice, and there are "knownValues"`, diag.WithNote(t.KnownValues[0], "the first of them"))
		case t.Const != nil && len(t.Enum) > 0:
			p.report(t.Const, `"const" leaves no choice, and there is an "enum"`, diag.WithNote(t.Enum[0], "its first value"))
		case known && len(t.Enum) > 0:
			p.report(t.KnownValues[0], `"enum" closes what "knownValues" leave open`, diag.WithNote(t.Enum[0], "the first value of the enum"),
				diag.Help("keep knownValues if more values may come, enum if never"))
		}
	case *parser.Integer:
		if t.Const != nil && len(t.Enum) > 0 {
			p.report(t.Const, `"const" leaves no choice, and there is an "enum"`, diag.WithNote(t.Enum[0], "its first value"))
		}
	}
}}
