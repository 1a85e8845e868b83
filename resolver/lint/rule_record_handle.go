package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// recordHandle finds handles in what records hold: a handle changes its owner, a
// DID does not (LE-12).
var recordHandle = &Rule{Code: diag.CodeRecordHandle, typ: func(p *pass, at *site) {
	s, ok := at.typ.(*parser.String)
	if ok && at.def.FromRecord && (s.Format.Value == "handle" || s.Format.Value == "at-identifier") {
		p.report(s.Format, fmt.Sprintf("a record keeps %s, and handles change hands", article(s.Format.Value)), diag.Suggest("did"))
	}
}}

func article(format string) string {
	if format == "handle" {
		return "a handle"
	}
	return "an " + format
}
