package resolver_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

const noteLexicon = `{
  "lexicon": 1,
  "id": "com.example.note",
  "defs": {
    "part": { "type": "object", "properties": {} },
    "main": { "type": "array", "items": { "type": "ref", "ref": "#part" } }
  }
}`

// graphOf links files that must have no errors.
func graphOf(t *testing.T, files fstest.MapFS) *resolver.Graph {
	t.Helper()
	report := &diag.Report{}
	set, err := resolver.Load(t.Context(), []resolver.Source{resolver.FS("lex", files)}, report, resolver.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	graph := resolver.Link(set, report)
	if report.HasErrors() {
		t.Fatal(render(t, report))
	}
	return graph
}

func TestLookupFollowsTheFormsOfAReference_LX07(t *testing.T) {
	t.Parallel()
	graph := graphOf(t, fstest.MapFS{"note.json": {Data: []byte(noteLexicon)}})
	got := map[string]string{}
	for _, ref := range []string{
		"com.example.note", "com.example.note#main", "com.example.note#part",
		"com.example.note#gone", "com.example.gone", "#part", "",
	} {
		got[ref] = ""
		if def := graph.Lookup(ref); def != nil {
			got[ref] = def.String()
		}
	}
	want := map[string]string{
		"com.example.note": "com.example.note", "com.example.note#main": "com.example.note",
		"com.example.note#part": "com.example.note#part",
		"com.example.note#gone": "", "com.example.gone": "", "#part": "", "": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestGraphKeepsSourceOrderAndPointers(t *testing.T) {
	t.Parallel()
	graph := graphOf(t, fstest.MapFS{"note.json": {Data: []byte(noteLexicon)}})
	lexicon := graph.Lexicon("com.example.note")
	part, main := lexicon.Defs[0], lexicon.Defs[1]
	if part != lexicon.Def("part") || main != lexicon.Main() {
		t.Errorf("definitions are %v", lexicon.Defs)
	}
	if lexicon.Source.Name() != "lex" || lexicon.Doc.File.Path() != "lex/note.json" {
		t.Errorf("lexicon is from %s, %s", lexicon.Source.Name(), lexicon.Doc.File.Path())
	}
	ref := main.AST.Type.(*parser.Array).Items.(*parser.Ref).Ref
	if graph.Target(ref) != part {
		t.Errorf("target is %v", graph.Target(ref))
	}
	if graph.ReferenceTo(main, part) != ref || graph.ReferenceTo(part, main) != nil {
		t.Error("ReferenceTo does not find the one reference of main to part")
	}
	if graph.Target(&parser.Reference{ID: ref.ID, Name: ref.Name}) != nil {
		t.Error("a reference of no document has a target")
	}
}
