package diag_test

import (
	"errors"
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/diag/internal/diagtest"
)

func TestPrinters(t *testing.T) {
	t.Parallel()
	printers := map[string]diag.Printer{"text": diag.Text{}, "json": diag.JSON{}, "github": diag.GitHub{}}
	golden.Run(t, "testdata", func(t *testing.T, c *golden.Case) {
		list := diagtest.Diagnostics(t, c)
		for name, printer := range printers {
			c.Output(name, render(t, printer, list))
		}
	})
}

func TestTextColor(t *testing.T) {
	t.Parallel()
	f := diag.NewFile("a.json", []byte(`{"type": "int"}`))
	list := []diag.Diagnostic{{
		Code:       diag.CodeUnknownType,
		Severity:   diag.Warning,
		Span:       diag.Span{File: f, Start: 9, End: 14},
		Message:    "no such type",
		Notes:      []diag.Note{{Span: diag.Span{File: f, Start: 1, End: 7}, Text: "here"}},
		Suggestion: "integer",
	}}
	want := strings.ReplaceAll(`a.json:1:10: <1;33>warning:<0> <1>no such type<0> <1;33>[unknown-type]<0>
 <34>1 |<0> {"type": "int"}
 <34>  |<0>          <1;33>^^^^^<0>
a.json:1:2: <1;36>note:<0> here
 <34>1 |<0> {"type": "int"}
 <34>  |<0>  <1;36>------<0>
  <34> =<0> <1;36>help:<0> did you mean "integer"?
`, "<", "\x1b[")
	want = strings.NewReplacer("3>", "3m", "6>", "6m", "4>", "4m", "0>", "0m", "[1>", "[1m").Replace(want)
	if diff := cmp.Diff(want, render(t, diag.Text{Color: true}, list)); diff != "" {
		t.Errorf("text differs (-want +got):\n%s", diff)
	}
}

func TestPrintersReportWriteErrors(t *testing.T) {
	t.Parallel()
	list := []diag.Diagnostic{{Message: "x"}}
	for _, printer := range []diag.Printer{diag.Text{}, diag.JSON{}, diag.GitHub{}} {
		if err := printer.Print(brokenWriter{}, list); !errors.Is(err, errBroken) {
			t.Errorf("%T: got %v, want %v", printer, err, errBroken)
		}
	}
}

func TestPrintersMoveSpansInside(t *testing.T) {
	t.Parallel()
	f := diag.NewFile("a.json", []byte("{}\n"))
	for _, span := range []diag.Span{
		{File: f, Start: -5, End: 99},
		{File: f, Start: 99, End: -5},
		{File: f, Start: 2, End: 0},
	} {
		list := []diag.Diagnostic{{Span: span, Message: "x", Code: diag.CodeBadJSON}}
		for _, printer := range []diag.Printer{diag.Text{}, diag.JSON{}, diag.GitHub{}} {
			if out := render(t, printer, list); out == "" {
				t.Errorf("%T printed nothing for %d to %d", printer, span.Start, span.End)
			}
		}
	}
}

func TestTextClipsMessages(t *testing.T) {
	t.Parallel()
	list := []diag.Diagnostic{{Message: strings.Repeat("é", 5000), Code: diag.CodeBadJSON}}
	want := "error: " + strings.Repeat("é", 1000) + "... [bad-json]\n"
	if diff := cmp.Diff(want, render(t, diag.Text{}, list)); diff != "" {
		t.Errorf("text differs (-want +got):\n%s", diff)
	}
}

var errBroken = errors.New("broken pipe")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func render(t testing.TB, printer diag.Printer, list []diag.Diagnostic) string {
	t.Helper()
	var b strings.Builder
	if err := printer.Print(&b, list); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// below finds the files of a folder, and none that begins with git:.
func below(folder string) diag.Locator {
	return func(name string) (string, bool) {
		if path.IsAbs(name) {
			return name, true
		}
		return path.Join(folder, name), !strings.HasPrefix(name, "git:")
	}
}

func TestAnnotationsNameFilesAsTheRepositoryDoes(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"a.json": "sub/dir/a.json", "../../b.json": "b.json", "/c.json": "/c.json"} {
		report := &diag.Report{}
		report.Error(diag.CodeBadJSON, diag.Span{File: diag.NewFile(name, nil)}, "wrong")
		want = "::error file=" + want + ",line=1,col=1,endLine=1,endColumn=1,title=bad-json::wrong\n"
		if got := render(t, diag.GitHub{Locate: below("sub/dir")}, report.Diagnostics()); got != want {
			t.Errorf("got %swant %s", got, want)
		}
	}
}

// TestAnnotationsNameNoFileThatTheRepositoryLacks has places in an older commit.
func TestAnnotationsNameNoFileThatTheRepositoryLacks(t *testing.T) {
	t.Parallel()
	old := diag.Span{File: diag.NewFile("git:v1:a.json", []byte("{\n  1")), Start: 4, End: 5}
	here := diag.Span{File: diag.NewFile("a.json", []byte("{"))}
	report := &diag.Report{}
	report.Warning(diag.CodeGoNameChanged, old, "gone", diag.WithNote(nil, "so it is"))
	report.Warning(diag.CodeGoNameChanged, here, "changed", diag.WithNote(old, "it was here"), diag.WithNote(here, "it is here"))
	want := "::warning file=x/a.json,line=1,col=1,endLine=1,endColumn=1,title=go-name-changed::" +
		"changed%0Anote: git:v1:a.json:2:3: it was here%0Ax/a.json:1:1: note: it is here\n" +
		"::warning title=go-name-changed::gone%0Anote: the place is git:v1:a.json:2:3%0Anote: so it is\n"
	if diff := cmp.Diff(want, render(t, diag.GitHub{Locate: below("x")}, report.Diagnostics())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
