package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// permissionTarget finds permissions whose names lead to lexicons of another
// kind. Lexicons that are not in the sources are not judged.
var permissionTarget = &Rule{Code: diag.CodePermissionTarget, Level: Warning, typ: func(p *pass, at *site) {
	set, ok := at.typ.(*parser.PermissionSet)
	if !ok {
		return
	}
	for _, permission := range set.Permissions {
		for _, id := range permission.Collection {
			checkTarget(p, id, "a collection", isRecord)
		}
		for _, id := range permission.LXM {
			checkTarget(p, id, "a method", isMethod)
		}
	}
}}

func checkTarget(p *pass, id parser.Text, want string, is func(parser.Type) bool) {
	lexicon := p.graph.Lexicon(id.Value)
	if lexicon == nil || lexicon.Doc.Broken || lexicon.Main() != nil && is(lexicon.Main().AST.Type) {
		return
	}
	p.report(id, fmt.Sprintf("%q is not %s", id.Value, want), diag.WithNote(lexicon.Doc.ID, "the lexicon"))
}

func isRecord(t parser.Type) bool {
	_, ok := t.(*parser.Record)
	return ok
}

// isMethod reports whether a type can be called: a query, a procedure, or a
// subscription.
func isMethod(t parser.Type) bool {
	switch t.(type) {
	case *parser.Query, *parser.Procedure, *parser.Subscription:
		return true
	default:
		return false
	}
}
