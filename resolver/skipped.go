package resolver

import (
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// skipped knows the names in the text of documents, so that a definition that
// could not be read is told from one that is not there. It reads a text only
// when a reference into it failed, and once.
type skipped map[*Lexicon]keys

// keys are the places of the keys under defs. Text that is no JSON to its end
// may have more.
type keys struct {
	at    map[string]diag.Span
	whole bool
}

// key returns the place of a definition's key, and whether the text has the
// key or may have it.
func (s skipped) key(lexicon *Lexicon, name string) (at diag.Span, there bool) {
	known, ok := s[lexicon]
	if !ok {
		known = keysOf(lexicon.Doc.File)
		s[lexicon] = known
	}
	at, there = known.at[name]
	return at, there || !known.whole
}

// keysOf reads a text again; its problems were reported the first time.
func keysOf(file *diag.File) keys {
	root, whole := jsontree.Parse(file, &diag.Report{})
	found := keys{at: map[string]diag.Span{}, whole: whole}
	object, ok := root.(*jsontree.Object)
	if !ok {
		return found
	}
	defs, ok := object.Get("defs").(*jsontree.Object)
	if !ok {
		return found
	}
	for _, member := range defs.Members {
		found.at[member.Key.Text] = member.Key.At
	}
	return found
}
