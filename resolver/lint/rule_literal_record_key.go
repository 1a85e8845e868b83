package lint

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// selfKey is the usual key of the only record of a collection.
const selfKey = "literal:self"

// literalRecordKey finds collections of one record whose key is not self.
var literalRecordKey = &Rule{Code: diag.CodeLiteralRecordKey, typ: func(p *pass, at *site) {
	r, ok := at.typ.(*parser.Record)
	if ok && strings.HasPrefix(r.Key.Value, "literal:") && r.Key.Value != selfKey {
		p.report(r.Key, fmt.Sprintf("%q is an unusual key: the only record of a collection is called self", strings.TrimPrefix(r.Key.Value, "literal:")),
			diag.Suggest(selfKey))
	}
}}
