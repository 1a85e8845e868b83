package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// duplicateValue finds lists that have a value twice. The fix removes what is
// there again.
var duplicateValue = &Rule{Code: diag.CodeDuplicateValue, Level: Warning, Fixes: true, typ: func(p *pass, at *site) {
	switch t := at.typ.(type) {
	case *parser.String:
		reportDuplicates(p, t.Enum)
		reportDuplicates(p, t.KnownValues)
	case *parser.Integer:
		seen := map[int64]*parser.Int{}
		for i := range t.Enum {
			n := &t.Enum[i]
			if first := seen[n.Value]; first != nil {
				reportDuplicate(p, n, first, fmt.Sprint(n.Value))
				continue
			}
			seen[n.Value] = n
		}
	case *parser.Blob:
		reportDuplicates(p, t.Accept)
	case *parser.Object:
		reportDuplicates(p, t.Required)
		reportDuplicates(p, t.Nullable)
	case *parser.Params:
		reportDuplicates(p, t.Required)
	case *parser.PermissionSet:
		for _, permission := range t.Permissions {
			reportDuplicates(p, permission.Collection)
			reportDuplicates(p, permission.Action)
			reportDuplicates(p, permission.LXM)
		}
	}
}}

func reportDuplicates(p *pass, list []parser.Text) {
	if len(list) < 2 {
		return
	}
	seen := make(map[string]parser.Text, len(list))
	for _, text := range list {
		if first, twice := seen[text.Value]; twice {
			reportDuplicate(p, text, first, fmt.Sprintf("%q", text.Value))
			continue
		}
		seen[text.Value] = text
	}
}

func reportDuplicate(p *pass, again, first diag.Spanner, text string) {
	var fix []Edit
	if list, i := p.trees.list(again); list != nil && i > 0 {
		fix = []Edit{removeItem(list, i)}
	}
	p.mend(fix, again, "the list has "+text+" twice", diag.WithNote(first, "it is here first"))
}
