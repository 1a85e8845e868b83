package resolver

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// drawSet makes a lexicon of objects whose properties refer to each other.
func drawSet(t *rapid.T) *Set {
	file := diag.NewFile("x.json", nil)
	doc := &parser.Document{File: file}
	count := rapid.IntRange(1, 8).Draw(t, "definitions")
	index := rapid.IntRange(0, count-1)
	for i := range count {
		object := &parser.Object{}
		for j := range rapid.IntRange(0, 3).Draw(t, "properties") {
			// Places are made up, so that no two diagnostics are the same one.
			at := parser.Node{At: diag.Span{File: file, Start: 10*i + j, End: 10*i + j}}
			object.Properties = append(object.Properties, &parser.Property{
				Name:     parser.Text{Node: at, Value: fmt.Sprint("p", j)},
				Type:     drawReferences(t, index),
				Required: rapid.Bool().Draw(t, "required"),
				Nullable: rapid.IntRange(0, 4).Draw(t, "nullable") == 0,
			})
		}
		doc.Defs = append(doc.Defs, &parser.Def{Name: parser.Text{Value: fmt.Sprint("d", i)}, Type: object})
	}
	return &Set{loaded: []*loaded{{id: "com.example.x", doc: doc, path: "x.json"}}}
}

// drawReferences makes a ref or a union.
func drawReferences(t *rapid.T, index *rapid.Generator[int]) parser.Type {
	var refs []*parser.Reference
	for _, i := range rapid.SliceOfNDistinct(index, 1, 3, rapid.ID).Draw(t, "targets") {
		refs = append(refs, &parser.Reference{ID: "com.example.x", Name: fmt.Sprint("d", i)})
	}
	if len(refs) == 1 && rapid.Bool().Draw(t, "ref") {
		return &parser.Ref{Ref: refs[0]}
	}
	return &parser.Union{Refs: refs, Closed: rapid.Bool().Draw(t, "closed")}
}

// allFinite decides by repetition whether every definition has a value.
func allFinite(g *Graph) bool {
	finite := map[*Def]bool{}
	for range len(g.Lexicons[0].Defs) {
		for def := range g.defs {
			met := true
			for _, n := range needsOf(g, def) {
				met = met && slices.ContainsFunc(n.targets, func(target *Def) bool { return finite[target] })
			}
			finite[def] = finite[def] || met
		}
	}
	for def := range g.defs {
		if !finite[def] {
			return false
		}
	}
	return true
}

// mend makes the properties optional at whose places there are diagnostics.
func mend(set *Set, r *diag.Report) {
	reported := map[int]bool{}
	for _, d := range r.Diagnostics() {
		reported[d.Span.Start] = true
	}
	for _, def := range set.loaded[0].doc.Defs {
		for _, property := range def.Type.(*parser.Object).Properties {
			if reported[property.Name.At.Start] {
				property.Required = false
			}
		}
	}
}

func TestMendingWhatIsReportedMakesAllTypesFinite(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		report := &diag.Report{}
		graph := Link(set, report)
		if allFinite(graph) != (report.Len() == 0) {
			t.Fatalf("all finite: %v, diagnostics: %v", allFinite(graph), report.Diagnostics())
		}
		mend(set, report)
		again := &diag.Report{}
		if Link(set, again); again.Len() > 0 {
			t.Fatalf("after mending %v still %v", report.Diagnostics(), again.Diagnostics())
		}
	})
}

// chainOf makes a lexicon in which each object needs the next, and the last
// one the first.
func chainOf(length int) *Set {
	file := diag.NewFile("x.json", nil)
	doc := &parser.Document{File: file}
	for i := range length {
		ref := &parser.Reference{ID: "com.example.x", Name: fmt.Sprint("d", (i+1)%length)}
		name := parser.Text{Node: parser.Node{At: diag.Span{File: file, Start: i}}, Value: "next"}
		property := &parser.Property{Name: name, Type: &parser.Ref{Ref: ref}, Required: true}
		doc.Defs = append(doc.Defs, &parser.Def{
			Name: parser.Text{Value: fmt.Sprint("d", i)},
			Type: &parser.Object{Properties: []*parser.Property{property}},
		})
	}
	return &Set{loaded: []*loaded{{id: "com.example.x", doc: doc, path: "x.json"}}}
}

func TestLongCirclesAreOneShortDiagnostic(t *testing.T) {
	t.Parallel()
	report := &diag.Report{}
	Link(chainOf(20_000), report)
	found := report.Diagnostics()
	if len(found) != 1 || len(found[0].Notes) > maxSteps {
		t.Errorf("%d diagnostics", len(found))
	}
}
