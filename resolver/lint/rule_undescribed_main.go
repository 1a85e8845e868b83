package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// undescribedMain finds main definitions without a description (LE-12). That of
// the lexicon, or of the object that a record is, will do. A permission set has a
// title.
var undescribedMain = &Rule{Code: diag.CodeUndescribedMain, lexicon: func(p *pass, l *resolver.Lexicon) {
	main := l.Main()
	if main == nil || l.Doc.Description.Value != "" || main.AST.Type.Doc().Value != "" {
		return
	}
	if recordDescribed(main) || isPermissionSet(main) {
		return
	}
	p.report(main.AST.Name, fmt.Sprintf("%s is not described", l.ID), diag.Help(`add "description"`))
}}

// recordDescribed reports whether the object that a record is has a description.
func recordDescribed(def *resolver.Def) bool {
	r, ok := def.AST.Type.(*parser.Record)
	return ok && r.Record != nil && r.Record.Description.Value != ""
}

func isPermissionSet(def *resolver.Def) bool {
	_, ok := def.AST.Type.(*parser.PermissionSet)
	return ok
}
