package diag

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/lexgen/lexgen/internal/visible"
)

// JSON prints one JSON document for programs:
//
//	{"diagnostics": [{
//	  "path": "lexicons/com/example/post.json",
//	  "line": 7, "column": 12,        // from 1; columns are Unicode code points
//	  "endLine": 7, "endColumn": 19,  // behind the last code point
//	  "offset": 131,                  // of the first byte, from 0
//	  "severity": "error",            // or "warning"
//	  "code": "unknown-type",
//	  "message": "...",
//	  "suggestion": "integer",        // "" if there is none
//	  "help": "...",                  // "" if there is none
//	  "notes": [{"path": ..., "line": ..., ..., "message": "..."}]
//	}]}
//
// The six members of a place are absent where a diagnostic or a note has none.
// Members may be added in later versions, none is renamed or removed. Texts are
// as the input has them, except that bytes that are not UTF-8 become U+FFFD;
// what is not visible is escaped, so that the document is safe on a terminal.
type JSON struct{}

// Print renders the diagnostics.
func (JSON) Print(w io.Writer, list []Diagnostic) error {
	document := jsonDocument{Diagnostics: make([]jsonDiagnostic, 0, len(list))}
	for _, d := range list {
		document.Diagnostics = append(document.Diagnostics, toJSON(d))
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(document); err != nil {
		return err
	}
	_, err := w.Write(visible.JSON(out.Bytes()))
	return err
}

type jsonDocument struct {
	Diagnostics []jsonDiagnostic `json:"diagnostics"`
}

type jsonDiagnostic struct {
	*jsonPlace

	Severity   string     `json:"severity"`
	Code       Code       `json:"code"`
	Message    string     `json:"message"`
	Suggestion string     `json:"suggestion"`
	Help       string     `json:"help"`
	Notes      []jsonNote `json:"notes"`
}

// jsonPlace is embedded by pointer, so that nil leaves its members out.
type jsonPlace struct {
	Path      string `json:"path"`
	Line      int    `json:"line"`
	Column    int    `json:"column"`
	EndLine   int    `json:"endLine"`
	EndColumn int    `json:"endColumn"`
	Offset    int    `json:"offset"`
}

type jsonNote struct {
	*jsonPlace

	Message string `json:"message"`
}

func toJSON(d Diagnostic) jsonDiagnostic {
	notes := make([]jsonNote, 0, len(d.Notes))
	for _, n := range d.Notes {
		notes = append(notes, jsonNote{jsonPlace: placeOf(n.Span), Message: n.Text})
	}
	return jsonDiagnostic{
		jsonPlace:  placeOf(d.Span),
		Severity:   d.Severity.String(),
		Code:       d.Code,
		Message:    d.Message,
		Suggestion: d.Suggestion,
		Help:       d.Help,
		Notes:      notes,
	}
}

func placeOf(span Span) *jsonPlace {
	if span.IsZero() {
		return nil
	}
	start, end := span.Range()
	return &jsonPlace{
		Path:      span.Path(),
		Line:      start.Line,
		Column:    start.Column,
		EndLine:   end.Line,
		EndColumn: end.Column,
		Offset:    min(max(span.Start, 0), len(span.File.Source())),
	}
}
