package cli

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/lexgen/lexgen/codegen/gen"
	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/resolver"
)

// tellHidden says under -v which files an earlier source hides.
func (g *generation) tellHidden(hidden []resolver.Hidden) {
	if !g.verbose {
		return
	}
	for _, h := range hidden {
		tellf(g.stderr, "%s: %s is hidden by %s", h.ID, h.Path, h.By)
	}
}

// tellProgram says which packages became one and, under -v, who lost a name.
func (g *generation) tellProgram(p *ir.Program) {
	if p == nil {
		return
	}
	for _, m := range p.Merges {
		tellf(g.stderr, "%s", mergeText(m, p.Packages))
	}
	if !g.verbose {
		return
	}
	for _, r := range p.Renames {
		tellf(g.stderr, "%s: %s is called %s, because %s has the name %s", r.Package, r.ID, r.Got, r.Occupant, r.Wanted)
	}
}

// mergeText explains a merge: what became one, which references forced it, and
// what keeps the other import paths alive.
func mergeText(m ir.Merge, packages []*ir.Package) string {
	lines := []string{fmt.Sprintf("%s became one package, %s: they refer to each other, and Go has no import cycles", and(m.Prefixes), m.Into.Path)}
	for _, because := range m.Because {
		lines = append(lines, fmt.Sprintf("%s%s refers to %s", place(because), because.From, because.To))
	}
	for _, pkg := range packages {
		if pkg.AliasOf == m.Into {
			lines = append(lines, fmt.Sprintf("%s names the same types, so that its import path stays", pkg.Path))
		}
	}
	return strings.Join(lines, "\n  ")
}

// place is the beginning of a line about a reference.
func place(because ir.ForcedReference) string {
	if because.At == nil {
		return ""
	}
	span := because.At.Span()
	if span.IsZero() {
		return ""
	}
	at, _ := span.Range()
	return fmt.Sprintf("%s:%d:%d: ", span.Path(), at.Line, at.Column)
}

// and joins words as a sentence does.
func and(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// tellFiles says which stale files are kept and, under -v, what was written
// and removed.
func (g *generation) tellFiles(s *settings, result *gen.Result) {
	list := func(what string, paths []string) {
		for _, p := range paths {
			tellf(g.stderr, "%s %s", what, path.Join(s.printedOut(), p))
		}
	}
	if g.verbose {
		list("wrote", result.Written.Written)
		list("removed", result.Written.Removed)
	}
	for _, p := range result.Written.Kept {
		tellf(g.stderr, "kept %s: nothing needs it any more, but it was edited and is no longer lexgen's", path.Join(s.printedOut(), p))
	}
}

// printedOut is the output folder as messages show it.
func (s *settings) printedOut() string { return filepath.ToSlash(s.out) }
