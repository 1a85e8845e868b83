package lexfmt

import (
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// Format returns the canonical text of a Lexicon file: UTF-8 without a
// byte-order mark, lines of at most [Width] code points where they can be
// broken, line feeds, one at the end. Formatting it again changes nothing.
//
// It returns nil and says why in r if the file is not to be touched: errors if
// its JSON has any, repeated keys included, and a warning if it holds no lexicon.
// Shapes are not checked: a lexicon with mistakes is formatted, too. The limits
// are those of [jsontree.Parse]. Calls may run concurrently, each with a report
// of its own.
func Format(f *diag.File, r *diag.Report) []byte {
	own := &diag.Report{}
	root, _ := jsontree.Parse(f, own)
	if own.HasErrors() {
		r.Merge(own)
		return nil
	}
	document, ok := root.(*jsontree.Object)
	if !ok || document.Get("lexicon") == nil {
		r.Warning(diag.CodeNotALexicon, root, "the file has no key \"lexicon\" and is left as it is",
			diag.Help("a lexicon begins with \"lexicon\": 1"))
		return nil
	}
	b := builder{src: f.Source()}
	n := b.value(document, keywords)
	n.isOpen = true // also the smallest file is one to be read and extended
	return appendText(nil, n)
}
