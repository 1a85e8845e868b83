package gonames

import (
	"path/filepath"
	"testing"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// TestOfficialNames looks for a place of each name of the official namespaces,
// and compares them with themselves, which changes no name.
func TestOfficialNames(t *testing.T) {
	t.Parallel()
	source, err := resolver.ParseSource(filepath.ToSlash(shared.Dir(t, "lexicons", "official")))
	if err != nil {
		t.Fatal(err)
	}
	report := &diag.Report{}
	set, err := resolver.Load(t.Context(), []resolver.Source{source}, report, resolver.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	graph := resolver.Link(set, report)
	program, err := ir.Build(graph, resolver.Select(graph, nil, report), ir.Options{Module: "example.com/api"})
	if err != nil {
		t.Fatal(err)
	}
	list := entries(Version{graph, program}, aliasesOf(program))
	for _, e := range list {
		if e.at.IsZero() {
			t.Errorf("%s %s of %s has no place", e.kind, e.name, e.id)
		}
	}
	if changes := Compare(Version{graph, program}, Version{graph, program}); len(changes) > 0 {
		t.Errorf("compared with itself: %d changes, the first is %s: %s", len(changes), changes[0].ID, changes[0].What)
	}
	if len(list) < 1000 {
		t.Errorf("only %d names", len(list))
	}
}
