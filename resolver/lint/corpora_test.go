package lint_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/lint"
)

// TestOfficialLexiconsAreSilent is what makes the default levels fit to gate
// something.
func TestOfficialLexiconsAreSilent(t *testing.T) {
	t.Parallel()
	result := check(t, resolver.Dir(shared.Dir(t, "lexicons", "official")), lint.Options{})
	if len(result.Findings) > 0 {
		t.Error(render(t, diag.Text{}, result))
	}
	if result.Lexicons < 400 {
		t.Errorf("%d lexicons", result.Lexicons)
	}
}

// TestCorporaHaveTheseFindings counts the findings of a strict run, by code, in
// the official lexicons and in the projects in the wild, each a source alone.
func TestCorporaHaveTheseFindings(t *testing.T) {
	t.Parallel()
	community := shared.Dir(t, "lexicons", "community")
	projects, err := os.ReadDir(community)
	if err != nil {
		t.Fatal(err)
	}
	strict := lint.Options{Strict: true}
	official, wild := map[diag.Code]int{}, map[diag.Code]int{}
	tally(official, check(t, resolver.Dir(shared.Dir(t, "lexicons", "official")), strict))
	for _, p := range projects {
		tally(wild, check(t, resolver.Dir(filepath.Join(community, p.Name())), strict))
	}
	all := maps.Clone(official)
	maps.Copy(all, wild)
	var out strings.Builder
	for _, code := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&out, "%-28s official %4d, in the wild %4d\n", code, official[code], wild[code])
	}
	golden.File(t, "testdata/corpora.txt", out.String())
}

func tally(counts map[diag.Code]int, result *lint.Result) {
	for _, f := range result.Findings {
		counts[f.Code]++
	}
}

// TestHostileLexiconsAreFoundAsExpected holds the lint column of expect.tsv.
func TestHostileLexiconsAreFoundAsExpected(t *testing.T) {
	t.Parallel()
	for name, want := range hostileCases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := resolver.Dir(shared.Dir(t, "hostile", name))
			result := check(t, source, lint.Options{})
			got := worst(result)
			if word, _, _ := strings.Cut(strings.ReplaceAll(want, ":", " "), " "); got != word {
				t.Errorf("found %s, want %s\n%s", got, want, render(t, diag.Text{}, result))
			}
			if strings.Contains(want, "strict") || strings.Contains(want, "style") {
				if strict := check(t, source, lint.Options{Strict: true}); worst(strict) != "warning" {
					t.Errorf("in strict mode %s, want %s", worst(strict), want)
				}
			}
		})
	}
}

// worst returns the gravest severity of the findings, "ok" without any.
func worst(result *lint.Result) string {
	gravest := "ok"
	for _, f := range result.Findings {
		if f.Severity == diag.Error {
			return "error"
		}
		gravest = "warning"
	}
	return gravest
}

// hostileCases returns the lint column by case.
func hostileCases(t *testing.T) map[string]string {
	t.Helper()
	file, err := os.Open(filepath.Join(shared.Dir(t, "hostile"), "expect.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{}
	for _, row := range rows[1:] {
		cases[row[0]] = row[2]
	}
	return cases
}

// TestHostileNamesAreFoundOneByOne counts what expect.tsv says in words.
func TestHostileNamesAreFoundOneByOne(t *testing.T) {
	t.Parallel()
	result := check(t, resolver.Dir(shared.Dir(t, "hostile", "11-unicode")), lint.Options{})
	if got := len(result.Findings); got != 10 {
		t.Errorf("%d findings, want one for each of 10 odd names\n%s", got, render(t, diag.Text{}, result))
	}
	result = check(t, resolver.Dir(shared.Dir(t, "hostile", "15c-unknown-attr")), lint.Options{})
	for i, want := range []string{"maxLength", "format"} {
		if got := result.Findings[i].Suggestion; got != want {
			t.Errorf("suggested %q, want %q", got, want)
		}
	}
}

func BenchmarkOfficial(b *testing.B) {
	dir := shared.Dir(b, "lexicons", "official")
	problems := &diag.Report{}
	set, err := resolver.Load(b.Context(), []resolver.Source{resolver.Dir(dir)}, problems, resolver.LoadOptions{Strict: true})
	if err != nil {
		b.Fatal(err)
	}
	graph := resolver.Link(set, problems)
	for _, strict := range []bool{false, true} {
		b.Run(fmt.Sprintf("strict=%t", strict), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				lint.Run(graph, problems, lint.Options{Strict: strict})
			}
		})
	}
}
