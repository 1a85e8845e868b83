package lint

import (
	"bytes"
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// emptyLists are the lists that say nothing when they are empty, by the types
// that have them.
func emptyLists(t parser.Type) []string {
	switch t.(type) {
	case *parser.Object:
		return []string{"required", "nullable"}
	case *parser.Params:
		return []string{"required"}
	case *parser.String:
		return []string{"knownValues"}
	case *parser.Query, *parser.Procedure, *parser.Subscription:
		return []string{"errors"}
	default:
		return nil
	}
}

// emptyList finds lists that are empty and could as well be absent. The fix
// removes them.
var emptyList = &Rule{Code: diag.CodeEmptyList, Fixes: true, typ: func(p *pass, at *site) {
	span := at.typ.Span()
	for _, name := range emptyLists(at.typ) {
		if !bytes.Contains(span.File.Source()[span.Start:span.End], []byte(`"`+name+`"`)) {
			continue
		}
		o := p.trees.members(at.typ)
		for i, m := range o.Members {
			if list, ok := m.Value.(*jsontree.Array); ok && m.Key.Text == name && len(list.Items) == 0 {
				p.mend([]Edit{removeMember(o, i)}, m.Key, fmt.Sprintf("%q is empty and says nothing", name))
			}
		}
	}
}}
