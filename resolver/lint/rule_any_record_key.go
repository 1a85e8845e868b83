package lint

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// anyRecordKey finds collections whose keys may be anything.
var anyRecordKey = &Rule{Code: diag.CodeAnyRecordKey, typ: func(p *pass, at *site) {
	if r, ok := at.typ.(*parser.Record); ok && r.Key.Value == "any" {
		p.report(r.Key, "the records of the collection may have any key", diag.Help("tid keeps them in the order of creation; literal:self allows one record"))
	}
}}
