package lint

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// missingTitle finds permission sets that do not say what people agree to.
var missingTitle = &Rule{Code: diag.CodeMissingTitle, Level: Warning, typ: func(p *pass, at *site) {
	set, ok := at.typ.(*parser.PermissionSet)
	switch {
	case !ok:
	case set.Title.Value == "":
		p.report(set.Keyword, "the permission set has no title", diag.Help(`add "title": people see it when an app asks for the permissions`))
	case set.Detail.Value == "":
		p.report(set.Keyword, "the permission set has no detail", diag.Help(`add "detail": people see it when an app asks for the permissions`))
	}
}}
