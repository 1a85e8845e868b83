package sarif_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	library "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/diag/sarif"
)

// said is all that a log says in the words of diagnostics. There is no more in a
// log: neither fixes nor fingerprints.
type said struct {
	Tool, Version, Information string
	Columns                    string
	Root                       string // where relative paths begin; empty if that is not said
	Results                    []result
	Rules                      []rule // in the order of their first results
}

type result struct {
	Severity, Code string
	At             *place // nil for none
	Message        string
	Notes, Hints   []string // without a place
	Related        []related
}

type related struct {
	At   place
	Text string
}

type place struct {
	Path                             string
	Line, Column, EndLine, EndColumn int
	Below                            bool // relative to the root
}

type rule struct{ Code, Severity, Title, Text string }

// readBack prints diagnostics, and reads the log with the library that others
// read logs with: nothing is lost of the document if the library writes it again,
// and nothing of what it says in the words of diagnostics.
func readBack(t *testing.T, printer sarif.Printer, list []diag.Diagnostic) string {
	t.Helper()
	text := render(t, printer, list)
	log, err := library.FromString(text, library.WithStrictValidation())
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Validate(); err != nil {
		t.Error(err)
	}
	var again bytes.Buffer
	if err := log.PrettyWrite(&again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(decoded(t, []byte(text)), decoded(t, again.Bytes())); diff != "" {
		t.Errorf("read and written again (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(saidBy(printer, list), saidIn(t, log)); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	return text
}

func decoded(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// saidBy is what a log has to say of diagnostics.
func saidBy(p sarif.Printer, list []diag.Diagnostic) said {
	s := said{Tool: "lexgen", Version: p.Version, Information: "https://github.com/lexgen/lexgen", Columns: "unicodeCodePoints"}
	if p.Root != "" {
		s.Root = p.Root + "/"
	}
	known := map[diag.Code]bool{}
	for _, d := range list {
		d = p.Locate.Settle(d)
		s.Results = append(s.Results, resultOf(p, d))
		if known[d.Code] {
			continue
		}
		known[d.Code] = true
		doc, _ := diag.Lookup(d.Code)
		s.Rules = append(s.Rules, rule{string(d.Code), doc.Severity.String(), doc.Title, doc.Text})
	}
	return s
}

func resultOf(p sarif.Printer, d diag.Diagnostic) result {
	r := result{Severity: d.Severity.String(), Code: string(d.Code), Message: shown(d.Message)}
	if d.Span.IsZero() && p.Instead != "" {
		d.Span = diag.Span{File: diag.NewFile(p.Instead, nil)}
	}
	if !d.Span.IsZero() {
		at := placeOf(p, d.Span)
		r.At = &at
	}
	for _, n := range d.Notes {
		if n.Span.IsZero() {
			r.Notes = append(r.Notes, shown(n.Text))
		} else {
			r.Related = append(r.Related, related{placeOf(p, n.Span), shown(n.Text)})
		}
	}
	for _, hint := range d.Hints() {
		r.Hints = append(r.Hints, shown(hint))
	}
	return r
}

// shown is a text as a log has it: what is not visible is, and nothing is a link.
func shown(text string) string { return strings.ReplaceAll(visible.Text(text), "](", "] (") }

func placeOf(p sarif.Printer, span diag.Span) place {
	start, end := span.Range()
	name := p.Locate.Name(span.Path())
	return place{name, start.Line, start.Column, end.Line, end.Column, p.Root != "" && !path.IsAbs(name)}
}

// saidIn is what a log says.
func saidIn(t *testing.T, log *library.Report) said {
	t.Helper()
	if len(log.Runs) != 1 {
		t.Fatalf("%d runs", len(log.Runs))
	}
	run := log.Runs[0]
	driver := run.Tool.Driver
	s := said{Tool: value(driver.Name), Version: value(driver.Version), Information: value(driver.InformationURI), Columns: value(run.ColumnKind)}
	if root, ok := run.OriginalUriBaseIds["%SRCROOT%"]; ok {
		s.Root = pathOf(t, value(root.URI))
	}
	for _, r := range run.Results {
		if id := value(driver.Rules[r.RuleIndex].ID); id != value(r.RuleID) {
			t.Errorf("the rule of a result is %s and is at the place of %s", value(r.RuleID), id)
		}
		if len(r.Fixes)+len(r.Fingerprints)+len(r.PartialFingerprints) > 0 {
			t.Errorf("%s has what this test does not read", value(r.RuleID))
		}
		s.Results = append(s.Results, resultIn(t, r))
	}
	for _, r := range driver.Rules {
		read := rule{Code: value(r.ID)}
		if r.ShortDescription != nil {
			read.Title, read.Text = filled(t, r.ShortDescription.Text), filled(t, r.Help.Text)
		}
		if r.DefaultConfiguration != nil {
			read.Severity = r.DefaultConfiguration.Level
		}
		s.Rules = append(s.Rules, read)
	}
	return s
}

func resultIn(t *testing.T, r *library.Result) result {
	t.Helper()
	read := result{Severity: r.Level, Code: value(r.RuleID)}
	if len(r.Locations) > 0 {
		at := placeIn(t, r.Locations[0])
		read.At = &at
	}
	message, rest, _ := strings.Cut(filled(t, r.Message.Text), "\n")
	read.Message = message
	for line := range strings.Lines(rest) {
		line = strings.TrimSuffix(line, "\n")
		if note, ok := strings.CutPrefix(line, "note: "); ok {
			read.Notes = append(read.Notes, note)
		} else if hint, ok := strings.CutPrefix(line, "help: "); ok {
			read.Hints = append(read.Hints, hint)
		} else {
			t.Errorf("a line of a message is %q", line)
		}
	}
	for _, l := range r.RelatedLocations {
		read.Related = append(read.Related, related{placeIn(t, l), filled(t, l.Message.Text)})
	}
	return read
}

func placeIn(t *testing.T, l *library.Location) place {
	t.Helper()
	artifact, region := l.PhysicalLocation.ArtifactLocation, l.PhysicalLocation.Region
	return place{
		pathOf(t, value(artifact.URI)), value(region.StartLine), value(region.StartColumn), value(region.EndLine), value(region.EndColumn),
		value(artifact.URIBaseID) == "%SRCROOT%",
	}
}

// pathOf is the path that a URI stands for.
func pathOf(t *testing.T, text string) string {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(u.Path, "./")
}

// filled is the text of a message as a viewer shows it that has no arguments for
// placeholders (SARIF 2.1.0, 3.11.5): a single brace would begin or end one.
func filled(t *testing.T, message *string) string {
	t.Helper()
	text := value(message)
	if left := strings.NewReplacer("{{", "", "}}", "").Replace(text); strings.ContainsAny(left, "{}") {
		t.Errorf("a placeholder in %q", text)
	}
	return strings.NewReplacer("{{", "{", "}}", "}").Replace(text)
}

// value returns what a pointer leads to, or nothing.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
