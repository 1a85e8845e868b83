package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// The number of bytes that a grapheme should have room for (LE-12).
const (
	minRatio = 10
	maxRatio = 20
)

// graphemeRatio finds limits in bytes that go ill with those in graphemes. What
// leaves less than a byte is an invalid-attribute.
var graphemeRatio = &Rule{Code: diag.CodeGraphemeRatio, typ: func(p *pass, at *site) {
	s, ok := at.typ.(*parser.String)
	if !ok || s.MaxLength == nil || s.MaxGraphemes == nil || s.MaxGraphemes.Value == 0 {
		return
	}
	ratio := float64(s.MaxLength.Value) / float64(s.MaxGraphemes.Value)
	if ratio >= 1 && (ratio < minRatio || ratio > maxRatio) {
		p.report(s.MaxLength, fmt.Sprintf("%d bytes for %d graphemes are %.3g bytes each, not %d to %d",
			s.MaxLength.Value, s.MaxGraphemes.Value, ratio, minRatio, maxRatio), diag.WithNote(s.MaxGraphemes, "the number of graphemes"))
	}
}}
