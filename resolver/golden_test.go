package resolver_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// TestGolden runs all phases over the corpus. Each first folder of in/ is a
// source, in the order of their names; in/select, in/exclude and in/strict are
// the arguments, one a line. The outputs are the rendered diagnostics, the
// selected definitions with what they refer to, and the hidden files.
func TestGolden_LX07_LX18(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata", func(t *testing.T, c *golden.Case) {
		report := &diag.Report{}
		_, strict := c.In["strict"]
		set, err := resolver.Load(t.Context(), sourcesOf(c), report, resolver.LoadOptions{
			Strict: strict, Exclude: strings.Fields(c.In["exclude"]),
		})
		if err != nil {
			t.Fatal(err)
		}
		graph := resolver.Link(set, report)
		selection := resolver.Select(graph, strings.Fields(c.In["select"]), report)
		c.Output("diagnostics", render(t, selection.Demote(report)))
		c.Output("selection", describe(selection))
		if len(set.Hidden) > 0 {
			c.Output("hidden", describeHidden(set.Hidden))
		}
	})
}

// sourcesOf returns the sources of a case.
func sourcesOf(c *golden.Case) []resolver.Source {
	folders := map[string]fstest.MapFS{}
	for name, text := range c.In {
		source, rel, ok := strings.Cut(name, "/")
		if !ok {
			continue
		}
		if folders[source] == nil {
			folders[source] = fstest.MapFS{}
		}
		folders[source][rel] = &fstest.MapFile{Data: []byte(text)}
	}
	var sources []resolver.Source
	for _, name := range slices.Sorted(maps.Keys(folders)) {
		sources = append(sources, resolver.FS(name, folders[name]))
	}
	return sources
}

func render(t *testing.T, r *diag.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := (diag.Text{}).Print(&b, r.Diagnostics()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// describe lists the definitions of a selection: * before roots, then what
// reaches them, then what they refer to.
func describe(s *resolver.Selection) string {
	var b strings.Builder
	for _, def := range s.Defs {
		mark := " "
		if slices.Contains(s.Roots, def) {
			mark = "*"
		}
		fmt.Fprintf(&b, "%s %s%s", mark, def.ID(), flags(def))
		for i, ref := range def.Refs {
			fmt.Fprintf(&b, "%s%s", [...]string{" -> ", ", "}[min(i, 1)], ref.ID())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func flags(def *resolver.Def) string {
	text := ""
	if def.FromRecord {
		text += " [record]"
	}
	if def.FromStream {
		text += " [stream]"
	}
	return text
}

func describeHidden(hidden []resolver.Hidden) string {
	var b strings.Builder
	for _, h := range hidden {
		fmt.Fprintf(&b, "%s: %s by %s\n", h.ID, h.Path, h.By)
	}
	return b.String()
}
