package lint

import (
	"fmt"
	"math"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// graphemesWithoutBytes finds limits in graphemes alone: one grapheme can be
// arbitrarily long.
var graphemesWithoutBytes = &Rule{Code: diag.CodeGraphemesWithoutBytes, typ: func(p *pass, at *site) {
	s, ok := at.typ.(*parser.String)
	if !ok || s.MaxGraphemes == nil || s.MaxLength != nil {
		return
	}
	help := "add maxLength"
	if n := s.MaxGraphemes.Value; n <= math.MaxInt64/minRatio {
		help = fmt.Sprintf(`add "maxLength": %d`, n*minRatio)
	}
	p.report(s.MaxGraphemes, "graphemes have no limit of their own, so that the string has none in bytes", diag.Help(help))
}}
