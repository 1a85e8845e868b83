package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// choices are the lists that name all that is allowed, by the types that have
// them.
func choices(t parser.Type) []string {
	switch t.(type) {
	case *parser.String, *parser.Integer:
		return []string{"enum"}
	case *parser.Blob:
		return []string{"accept"}
	default:
		return nil
	}
}

// emptyChoice finds lists of all that is allowed that have nothing.
var emptyChoice = &Rule{Code: diag.CodeEmptyChoice, Level: Warning, typ: func(p *pass, at *site) {
	p.emptyMembers(at.typ, choices(at.typ), func(o *jsontree.Object, i int) {
		key := o.Members[i].Key
		p.report(key, fmt.Sprintf("%q is empty, so that nothing is allowed", key.Text),
			diag.Help("name what is allowed, or remove the list if everything is"))
	})
}}
