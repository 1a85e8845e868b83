package lint

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
)

// selfReference finds references with the id of their own lexicon in front of a
// name. The fix leaves the id out.
var selfReference = &Rule{Code: diag.CodeSelfReference, Fixes: true, typ: func(p *pass, at *site) {
	for _, ref := range referencesOf(at.typ) {
		local := "#" + ref.Name
		if ref.ID == at.def.Lexicon.ID && ref.Name != "main" && strings.HasPrefix(ref.Value, ref.ID) {
			p.mend([]Edit{replaceText(ref, local)}, ref, fmt.Sprintf("%q is in this very lexicon", ref.Value), diag.Suggest(local))
		}
	}
}}
