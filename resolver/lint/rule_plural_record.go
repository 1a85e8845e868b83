package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// pluralRecord finds records that are named after many (LE-12).
var pluralRecord = &Rule{Code: diag.CodePluralRecord, typ: func(p *pass, at *site) {
	if _, ok := at.typ.(*parser.Record); !ok {
		return
	}
	id := at.def.Lexicon.Doc.ID
	if name := nameOfID(id.Value); isPlural(name) {
		p.report(id, fmt.Sprintf("%q seems to be a plural, and each record is one", name))
	}
}}
