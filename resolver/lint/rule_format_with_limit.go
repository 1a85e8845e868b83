package lint

import (
	"cmp"
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// formatWithLimit finds limits of strings whose format has limits.
var formatWithLimit = &Rule{Code: diag.CodeFormatWithLimit, typ: func(p *pass, at *site) {
	s, ok := at.typ.(*parser.String)
	if !ok || !s.Format.Present() {
		return
	}
	if limit := cmp.Or(s.MinLength, s.MaxLength, s.MinGraphemes, s.MaxGraphemes); limit != nil {
		p.report(limit, fmt.Sprintf("the format %s says how long the string can be", s.Format.Value), diag.WithNote(s.Format, "the format"))
	}
}}
