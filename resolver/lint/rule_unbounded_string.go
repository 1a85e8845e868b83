package lint

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// unboundedString finds strings of any length in what records hold.
var unboundedString = &Rule{Code: diag.CodeUnboundedString, typ: func(p *pass, at *site) {
	s, ok := at.typ.(*parser.String)
	if !ok || !at.def.FromRecord || s.Format.Present() || len(s.Enum) > 0 || s.Const != nil || s.MaxLength != nil || s.MaxGraphemes != nil {
		return
	}
	p.report(s.Keyword, "the string is part of a record and may have any length", diag.Help("add maxLength, in bytes, and where people write it maxGraphemes"))
}}
