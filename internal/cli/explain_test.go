package cli

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lexgen/lexgen/codegen/gen"
	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/lint"
)

// TestExamplesHaveWhatTheyShow runs the example of every documented code, and
// its mended form, through the whole pipeline.
func TestExamplesHaveWhatTheyShow(t *testing.T) {
	t.Parallel()
	for _, doc := range diag.Codes() {
		t.Run(string(doc.Code), func(t *testing.T) {
			t.Parallel()
			if len(doc.Example) > 0 && strings.HasPrefix(doc.Example[0].Path, "before/") {
				return // two versions: package breaking compares them
			}
			if isLintRule(doc.Code) {
				return // gen passes over it: package lint runs the example
			}
			if len(doc.Example) > 0 {
				checkCodes(t, doc, doc.Example, string(doc.Code))
			}
			if len(doc.Fixed) > 0 {
				checkCodes(t, doc, doc.Fixed, "")
			}
		})
	}
}

func isLintRule(code diag.Code) bool {
	return slices.ContainsFunc(lint.Rules(), func(r *lint.Rule) bool { return r.Code == code })
}

// checkCodes generates from an example and demands a code, once or more, or
// none at all.
func checkCodes(t *testing.T, doc diag.Doc, files []diag.ExampleFile, want string) {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, f := range files {
		fsys[f.Path] = &fstest.MapFile{Data: f.Data}
	}
	result, err := gen.Run(t.Context(), gen.Config{
		Sources:  []resolver.Source{resolver.FS("example", fsys)},
		Out:      filepath.Join(t.TempDir(), "out"),
		Packages: ir.Options{Module: "example.com/out"},
		Strict:   doc.Code == diag.CodePathMismatch,
	})
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, d := range result.Report.Diagnostics() {
		codes = append(codes, string(d.Code))
		if d.Code == doc.Code && d.Severity != doc.Severity {
			t.Errorf("found as %s, documented as %s", d.Severity, doc.Severity)
		}
	}
	slices.Sort(codes)
	if got := strings.Join(slices.Compact(codes), " "); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestEveryCodeIsExplained(t *testing.T) {
	t.Parallel()
	_, list, _ := run(t, "explain")
	for _, doc := range diag.Codes() {
		got, page, told := run(t, "explain", string(doc.Code))
		if got != statusFine || told != "" {
			t.Errorf("%s: status %d, told %q", doc.Code, got, told)
		}
		if !strings.HasPrefix(page, string(doc.Code)+" ("+doc.Severity.String()+"): "+doc.Title+"\n\n") {
			t.Errorf("%s: page begins %q", doc.Code, page[:min(len(page), 80)])
		}
		if strings.ContainsFunc(page, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }) {
			t.Errorf("%s: the page has control characters", doc.Code)
		}
		if !strings.Contains(list, string(doc.Code)+" ") {
			t.Errorf("%s is not in the list", doc.Code)
		}
	}
}
