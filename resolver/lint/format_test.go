package lint_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	library "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/diag/sarif"
	"github.com/lexgen/lexgen/resolver/lint"
)

// TestFormats prints the findings of testdata/formats for people, for code
// scanners and as annotations. The log for code scanners is read back.
func TestFormats(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata/formats", func(t *testing.T, c *golden.Case) {
		result := check(t, folder(inputs(c)), lint.Options{Strict: true})
		log := render(t, sarif.Printer{Version: "v1.2.3"}, result)
		c.Output("text", render(t, diag.Text{}, result))
		c.Output("github", render(t, diag.GitHub{}, result))
		c.Output("sarif", log)
		if diff := cmp.Diff(places(result), readBack(t, log)); diff != "" {
			t.Errorf("read back (-want +got):\n%s", diff)
		}
	})
}

// places returns rule, path, line and column of each finding.
func places(result *lint.Result) []string {
	var list []string
	for _, f := range result.Findings {
		at, end := f.Span.Range()
		list = append(list, fmt.Sprintf("%s %s %s %d:%d-%d:%d", f.Severity, f.Code, f.Span.Path(), at.Line, at.Column, end.Line, end.Column))
	}
	return list
}

// readBack returns the same of a SARIF log.
func readBack(t *testing.T, text string) []string {
	t.Helper()
	log, err := library.FromString(text, library.WithStrictValidation())
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Validate(); err != nil {
		t.Error(err)
	}
	run := log.Runs[0]
	var list []string
	for _, r := range run.Results {
		rule := run.Tool.Driver.Rules[r.RuleIndex]
		if *rule.ID != *r.RuleID || rule.Help == nil || rule.ShortDescription == nil {
			t.Errorf("%s: rule %s is not described", *r.RuleID, *rule.ID)
		}
		at := r.Locations[0].PhysicalLocation
		region := at.Region
		list = append(list, fmt.Sprintf("%s %s %s %d:%d-%d:%d", r.Level, *r.RuleID, strings.TrimSpace(*at.ArtifactLocation.URI),
			*region.StartLine, *region.StartColumn, *region.EndLine, *region.EndColumn))
	}
	return list
}
