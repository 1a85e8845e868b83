package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// permissionSetName finds permission sets whose name does not begin with auth
// (LE-12).
var permissionSetName = &Rule{Code: diag.CodePermissionSetName, typ: func(p *pass, at *site) {
	if _, ok := at.typ.(*parser.PermissionSet); !ok {
		return
	}
	id := at.def.Lexicon.Doc.ID
	words := wordsOf(nameOfID(id.Value))
	if len(words) < 2 || words[0] != "auth" {
		p.report(id, fmt.Sprintf("the name of a permission set begins with auth, unlike %q", nameOfID(id.Value)),
			diag.Suggest(parentOfID(id.Value)+camel(append([]string{"auth"}, words...))))
	}
}}
