package resolver

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// addSource says how to make a missing lexicon known.
const addSource = "add the source that has it: --lexicons DIR|FILE|go:MODULE@VERSION/PATH, or an entry of sources: in lexgen.yaml"

// missingLexicon reports a reference to an id that no document has. It is
// silent if a broken file stands for the id, because that file was reported.
func (l *linker) missingLexicon(def *Def, ref *parser.Reference) {
	if ghosts := l.graph.set.ghosts[ref.ID]; len(ghosts) > 0 {
		for _, g := range ghosts {
			def.broken = append(def.broken, g.path)
		}
		return
	}
	if path, ok := l.graph.set.excluded[ref.ID]; ok {
		l.report.Error(diag.CodeMissingLexicon, ref, fmt.Sprintf("lexicon %s is excluded", ref.ID),
			diag.Help(fmt.Sprintf("take %s out of the exclusions, or exclude this file too", path)))
		return
	}
	l.report.Error(diag.CodeMissingLexicon, ref, fmt.Sprintf("lexicon %s is in no source", ref.ID),
		diag.Suggest(l.advice.lexicon(ref)), diag.Help(addSource))
}

// missingDefinition reports a reference to a name that a lexicon does not
// define. It is silent if the name is there and only its definition could not
// be read, because that was reported.
func (l *linker) missingDefinition(def *Def, ref *parser.Reference, lexicon *Lexicon) {
	key, there := l.skipped.key(lexicon, ref.Name)
	switch {
	case !there:
		l.report.Error(diag.CodeMissingDefinition, ref, describeMissing(ref, lexicon), l.wayOut(ref, lexicon))
	case lexicon.Doc.Broken:
		def.broken = append(def.broken, lexicon.files...)
	default:
		l.report.Error(diag.CodeMissingDefinition, ref,
			fmt.Sprintf("%s#%s is of a type that this version of lexgen does not know", lexicon.ID, ref.Name),
			diag.WithNote(key, "the definition"))
	}
}

func describeMissing(ref *parser.Reference, lexicon *Lexicon) string {
	if ref.Name == mainName {
		return fmt.Sprintf("lexicon %s has no main definition", lexicon.ID)
	}
	return fmt.Sprintf("lexicon %s has no definition named %s", lexicon.ID, ref.Name)
}

// wayOut suggests another reference, or else lists what there is.
func (l *linker) wayOut(ref *parser.Reference, lexicon *Lexicon) diag.Option {
	if suggestion := l.advice.definition(ref, lexicon); suggestion != "" {
		return diag.Suggest(suggestion)
	}
	return diag.Help(listDefs(lexicon))
}

// listed is the number of definitions that a help lists.
const listed = 8

// listDefs says what a lexicon defines.
func listDefs(lexicon *Lexicon) string {
	if len(lexicon.Defs) == 0 {
		return lexicon.ID + " defines nothing"
	}
	var names []string
	for _, def := range lexicon.Defs[:min(listed, len(lexicon.Defs))] {
		names = append(names, def.Name)
	}
	text := lexicon.ID + " defines " + strings.Join(names, ", ")
	if more := len(lexicon.Defs) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
