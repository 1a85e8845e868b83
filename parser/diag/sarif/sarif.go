package sarif

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/parser/diag"
)

const informationURI = "https://github.com/lexgen/lexgen"

// Printer prints one log with one run. Each code that occurs is a rule with its
// documentation, each diagnostic a result; notes with a place are related
// locations, other notes and hints end the message. Columns count Unicode code
// points. URIs are relative if the paths are. A place in a file that the readers
// do not have is text. What a message has that is not visible reads <U+202E> or
// <FF>.
type Printer struct {
	Version string // of lexgen, as `lexgen version` prints it; may be empty
	// Locate finds files from the root of the sources; may be nil.
	Locate diag.Locator
	// Root is the absolute path of that root, which the log names as the base of
	// its relative URIs; it names none if that is empty.
	Root string
	// Instead is the path of the file that stands in for the place of a result that
	// has none, for readers such as code scanning of GitHub, which refuses all of a
	// log with such a result. If it is empty none does.
	Instead string
}

// rootID is how a log calls the root of the sources.
const rootID = "%SRCROOT%"

// Print renders the diagnostics.
func (p Printer) Print(w io.Writer, list []diag.Diagnostic) error {
	run := p.run()
	for _, d := range list {
		run.AddResult(p.result(run, p.Locate.Settle(d)))
	}
	log := sarif.NewReport()
	log.AddRun(run)
	var out bytes.Buffer
	if err := log.PrettyWrite(&out); err != nil {
		return fmt.Errorf("encode SARIF: %w", err)
	}
	out.WriteByte('\n')
	_, err := w.Write(visible.JSON(out.Bytes()))
	return err
}

func (p Printer) run() *sarif.Run {
	run := sarif.NewRunWithInformationURI("lexgen", informationURI)
	run.WithColumnKind("unicodeCodePoints")
	if p.Version != "" {
		run.Tool.Driver.WithVersion(p.Version)
	}
	if p.Root != "" {
		root := sarif.NewSimpleArtifactLocation(uri(strings.TrimRight(p.Root, "/") + "/"))
		run.WithOriginalUriBaseIds(map[string]sarif.ArtifactLocation{rootID: *root})
	}
	return run
}

func (p Printer) result(run *sarif.Run, d diag.Diagnostic) *sarif.Result {
	r := sarif.NewResult().
		WithRuleID(string(d.Code)).
		WithRuleIndex(rule(run, d.Code)).
		WithLevel(d.Severity.String()).
		WithMessage(message(resultText(d)))
	switch {
	case !d.Span.IsZero():
		r.AddLocation(p.location(d.Span))
	case p.Instead != "":
		r.AddLocation(p.location(diag.Span{File: diag.NewFile(p.Instead, nil)}))
	}
	for _, n := range d.Notes {
		if !n.Span.IsZero() {
			r.AddRelatedLocation(p.location(n.Span).WithMessage(message(visible.Text(n.Text))))
		}
	}
	return r
}

// rule returns the index of the code's rule, which it adds if it is new.
func rule(run *sarif.Run, code diag.Code) int {
	if index := run.GetRuleIndex(string(code)); index >= 0 {
		return index
	}
	r := run.AddRule(string(code))
	if doc, ok := diag.Lookup(code); ok {
		r.WithShortDescription(sarif.NewMultiformatMessageString().WithText(literal(doc.Title)))
		r.WithHelp(sarif.NewMultiformatMessageString().WithText(literal(doc.Text)))
		r.WithDefaultConfiguration(sarif.NewReportingConfiguration().WithLevel(doc.Severity.String()))
	}
	return run.GetRuleIndex(string(code))
}

func resultText(d diag.Diagnostic) string {
	lines := []string{visible.Text(d.Message)}
	for _, n := range d.Notes {
		if n.Span.IsZero() {
			lines = append(lines, "note: "+visible.Text(n.Text))
		}
	}
	for _, hint := range d.Hints() {
		lines = append(lines, "help: "+visible.Text(hint))
	}
	return strings.Join(lines, "\n")
}

// message returns a text that no viewer takes for an embedded link (SARIF
// 2.1.0, 3.11.6): text of the input must not become something to click on.
func message(text string) *sarif.Message {
	return sarif.NewTextMessage(literal(strings.ReplaceAll(text, "](", "] (")))
}

// literal returns a text in which nothing is a placeholder for an argument (SARIF
// 2.1.0, 3.11.5): braces are doubled.
func literal(text string) string { return strings.NewReplacer("{", "{{", "}", "}}").Replace(text) }

func (p Printer) location(span diag.Span) *sarif.Location {
	start, end := span.Range()
	region := sarif.NewSimpleRegion(start.Line, end.Line).
		WithStartColumn(start.Column).
		WithEndColumn(end.Column)
	return sarif.NewLocationWithPhysicalLocation(sarif.NewPhysicalLocation().
		WithArtifactLocation(p.artifact(span.Path())).
		WithRegion(region))
}

// artifact names a file, from the root if it is below that.
func (p Printer) artifact(name string) *sarif.ArtifactLocation {
	name = p.Locate.Name(name)
	a := sarif.NewSimpleArtifactLocation(uri(name))
	if p.Root != "" && !path.IsAbs(name) {
		a.WithURIBaseID(rootID)
	}
	return a
}

// uri returns a relative reference for a relative path, a file URI for an
// absolute one.
func uri(name string) string {
	u := url.URL{Path: name}
	if path.IsAbs(name) {
		u.Scheme = "file"
	}
	return u.String()
}
