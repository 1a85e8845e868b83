package lint_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver/lint"
)

// TestBaseline reads testdata/baseline: lexicons, baseline.json, and a file
// options with words: strict, and partial for a run that looks at the lexicon
// com.example.post alone. The outputs are what is found, what is accepted and
// why, and the baseline that accepts everything. Read again, it does.
func TestBaseline(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata/baseline", func(t *testing.T, c *golden.Case) {
		baselineText := []byte(c.In["baseline.json"])
		files := inputs(c)
		delete(files, "baseline.json")
		o := lint.Options{Strict: strings.Contains(c.In["options"], "strict")}
		if strings.Contains(c.In["options"], "partial") {
			o.Partial = true
			o.Covers = func(path string) bool { return strings.HasSuffix(path, "/post.json") }
		}
		report := &diag.Report{}
		baseline := lint.ReadBaseline(diag.NewFile("baseline.json", baselineText), report)
		if report.HasErrors() {
			c.Output("found", printed(t, report))
			return
		}
		c.Output("with", string(baseline.With(check(t, folder(files), o), "so it is")))
		result := check(t, folder(files), o)
		baseline.Accept(result, report)
		result.Report(report)
		c.Output("found", printed(t, report))
		c.Output("accepted", accepted(result))
		checkAcceptsAll(t, baseline, check(t, folder(files), o))
	})
}

func printed(t *testing.T, report *diag.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := (diag.Text{}).Print(&b, report.Diagnostics()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func accepted(result *lint.Result) string {
	var b strings.Builder
	for _, f := range result.Accepted {
		at, _ := f.Span.Range()
		fmt.Fprintf(&b, "%s:%d:%d %s: %s\n", f.Span.Path(), at.Line, at.Column, f.Code, f.Reason)
	}
	return b.String()
}

// checkAcceptsAll accepts what there is, and demands that the text of the
// baseline then accepts it, and stays as it is.
func checkAcceptsAll(t *testing.T, baseline *lint.Baseline, result *lint.Result) {
	t.Helper()
	text := baseline.With(result, "so it is")
	report := &diag.Report{}
	again := lint.ReadBaseline(diag.NewFile("baseline.json", text), report)
	if got := again.With(result, "another reason"); !bytes.Equal(got, text) {
		t.Errorf("written again:\n%s\nwant\n%s", got, text)
	}
	again.Accept(result, report)
	if len(report.Diagnostics()) > 0 {
		t.Error(printed(t, report))
	}
	for _, f := range result.Findings {
		if f.Severity != diag.Error {
			t.Errorf("%s is not accepted", f.Message)
		}
	}
}
