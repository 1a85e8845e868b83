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

// TestGolden compares the lexicons below in/old and in/new. in/names pins names,
// one a line: ID NAME.
func TestGolden(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata", func(t *testing.T, c *golden.Case) {
		names := map[string]string{}
		for line := range strings.Lines(c.In["names"]) {
			id, name, _ := strings.Cut(strings.TrimSpace(line), " ")
			names[id] = name
		}
		report := &diag.Report{}
		changes := gonames.Compare(version(t, c.In, "old", nil), version(t, c.In, "new", names))
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
		if again := gonames.Compare(version(t, c.In, "new", names), version(t, c.In, "new", names)); len(again) > 0 {
			t.Errorf("a version differs from itself: %v", again)
		}
	})
}

// version reads one version and makes its program.
func version(t *testing.T, in map[string]string, side string, names map[string]string) gonames.Version {
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
	p, err := ir.Build(graph, resolver.Select(graph, nil, report), ir.Options{Module: "example.com/api", Names: names})
	if err != nil {
		t.Fatal(err)
	}
	return gonames.Version{Graph: graph, Program: p}
}
