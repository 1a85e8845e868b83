package resolver

import (
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// FuzzResolve proves for two files of any content that no phase panics, that
// places lie inside their files, and that a run without errors leaves no
// reference without a target and no selected definition without what it needs.
func FuzzResolve(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, first, second, pattern string) {
		source := FS("lex", fstest.MapFS{
			"com/example/first.json":  {Data: []byte(first)},
			"com/example/second.json": {Data: []byte(second)},
		})
		report := &diag.Report{}
		set, err := Load(t.Context(), []Source{source}, report, LoadOptions{Strict: true})
		if err != nil {
			t.Fatal(err)
		}
		graph := Link(set, report)
		selection := Select(graph, strings.Fields(pattern), report)
		checkPlaces(t, report)
		if !report.HasErrors() {
			checkTargets(t, graph)
		}
		for _, def := range selection.Defs {
			for _, ref := range def.Refs {
				if !selection.Has(ref) {
					t.Errorf("%s without %s", def, ref)
				}
			}
		}
		if demoted := selection.Demote(report); demoted.Len() != len(report.Diagnostics()) {
			t.Error("demotion loses diagnostics")
		}
	})
}

// addSeeds adds neighbouring pairs of all files of the golden corpus.
func addSeeds(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		f.Fatal("no golden corpus")
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		previous := ""
		for _, file := range archive.Files {
			if strings.HasSuffix(file.Name, ".json") {
				f.Add(previous, string(file.Data), "com.example.*")
				previous = string(file.Data)
			}
		}
	}
}

func checkPlaces(t *testing.T, r *diag.Report) {
	t.Helper()
	for _, d := range r.Diagnostics() {
		if d.Span.File != nil && (d.Span.Start < 0 || d.Span.End < d.Span.Start || d.Span.End > len(d.Span.File.Source())) {
			t.Errorf("%s at %d to %d of %d bytes", d.Code, d.Span.Start, d.Span.End, len(d.Span.File.Source()))
		}
	}
}

func checkTargets(t *testing.T, g *Graph) {
	t.Helper()
	for def := range g.defs {
		references{func(ref *parser.Reference, _ place) {
			if g.Target(ref) == nil {
				t.Errorf("%s: %s has no target and no diagnostic", def, ref.Value)
			}
		}}.walk(def.AST.Type)
	}
}
