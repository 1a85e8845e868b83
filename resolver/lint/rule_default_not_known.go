package lint

import (
	"fmt"
	"slices"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// defaultNotKnown finds defaults that are not among the known values.
var defaultNotKnown = &Rule{Code: diag.CodeDefaultNotKnown, Level: Warning, typ: func(p *pass, at *site) {
	s, ok := at.typ.(*parser.String)
	if !ok || s.Default == nil || len(s.KnownValues) == 0 || len(s.Enum) > 0 {
		return
	}
	var names []string
	for _, v := range s.KnownValues {
		names = append(names, v.Value)
	}
	if !slices.Contains(names, s.Default.Value) {
		p.report(s.Default, fmt.Sprintf("the default %q is not among the known values", s.Default.Value), diag.Suggest(nearest(s.Default.Value, names)))
	}
}}

// nearest returns the candidate that was probably meant, or "".
func nearest(text string, candidates []string) string {
	for _, candidate := range diag.Nearest(text, candidates, 1) {
		return candidate
	}
	return ""
}
