package cli

import (
	"slices"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
)

// unreadCodes are the codes of errors that leave nobody to say what a file has:
// what is not found there need not be gone.
var unreadCodes = []diag.Code{
	diag.CodeBadJSON, diag.CodeBadUTF8, diag.CodeTooDeep, diag.CodeTooLarge, diag.CodeTrailingData, diag.CodeUnreadableFile,
	diag.CodeLexiconVersion, diag.CodeMissingID, diag.CodeInvalidNSID, diag.CodeMissingDefs, diag.CodeInvalidShape, diag.CodeMissingType,
}

// unread returns the ids of lexicons that could not be read as a whole in a
// version. That of a file without a usable id is known from another version, where
// it stands at the same path below its source.
func (l *lexicons) unread(other *lexicons) map[string]bool {
	files := map[string]bool{}
	for _, d := range l.report.Diagnostics() {
		if d.Severity == diag.Error && slices.Contains(unreadCodes, d.Code) && l.ownsFile(d.Span.Path()) {
			files[d.Span.Path()], files[l.below(d.Span.Path())] = true, true
		}
	}
	ids := map[string]bool{}
	for _, lexicon := range l.graph.Lexicons {
		if files[lexicon.Doc.File.Path()] {
			ids[lexicon.ID] = true
		}
	}
	for _, lexicon := range other.graph.Lexicons {
		if other.owns(lexicon) && l.graph.Lexicon(lexicon.ID) == nil && files[other.below(lexicon.Doc.File.Path())] {
			ids[lexicon.ID] = true
		}
	}
	return ids
}

// below returns the path of a file below its source, or the name of a source that
// is one file.
func (l *lexicons) below(name string) string {
	for _, source := range l.own {
		source = sourcePath(source)
		if name == source {
			return name[strings.LastIndexByte(name, '/')+1:]
		}
		if rest, ok := strings.CutPrefix(name, source+"/"); ok {
			return rest
		}
	}
	return name
}
