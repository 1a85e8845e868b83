package lint

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// unstableWords are segments that mean the same as temp.
const unstableWords = " alpha beta dev draft drafts preview staging test tmp unstable wip "

// unstableName finds ids that say in an unusual way that they are not released
// (LE-12).
var unstableName = &Rule{Code: diag.CodeUnstableName, lexicon: func(p *pass, l *resolver.Lexicon) {
	segments := strings.Split(l.ID, ".")
	for i, segment := range segments[:len(segments)-1] {
		if i >= 2 && isWord(segment, unstableWords) {
			segments[i] = "temp"
			p.report(l.Doc.ID, fmt.Sprintf("the segment %q seems to say that the lexicon is not stable", segment),
				diag.Suggest(strings.Join(segments, ".")), diag.Help("temp, unspecced and experimental say so to tools"))
			return
		}
	}
}}

// isWord reports whether a list of words with spaces around them has a word.
func isWord(word, list string) bool { return strings.Contains(list, " "+word+" ") }
