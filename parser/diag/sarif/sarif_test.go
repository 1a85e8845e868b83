package sarif_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	library "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/diag/internal/diagtest"
	"github.com/lexgen/lexgen/parser/diag/sarif"
)

func TestPrinter(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata", func(t *testing.T, c *golden.Case) {
		c.Output("sarif", readBack(t, sarif.Printer{Version: "v1.2.3"}, diagtest.Diagnostics(t, c)))
	})
}

// TestPrinterObeysTheSchema checks a log with every kind of content against the
// schema that the library carries, and reads it back.
func TestPrinterObeysTheSchema(t *testing.T) {
	t.Parallel()
	f := diag.NewFile("a b/ü.json", []byte("{\n}\n"))
	span := diag.Span{File: f, Start: 0, End: 3}
	var list []diag.Diagnostic
	for _, doc := range diag.Codes() {
		list = append(list, diag.Diagnostic{
			Code: doc.Code, Severity: doc.Severity, Span: span, Message: doc.Title,
			Notes: []diag.Note{{Span: span, Text: "here"}, {Text: "because"}}, Suggestion: "x", Help: "do it",
		}, diag.Diagnostic{Code: doc.Code, Message: "without a place"})
	}
	log, err := library.FromString(readBack(t, sarif.Printer{Root: "/a b"}, list))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(log.Runs[0].Tool.Driver.Rules), len(diag.Codes()); got != want {
		t.Errorf("got %d rules, want %d: one per code", got, want)
	}
}

func TestPrinterArtifactURIs(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"a/b.json":         "a/b.json",
		"a b/100%.json":    "a%20b/100%25.json",
		"../x/ü.json":      "../x/%C3%BC.json",
		"a:b/c.json":       "./a:b/c.json",
		"/data/x.json":     "file:///data/x.json",
		"a?b#c.json":       "a%3Fb%23c.json",
		"go:m.example/x/y": "./go:m.example/x/y",
	} {
		f := diag.NewFile(path, nil)
		log, err := library.FromString(render(t, sarif.Printer{}, []diag.Diagnostic{{Span: diag.Span{File: f}}}))
		if err != nil {
			t.Fatal(err)
		}
		got := *log.Runs[0].Results[0].Locations[0].PhysicalLocation.ArtifactLocation.URI
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("URI of %s differs (-want +got):\n%s", path, diff)
		}
	}
}

// TestPrinterLocates has the files of a project in a sub-folder: those below the
// root are relative to it, and no result and no other location is without a file,
// which code scanning of GitHub would refuse.
func TestPrinterLocates(t *testing.T) {
	t.Parallel()
	printer := sarif.Printer{Root: "/my project", Instead: "lexgen.yaml", Locate: func(name string) (string, bool) {
		if strings.HasPrefix(name, "/") {
			return name, true
		}
		return "sub/" + name, !strings.HasPrefix(name, "git:")
	}}
	golden.Run(t, "testdata/located", func(t *testing.T, c *golden.Case) {
		text := readBack(t, printer, diagtest.Diagnostics(t, c))
		c.Output("sarif", text)
		log, err := library.FromString(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range log.Runs[0].Results {
			if len(r.Locations) != 1 {
				t.Errorf("%s has %d locations", *r.RuleID, len(r.Locations))
			}
			for _, l := range append(r.Locations, r.RelatedLocations...) {
				if a := l.PhysicalLocation.ArtifactLocation; *a.URI == "" || strings.Contains(*a.URI, "git:") {
					t.Errorf("%s is at %q", *r.RuleID, *a.URI)
				}
			}
		}
	})
}

func TestPrinterReportsWriteErrors(t *testing.T) {
	t.Parallel()
	if err := (sarif.Printer{}).Print(brokenWriter{}, nil); !errors.Is(err, errBroken) {
		t.Errorf("got %v, want %v", err, errBroken)
	}
}

var errBroken = errors.New("broken pipe")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func render(t *testing.T, printer diag.Printer, list []diag.Diagnostic) string {
	t.Helper()
	var b strings.Builder
	if err := printer.Print(&b, list); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
