package lint_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver/lint"
)

// TestOneFileIsNotTheWholeReport has a file with more findings than anybody
// reads; the last one that is reported is as grave as the rest.
func TestOneFileIsNotTheWholeReport(t *testing.T) {
	t.Parallel()
	const limit = 1000
	for _, n := range []int{limit - 1, limit, limit + 1, limit + 500} {
		values := make([]string, n)
		for i := range values {
			values[i] = fmt.Sprintf("%q", fmt.Sprint("V", i))
		}
		text := `{"lexicon": 1, "id": "com.example.many", "defs": {"main": {"type": "string", "description": "Many.", "maxLength": 9, "knownValues": [` +
			strings.Join(values, ",") + `]}}}`
		source := folder(map[string][]byte{"com/example/many.json": []byte(text), "com/example/few.json": []byte(strings.Replace(text, "many", "few", 1)[:100])})
		result := check(t, source, lint.Options{Strict: true, Levels: lint.Levels{diag.CodeValueStyle: lint.Error}})
		report := &diag.Report{}
		result.Report(report)
		list := report.Diagnostics()
		last := list[len(list)-1]
		if got, want := len(list), min(n, limit)+1; got != want {
			t.Errorf("%d of %d reported, want %d", got, n, want)
		}
		more := fmt.Sprintf("the file has %d more problems from here on", n-limit+1)
		if got := last.Message == more; got != (n > limit) || last.Severity != diag.Error {
			t.Errorf("%d findings: the last one is %s %q", n, last.Severity, last.Message)
		}
	}
}

// TestFixesThatMeetWait has three fixes, the second of which edits what the first
// one does.
func TestFixesThatMeetWait(t *testing.T) {
	t.Parallel()
	file := diag.NewFile("a.json", []byte("one two three"))
	finding := func(start, end int, text string) lint.Finding {
		at := diag.Span{File: file, Start: start, End: end}
		return lint.Finding{Diagnostic: diag.Diagnostic{Span: at}, Fix: []lint.Edit{{Span: at, Text: text}}}
	}
	result := lint.Result{Findings: []lint.Finding{finding(0, 5, "1 t"), finding(4, 7, "2"), {Diagnostic: diag.Diagnostic{Span: diag.Span{File: file}}}, finding(8, 13, "3")}}
	fixed := result.Fixed()
	if len(fixed) != 1 || string(fixed[0].Text) != "1 two 3" || len(fixed[0].Fixed) != 2 || fixed[0].Left != 1 {
		t.Errorf("got %+v", fixed)
	}
}
