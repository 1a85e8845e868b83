package lint_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/lint"
)

// TestMistakesAreFoundWithAWayOut reads testdata/mistakes: each case is a mistake,
// the code that it has, where it is, and "plain" if the message says it all. The
// output is what is said.
func TestMistakesAreFoundWithAWayOut(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata/mistakes", func(t *testing.T, c *golden.Case) {
		found := mistakes{options: lint.Options{Strict: true}, at: map[string][]lint.Finding{}, done: map[string]bool{}}
		if c.Name == "community" {
			found.root = shared.Dir(t, "lexicons", "community")
		} else {
			found.add(t, folder(inputs(c)))
		}
		var out strings.Builder
		for line := range strings.Lines(c.In["cases"]) {
			mistake, rest, _ := strings.Cut(strings.TrimSpace(line), "\t")
			code, place, _ := strings.Cut(rest, "\t")
			place, plain := strings.CutSuffix(place, "\tplain")
			said := found.say(t, mistake, diag.Code(code), place)
			if len(said) < 2 && !plain {
				t.Errorf("%s: nothing is suggested", mistake)
			}
			fmt.Fprintf(&out, "%s\n\t%s\n", mistake, strings.Join(said, "\n\t"))
		}
		c.Output("found", out.String())
	})
}

// inputs returns the lexicons of a case. In a file called NAME.json.x, <FF> is a
// byte that no UTF-8 has.
func inputs(c *golden.Case) map[string][]byte {
	files := map[string][]byte{}
	for name, text := range c.In {
		if base, escaped := strings.CutSuffix(name, ".x"); escaped {
			name, text = base, strings.ReplaceAll(text, "<FF>", "\xff")
		}
		if strings.HasSuffix(name, ".json") {
			files[name] = []byte(text)
		}
	}
	return files
}

// mistakes are findings by place.
type mistakes struct {
	options lint.Options
	root    string // of the projects, empty if there is one
	at      map[string][]lint.Finding
	done    map[string]bool // projects
}

func (m *mistakes) add(t *testing.T, source resolver.Source) {
	t.Helper()
	for _, f := range check(t, source, m.options).Findings {
		at, _ := f.Span.Range()
		path := strings.TrimPrefix(f.Span.Path(), filepath.ToSlash(m.root)+"/")
		place := fmt.Sprintf("%s:%d:%d", path, at.Line, at.Column)
		m.at[place] = append(m.at[place], f)
	}
}

// say returns the message about a mistake, ways out and notes.
func (m *mistakes) say(t *testing.T, mistake string, code diag.Code, place string) []string {
	t.Helper()
	if project, _, _ := strings.Cut(place, "/"); m.root != "" && !m.done[project] {
		m.done[project] = true
		m.add(t, resolver.Dir(filepath.Join(m.root, project)))
	}
	for _, f := range m.at[place] {
		if f.Code != code {
			continue
		}
		said := append([]string{f.Message}, f.Hints()...)
		for _, n := range f.Notes {
			said = append(said, "note: "+n.Text)
		}
		return said
	}
	t.Errorf("%s: no %s at %s, but %v", mistake, code, place, codesOf(m.at[place]))
	return nil
}
