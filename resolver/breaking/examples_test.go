package breaking_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver/breaking"
)

// TestExamplesHaveWhatTheyShow compares the two versions in the documentation of
// every rule, and those of its mended form.
func TestExamplesHaveWhatTheyShow_LE01(t *testing.T) {
	t.Parallel()
	for _, rule := range breaking.Rules() {
		doc, ok := diag.Lookup(rule.Code)
		if ok != rule.Reported() {
			t.Errorf("%s is reported: %v, and documented: %v", rule.Code, rule.Reported(), ok)
		}
		if !ok {
			continue
		}
		if got, want := reported(t, doc.Example), doc.Severity.String()+" "+string(rule.Code); got != want {
			t.Errorf("%s: the example has %q, want %q", rule.Code, got, want)
		}
		if got := reported(t, doc.Fixed); got != "" {
			t.Errorf("%s: the mended example has %q", rule.Code, got)
		}
	}
}

// reported lists the severities and codes of an example's changes, each once.
func reported(t *testing.T, files []diag.ExampleFile) string {
	t.Helper()
	sides := map[string]map[string]string{"before": {}, "after": {}}
	for _, f := range files {
		side, rel, _ := strings.Cut(f.Path, "/")
		sides[side][rel] = string(f.Data)
	}
	before, after := load(t, "before", sides["before"]).sound(t), load(t, "after", sides["after"]).sound(t)
	report := &diag.Report{}
	breaking.Compare(before.graph, after.graph, breaking.Options{}).Diagnostics(report)
	var found []string
	for _, d := range report.Diagnostics() {
		found = append(found, d.Severity.String()+" "+string(d.Code))
	}
	slices.Sort(found)
	return strings.Join(slices.Compact(found), ", ")
}
