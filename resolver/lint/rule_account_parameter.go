package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// accountNames are what parameters that name an account are called.
const accountNames = " account actor author did handle repo subject user "

// accountParameter finds parameters for an account that take a DID or a handle
// alone (LE-12).
var accountParameter = &Rule{Code: diag.CodeAccountParameter, typ: func(p *pass, at *site) {
	if at.property == nil || !at.param || !isWord(at.property.Name.Value, accountNames) {
		return
	}
	switch s, ok := at.typ.(*parser.String); {
	case !ok:
	case !s.Format.Present():
		p.report(at.property.Name, fmt.Sprintf("%q names an account and takes any text", at.property.Name.Value), diag.Help(`add "format": "at-identifier"`))
	case s.Format.Value == "did" || s.Format.Value == "handle":
		p.report(s.Format, fmt.Sprintf("%q names an account and takes a %s alone", at.property.Name.Value, s.Format.Value), diag.Suggest("at-identifier"))
	}
}}
