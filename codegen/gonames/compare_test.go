package gonames_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lexgen/lexgen/codegen/gonames"
	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// TestGolden compares the lexicons below in/old and in/new. in/names pins names in
// the new version, one a line: ID NAME; in/packages has lines PREFIX FOLDER for the
// folders of its packages, and in/oldpackages for those of the old version.
func TestGolden(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata", func(t *testing.T, c *golden.Case) {
		options := ir.Options{Names: words(c.In["names"]), Packages: words(c.In["packages"])}
		report := &diag.Report{}
		changes := gonames.Compare(version(t, c.In, "old", ir.Options{Packages: words(c.In["oldpackages"])}), version(t, c.In, "new", options))
		gonames.Diagnostics(changes, report)
		for _, d := range report.Diagnostics() {
			if d.Span.IsZero() {
				t.Errorf("no place: %s", d.Message)
			}
		}
		var b bytes.Buffer
		if err := (diag.Text{}).Print(&b, report.Diagnostics()); err != nil {
			t.Fatal(err)
		}
		c.Output("diagnostics", b.String())
		if again := gonames.Compare(version(t, c.In, "new", options), version(t, c.In, "new", options)); len(again) > 0 {
			t.Errorf("a version differs from itself: %v", again)
		}
	})
}

// words reads pairs of words, one a line.
func words(text string) map[string]string {
	pairs := map[string]string{}
	for line := range strings.Lines(text) {
		first, second, _ := strings.Cut(strings.TrimSpace(line), " ")
		pairs[first] = second
	}
	return pairs
}

// version reads one version and makes its program.
func version(t *testing.T, in map[string]string, side string, options ir.Options) gonames.Version {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range in {
		if rel, ok := strings.CutPrefix(name, side+"/"); ok {
			fsys[rel] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	report := &diag.Report{}
	set, err := resolver.Load(t.Context(), []resolver.Source{resolver.FS(side, fsys)}, report, resolver.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	graph := resolver.Link(set, report)
	if report.HasErrors() {
		t.Fatal(report.Diagnostics())
	}
	options.Module = "example.com/api"
	p, err := ir.Build(graph, resolver.Select(graph, nil, report), options)
	if err != nil {
		t.Fatal(err)
	}
	return gonames.Version{Graph: graph, Program: p}
}
