package resolver_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// resolve runs all phases over folders, with everything selected.
func resolve(t testing.TB, sources ...resolver.Source) (*resolver.Selection, *diag.Report) {
	t.Helper()
	report := &diag.Report{}
	set, err := resolver.Load(t.Context(), sources, report, resolver.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	selection := resolver.Select(resolver.Link(set, report), nil, report)
	return selection, selection.Demote(report)
}

func TestOfficialLexiconsHaveNoDiagnostics(t *testing.T) {
	t.Parallel()
	dir := shared.Dir(t, "lexicons", "official")
	report := &diag.Report{}
	set, err := resolver.Load(t.Context(), []resolver.Source{resolver.Dir(dir)}, report, resolver.LoadOptions{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	graph := resolver.Link(set, report)
	selection := resolver.Select(graph, nil, report)
	if text := render(t, report); text != "" {
		t.Error(text)
	}
	if got := len(graph.Lexicons); got != set.Files || got < 400 {
		t.Errorf("%d lexicons of %d files", got, set.Files)
	}
	post := graph.Lookup("app.bsky.feed.post")
	if post == nil || !post.FromRecord || post.FromStream || !selection.Has(post) {
		t.Errorf("app.bsky.feed.post is %+v", post)
	}
	commit := graph.Lookup("com.atproto.sync.subscribeRepos#commit")
	if commit == nil || !commit.FromStream || commit.FromRecord {
		t.Errorf("#commit of the firehose is %+v", commit)
	}
}

func TestASelectionOfTheOfficialLexiconsIsClosed(t *testing.T) {
	t.Parallel()
	dir := shared.Dir(t, "lexicons", "official")
	report := &diag.Report{}
	set, err := resolver.Load(t.Context(), []resolver.Source{resolver.Dir(dir)}, report, resolver.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	selection := resolver.Select(resolver.Link(set, report), []string{"app.bsky.feed.post", "com.atproto.label.*"}, report)
	for _, def := range selection.Defs {
		for _, ref := range def.Refs {
			if !selection.Has(ref) {
				t.Errorf("%s refers to %s, which is not selected", def, ref)
			}
		}
	}
	if len(selection.Roots) == 0 || len(selection.Defs) <= len(selection.Roots) || len(selection.Defs) > 200 {
		t.Errorf("%d roots reach %d definitions", len(selection.Roots), len(selection.Defs))
	}
}

// hostile lists the cases of the hostile corpus that this package decides:
// places of errors and, behind them, codes and suggestions.
var hostile = map[string][]string{
	"02-recursive":           nil,
	"02b-recursive-required": {"com/alpha/tree.json:22:9: infinite-type"},
	"05-main-nonprimary":     nil,
	"08-missing-local":       {"com/alpha/u.json:14:20: missing-definition"},
	"08b-missing-def":        {"com/alpha/u.json:14:20: missing-definition"},
	"08c-missing-lexicon":    {"com/alpha/u.json:14:20: missing-lexicon"},
	"09-ref-record":          nil,
	"09b-ref-query": {
		"com/alpha/a.json:14:20: wrong-kind-reference + com/alpha/q.json:5:5",
		"com/alpha/a.json:18:20: wrong-kind-reference + com/alpha/t.json:5:5",
	},
	"12-dup-id":        {"com/alpha/dup2.json:3:9: duplicate-id + com/alpha/dup.json:3:9"},
	"13-path-mismatch": nil,
	"16b-dup-ref":      nil,
}

func TestHostileLexicons_LX18(t *testing.T) {
	t.Parallel()
	dir := shared.Dir(t, "hostile")
	for name, want := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := filepath.Join(dir, name)
			_, report := resolve(t, resolver.Dir(root))
			got := errorsOf(report, filepath.ToSlash(root)+"/")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s\n%s", diff, render(t, report))
			}
		})
	}
}

// errorsOf describes the errors of a report, with paths below root.
func errorsOf(r *diag.Report, root string) []string {
	var list []string
	for _, d := range r.Diagnostics() {
		if d.Severity != diag.Error {
			continue
		}
		text := placeOf(d.Span, root) + ": " + string(d.Code)
		for _, note := range d.Notes {
			text += " + " + placeOf(note.Span, root)
		}
		list = append(list, text)
	}
	return list
}

func placeOf(at diag.Span, root string) string {
	position := at.File.Position(at.Start)
	return fmt.Sprintf("%s:%d:%d", strings.TrimPrefix(at.Path(), root), position.Line, position.Column)
}

func TestAFolderBehindItselfChangesNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(shared.Dir(t, "hostile"), "08-missing-local")
	_, once := resolve(t, resolver.Dir(dir))
	_, twice := resolve(t, resolver.Dir(dir), resolver.Dir(dir))
	if diff := cmp.Diff(render(t, once), render(t, twice)); diff != "" {
		t.Error(diff)
	}
}

// BenchmarkOfficial measures what precedes code generation:
// go test -run=- -bench=Official -count=10 ./resolver | tee new.txt; benchstat new.txt.
func BenchmarkOfficial(b *testing.B) {
	dir := shared.Dir(b, "lexicons", "official")
	if _, err := os.Stat(dir); err != nil {
		b.Skip(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		resolve(b, resolver.Dir(dir))
	}
}
