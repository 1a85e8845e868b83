package lint

import (
	"fmt"

	"github.com/clipperhouse/uax29/v2/graphemes"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// valueLimit finds values that the limits of their own type refuse. That a
// default or constant does not fit lengths in bytes or a range is an
// invalid-attribute, which the parser reports.
var valueLimit = &Rule{Code: diag.CodeValueLimit, Level: Warning, typ: func(p *pass, at *site) {
	switch t := at.typ.(type) {
	case *parser.Integer:
		for _, n := range t.Enum {
			limits{t.Minimum, t.Maximum, ""}.check(p, "the value", n, n.Value, fmt.Sprint(n.Value))
		}
	case *parser.String:
		for _, v := range valuesOf(t) {
			text := fmt.Sprintf("%q", v.text.Value)
			if v.role == "the value" || v.role == "the known value" {
				limits{t.MinLength, t.MaxLength, "byte"}.check(p, v.role, v.text, int64(len(v.text.Value)), text)
			}
			limits{t.MinGraphemes, t.MaxGraphemes, "grapheme"}.check(p, v.role, v.text, countGraphemes(v.text.Value), text)
		}
	}
}}

// limits are two bounds of a number, which counts what unit says; without a unit
// it is the value itself.
type limits struct {
	least, most *parser.Int
	unit        string
}

// check reports a value whose number is outside of the limits.
func (l limits) check(p *pass, role string, at diag.Spanner, n int64, text string) {
	measured := " is"
	switch {
	case l.unit != "" && n == 1:
		measured = fmt.Sprintf(" has 1 %s,", l.unit)
	case l.unit != "":
		measured = fmt.Sprintf(" has %d %ss,", n, l.unit)
	}
	switch {
	case l.least != nil && n < l.least.Value:
		p.report(at, fmt.Sprintf("%s %s%s less than the minimum of %d", role, text, measured, l.least.Value), diag.WithNote(l.least, "the minimum"))
	case l.most != nil && n > l.most.Value:
		p.report(at, fmt.Sprintf("%s %s%s more than the maximum of %d", role, text, measured, l.most.Value), diag.WithNote(l.most, "the maximum"))
	}
}

// countGraphemes counts extended grapheme clusters (LX-14).
func countGraphemes(text string) (n int64) {
	for clusters := graphemes.FromString(text); clusters.Next(); {
		n++
	}
	return n
}
