package resolver

import (
	"fmt"
	"slices"

	"github.com/lexgen/lexgen/parser/diag"
)

// Selection is the part of a graph that a run works on.
type Selection struct {
	Roots []*Def // what the patterns name, sorted by lexicon id and source order
	Defs  []*Def // the roots and all they lead to, in the same order

	graph      *Graph
	has        map[*Def]bool
	everything bool
	files      map[string]bool // paths whose errors stay errors
}

// Select finds the definitions that the patterns name, see Pattern, and all
// that their references lead to. Without patterns that is everything. A
// pattern that matches nothing or is malformed is an error without a place.
func Select(g *Graph, patterns []string, r *diag.Report) *Selection {
	selectors := make([]Selector, len(patterns))
	for i, pattern := range patterns {
		selectors[i].Pattern = pattern
	}
	return SelectAt(g, selectors, r)
}

// Selector is a pattern and where somebody wrote it.
type Selector struct {
	Pattern string
	At      diag.Span // the zero Span if it is in no file
}

// SelectAt is [Select] for patterns with places, at which it reports.
func SelectAt(g *Graph, patterns []Selector, r *diag.Report) *Selection {
	s := &Selection{graph: g, everything: len(patterns) == 0, files: map[string]bool{}}
	chosen := map[*Def]bool{}
	if s.everything {
		s.choose(Pattern{}, chosen)
	}
	for _, selector := range patterns {
		pattern, err := ParsePattern(selector.Pattern)
		if err != nil {
			r.Error(diag.CodeSelectionEmpty, selector.At, err.Error())
			continue
		}
		s.everything = s.everything || pattern.IsAll()
		if !s.choose(pattern, chosen) {
			reportEmpty(g, pattern, selector.At, r)
		}
	}
	s.collect(chosen)
	return s
}

// Has reports whether the definition is selected or reached.
func (s *Selection) Has(def *Def) bool { return s.has[def] }

// choose adds what the pattern names, and reports whether that is anything. A
// lexicon that is named counts even if no definition of it could be read, and
// so does a broken file that stands for an id that is named.
func (s *Selection) choose(pattern Pattern, chosen map[*Def]bool) bool {
	found := pattern.IsAll()
	for _, lexicon := range s.graph.Lexicons {
		if !pattern.MatchID(lexicon.ID) {
			continue
		}
		matched := pattern.def == "" || lexicon.Doc.Broken
		for _, def := range lexicon.Defs {
			if pattern.MatchDef(def) {
				matched = true
				chosen[def] = true
			}
		}
		if matched {
			found = true
			s.mark(lexicon.files)
		}
	}
	for id, ghosts := range s.graph.set.ghosts {
		if s.graph.Lexicon(id) == nil && pattern.MatchID(id) {
			found = true
			s.markGhosts(ghosts)
		}
	}
	return found
}

// collect sorts out what the chosen definitions lead to.
func (s *Selection) collect(chosen map[*Def]bool) {
	roots := make([]*Def, 0, len(chosen))
	for def := range s.graph.defs {
		if chosen[def] {
			roots = append(roots, def)
		}
	}
	s.Roots = roots
	s.has = closure(roots)
	for def := range s.graph.defs {
		if s.has[def] {
			s.Defs = append(s.Defs, def)
			s.mark(def.Lexicon.files)
			s.mark(def.broken)
		}
	}
}

func (s *Selection) mark(paths []string) {
	for _, path := range paths {
		s.files[path] = true
	}
}

func (s *Selection) markGhosts(ghosts []ghost) {
	for _, g := range ghosts {
		s.files[g.path] = true
	}
}

// reportEmpty reports a pattern that names nothing.
func reportEmpty(g *Graph, pattern Pattern, at diag.Span, r *diag.Report) {
	var opts []diag.Option
	if near := diag.Nearest(pattern.text, similar(g, pattern), 1); len(near) > 0 {
		opts = append(opts, diag.Suggest(near[0]))
	}
	if path, ok := g.set.excluded[pattern.id]; ok {
		opts = append(opts, diag.Help(path+" is excluded"))
	}
	r.Error(diag.CodeSelectionEmpty, at, fmt.Sprintf("selection %q matches nothing", pattern.text), opts...)
}

// similar returns the patterns of the same form that match something.
func similar(g *Graph, pattern Pattern) []string {
	lexicon := g.Lexicon(pattern.id)
	switch {
	case pattern.prefix != "":
		return prefixes(g)
	case pattern.def == "" || lexicon == nil:
		return g.set.IDs()
	}
	var ids []string
	for _, def := range lexicon.Defs {
		ids = append(ids, lexicon.ID+"#"+def.Name)
	}
	return ids
}

// prefixes returns all patterns of the form PREFIX.* that match a lexicon.
func prefixes(g *Graph) []string {
	var all []string
	for _, lexicon := range g.Lexicons {
		for i, c := range lexicon.ID {
			if c == '.' {
				all = append(all, lexicon.ID[:i]+".*")
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
