package gen_test

import (
	"bytes"
	"context"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/codegen"
	"github.com/lexgen/lexgen/codegen/gen"
	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// named is a source whose files are called as if it lay elsewhere, so that
// messages do not depend on where the corpora are.
type named struct {
	resolver.Source
	name string
}

// Files renames the files.
func (n named) Files(ctx context.Context) ([]resolver.File, error) {
	files, err := n.Source.Files(ctx)
	for i := range files {
		files[i].Path = path.Join(n.name, files[i].Rel)
	}
	return files, err
}

// corpus returns a folder of the shared lexicons as a source called name.
func corpus(t testing.TB, name string, elem ...string) resolver.Source {
	t.Helper()
	return named{resolver.Dir(shared.Dir(t, elem...)), name}
}

// official returns the official lexicons.
func official(t testing.TB) resolver.Source {
	t.Helper()
	return corpus(t, "official", "lexicons", "official")
}

// outcome is a pipeline's result without anything written.
type outcome struct {
	report  *diag.Report
	graph   *resolver.Graph
	program *ir.Program
	files   []codegen.File
}

// pipeline runs all steps up to the printed files. Diagnostics that are errors
// leave program and files nil.
func pipeline(t testing.TB, opts ir.Options, sources ...resolver.Source) outcome {
	t.Helper()
	report := &diag.Report{}
	set, err := resolver.Load(t.Context(), sources, report, resolver.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	graph := resolver.Link(set, report)
	selection := resolver.Select(graph, nil, report)
	o := outcome{report: selection.Demote(report), graph: graph}
	if o.report.HasErrors() {
		return o
	}
	if err := opts.Check(); err != nil {
		t.Fatal(err)
	}
	if o.program, err = ir.Build(graph, selection, opts); err != nil {
		t.Fatal(err)
	}
	if o.files, err = codegen.Generate(o.program, codegen.Emitters()); err != nil {
		t.Fatal(err)
	}
	return o
}

// firstLines renders diagnostics, the first line of each.
func firstLines(t testing.TB, report *diag.Report) string {
	t.Helper()
	var b strings.Builder
	for _, d := range report.Diagnostics() {
		var text bytes.Buffer
		if err := (diag.Text{}).Print(&text, []diag.Diagnostic{d}); err != nil {
			t.Fatal(err)
		}
		line, rest, _ := strings.Cut(text.String(), "\n")
		b.WriteString(line + "\n")
		for line := range strings.SplitSeq(rest, "\n") {
			if strings.Contains(line, "= help:") || strings.Contains(line, ": note: ") {
				b.WriteString("    " + strings.TrimSpace(line) + "\n")
			}
		}
	}
	return b.String()
}

// temp runs gen.Run into a new folder.
func temp(t testing.TB, c gen.Config) (*gen.Result, string) {
	t.Helper()
	if c.Out == "" {
		c.Out = filepath.Join(t.TempDir(), "out")
	}
	result, err := gen.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return result, c.Out
}
