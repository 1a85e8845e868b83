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
	p.emptyMembers(at.typ, emptyLists(at.typ), func(o *jsontree.Object, i int) {
		key := o.Members[i].Key
		p.mend([]Edit{removeMember(o, i)}, key, fmt.Sprintf("%q is empty and says nothing", key.Text))
	})
}}

// emptyMembers calls found for each member of a type that is an empty list and
// has one of the names.
func (p *pass) emptyMembers(t parser.Type, names []string, found func(o *jsontree.Object, i int)) {
	if len(names) == 0 {
		return
	}
	span := t.Span()
	for _, name := range names {
		if !bytes.Contains(span.File.Source()[span.Start:span.End], []byte(`"`+name+`"`)) {
			continue
		}
		o := p.trees.members(t)
		for i, m := range o.Members {
			if list, ok := m.Value.(*jsontree.Array); ok && m.Key.Text == name && len(list.Items) == 0 {
				found(o, i)
			}
		}
	}
}
