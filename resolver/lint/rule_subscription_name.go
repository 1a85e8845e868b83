package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// subscriptionName finds streams that are not called subscribe and a plural
// (LE-12).
var subscriptionName = &Rule{Code: diag.CodeSubscriptionName, typ: func(p *pass, at *site) {
	if _, ok := at.typ.(*parser.Subscription); !ok {
		return
	}
	id := at.def.Lexicon.Doc.ID
	name := nameOfID(id.Value)
	words := wordsOf(name)
	if len(words) < 2 || words[0] != "subscribe" || !isPlural(words[len(words)-1]) {
		p.report(id, fmt.Sprintf("a stream is named by subscribe and a plural, unlike %q", name), diag.Help("for example subscribePosts"))
	}
}}
