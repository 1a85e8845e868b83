package diag

import (
	"cmp"
	"fmt"
)

// Severity says whether a problem stops the run.
type Severity int

const (
	// Error stops the run: no output is written.
	Error Severity = iota
	// Warning lets the run go on, unless it is strict.
	Warning
)

// String returns "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Diagnostic is one problem of an input.
type Diagnostic struct {
	Code     Code
	Severity Severity
	Span     Span   // without a file where the problem has no place
	Message  string // one sentence without a full stop; text of the input may be in it as it is
	Notes    []Note // second parties and explanations, in the order of printing
	// Suggestion is the text that probably should stand in the place of the
	// span, empty if there is none. Printed as a question: did you mean it?
	Suggestion string
	// Help is one sentence about the way out, empty if the message says enough.
	Help string
}

// Note is a second place of a problem, or an explanation without a place.
type Note struct {
	Span Span
	Text string
}

// Option adds to a diagnostic that [Report.Error] or [Report.Warning] makes.
type Option func(*Diagnostic)

// WithNote adds a note. A nil spanner makes one without a place.
func WithNote(at Spanner, text string) Option {
	return func(d *Diagnostic) {
		d.Notes = append(d.Notes, Note{Span: spanOf(at), Text: text})
	}
}

// Suggest sets the suggestion. An empty one changes nothing.
func Suggest(replacement string) Option {
	return func(d *Diagnostic) {
		if replacement != "" {
			d.Suggestion = replacement
		}
	}
}

// Help sets the help.
func Help(sentence string) Option {
	return func(d *Diagnostic) { d.Help = sentence }
}

// Hints returns the suggestion and the help, where present, as sentences.
func (d Diagnostic) Hints() []string {
	var hints []string
	if d.Suggestion != "" {
		hints = append(hints, fmt.Sprintf("did you mean %q?", d.Suggestion))
	}
	if d.Help != "" {
		hints = append(hints, d.Help)
	}
	return hints
}

// compare orders by path, start, severity and code; what is equal in these, by
// end and message. Two diagnostics that compare equal are the same problem.
func compare(a, b Diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.Span.Path(), b.Span.Path()),
		cmp.Compare(a.Span.Start, b.Span.Start),
		cmp.Compare(a.Severity, b.Severity),
		cmp.Compare(a.Code, b.Code),
		cmp.Compare(a.Span.End, b.Span.End),
		cmp.Compare(a.Message, b.Message),
	)
}
