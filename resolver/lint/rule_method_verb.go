package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// The verbs that names of methods begin with (LE-12).
var (
	queryVerbs     = []string{"get", "list", "search", "query"}
	procedureVerbs = []string{"create", "update", "delete", "upsert", "put"}
)

// methodVerb finds queries and procedures without one of the usual verbs.
var methodVerb = &Rule{Code: diag.CodeMethodVerb, typ: func(p *pass, at *site) {
	switch at.typ.(type) {
	case *parser.Query:
		checkVerb(p, at, "a query", queryVerbs)
	case *parser.Procedure:
		checkVerb(p, at, "a procedure", procedureVerbs)
	}
}}

func checkVerb(p *pass, at *site, what string, verbs []string) {
	id := at.def.Lexicon.Doc.ID
	words := wordsOf(nameOfID(id.Value))
	if len(words) < 2 || !slices.Contains(verbs, words[0]) {
		p.report(id, fmt.Sprintf("%s is named by a verb and a noun, unlike %q", what, nameOfID(id.Value)),
			diag.Help("usual verbs: "+strings.Join(verbs, ", ")))
	}
}
