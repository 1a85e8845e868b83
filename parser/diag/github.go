package diag

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/lexgen/lexgen/internal/visible"
)

// GitHub prints one workflow command per diagnostic, which GitHub Actions shows
// as an annotation of the line. The code is the title; notes and hints are
// further lines of the message. A span over several lines has no columns,
// because annotations allow them within one line only.
type GitHub struct {
	Locate Locator // finds files from the root of the repository; may be nil
}

// Print renders the diagnostics.
func (g GitHub) Print(w io.Writer, list []Diagnostic) error {
	var out bytes.Buffer
	for _, d := range list {
		d = g.Locate.Settle(d)
		fmt.Fprintf(&out, "::%s %stitle=%s::%s\n",
			d.Severity, g.place(d.Span), githubProperty(string(d.Code)), githubData(g.message(d)))
	}
	_, err := w.Write(out.Bytes())
	return err
}

// place returns the properties for a place, with a comma behind.
func (g GitHub) place(span Span) string {
	if span.IsZero() {
		return ""
	}
	file := githubProperty(g.Locate.Name(span.Path()))
	start, end := span.Range()
	if start.Line != end.Line {
		return fmt.Sprintf("file=%s,line=%d,endLine=%d,", file, start.Line, end.Line)
	}
	return fmt.Sprintf("file=%s,line=%d,col=%d,endLine=%d,endColumn=%d,",
		file, start.Line, start.Column, end.Line, end.Column)
}

func (g GitHub) message(d Diagnostic) string {
	lines := []string{visible.Text(d.Message)}
	for _, n := range d.Notes {
		lines = append(lines, g.noteLine(n))
	}
	for _, hint := range d.Hints() {
		lines = append(lines, "help: "+visible.Text(hint))
	}
	return strings.Join(lines, "\n")
}

// noteLine returns a note with its place as one visible line.
func (g GitHub) noteLine(n Note) string {
	text := "note: " + visible.Text(n.Text)
	if n.Span.IsZero() {
		return text
	}
	at, _ := n.Span.Range()
	return fmt.Sprintf("%s:%d:%d: %s", visible.Text(g.Locate.Name(n.Span.Path())), at.Line, at.Column, text)
}

// githubData escapes the message of a workflow command.
func githubData(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// githubProperty escapes a property of a workflow command.
func githubProperty(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(githubData(visible.Text(text)))
}
