package ir

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/resolver"
)

// layout is the assignment of lexicons to packages.
type layout struct {
	opts     Options
	spaces   []*space          // in the order of their first prefixes
	byPrefix map[string]*space // of every prefix that a lexicon needs
	merges   []Merge
}

// space is the set of all lexicons that share a package by themselves, merges
// aside. It is the scope in which names are chosen, so that they do not depend
// on what else is generated.
type space struct {
	prefixes []string // sorted; more than one if they have the same folder
	own      *Package // the package that the prefixes have, or would have without a merge
	pkg      *Package // where the files go
	lexicons []*resolver.Lexicon
}

// merged reports whether the names of the space live in another's package.
func (s *space) merged() bool { return s.pkg != s.own }

// newLayout groups the lexicons of the graph by prefix and merges packages
// until no two generated ones import each other. Only selected definitions
// count as imports. It fails if one import path is both generated and
// imported.
func newLayout(g *resolver.Graph, sel *resolver.Selection, opts Options) (*layout, error) {
	l := &layout{opts: opts, byPrefix: map[string]*space{}}
	if err := l.makeSpaces(prefixes(g, opts)); err != nil {
		return nil, err
	}
	for _, lex := range g.Lexicons {
		s := l.space(lex.ID)
		s.lexicons = append(s.lexicons, lex)
	}
	l.breakCycles(g, sel)
	return l, nil
}

// space returns the space that a lexicon is in.
func (l *layout) space(id string) *space { return l.byPrefix[prefixOf(id, l.opts)] }

// makeSpaces makes a space for every package. Prefixes with one folder, or one
// import path, share it.
func (l *layout) makeSpaces(prefixes []string) error {
	dirs := folders(prefixes, l.opts)
	byPath := map[string]*space{}
	for _, prefix := range prefixes {
		pkg := newPackage(prefix, dirs[prefix], l.opts)
		s := byPath[pkg.Path]
		if s == nil {
			s = &space{own: pkg, pkg: pkg}
			byPath[pkg.Path] = s
			l.spaces = append(l.spaces, s)
		}
		if s.own.External != pkg.External {
			return fmt.Errorf("package %s is imported for one of the prefixes %s and %s, and generated for the other", pkg.Path, s.prefixes[0], prefix)
		}
		s.prefixes = append(s.prefixes, prefix)
		s.own.Prefixes = slices.Clone(s.prefixes)
		l.byPrefix[prefix] = s
	}
	return nil
}

// prefixes returns the prefixes that the lexicons of the graph need, sorted.
func prefixes(g *resolver.Graph, opts Options) []string {
	set := map[string]bool{}
	for _, lex := range g.Lexicons {
		set[prefixOf(lex.ID, opts)] = true
	}
	return sortedKeys(set)
}

// prefixOf returns the longest configured prefix of the NSID, or its first two
// segments.
func prefixOf(id string, opts Options) string {
	for prefix := id; prefix != ""; prefix = parent(prefix) {
		if _, ok := opts.Packages[prefix]; ok {
			return prefix
		}
		if _, ok := opts.Imports[prefix]; ok {
			return prefix
		}
	}
	segments := strings.SplitN(id, ".", 3)
	return strings.Join(segments[:min(2, len(segments))], ".")
}

func parent(id string) string {
	dot := strings.LastIndexByte(id, '.')
	return id[:max(dot, 0)]
}

// folders returns the folder of every prefix that is generated: the one that
// is configured, or one named after the prefix. A configured folder is for the
// prefixes that are configured for it. Of two others with the same name the
// first has it and the second gets a number, which takes no third one's name.
func folders(prefixes []string, opts Options) map[string]string {
	dirs := map[string]string{}
	taken := newNameSet()
	for _, dir := range opts.Packages {
		taken.reserve(strings.ToLower(dir)) // some file systems do not tell letter case
	}
	var losers []string
	for _, prefix := range prefixes {
		name := folderName(prefix)
		if dir, ok := opts.Packages[prefix]; ok {
			dirs[prefix] = dir
		} else if _, ok := opts.Imports[prefix]; ok {
			continue
		} else if taken.has(name) {
			losers = append(losers, prefix)
		} else {
			dirs[prefix] = taken.take(name, prefix)
		}
	}
	for _, prefix := range losers {
		dirs[prefix] = taken.take(folderName(prefix), prefix)
	}
	return dirs
}

// newPackage makes the package of a prefix: one that is imported, or one in
// the folder dir below the output.
func newPackage(prefix, dir string, opts Options) *Package {
	if importPath, ok := opts.Imports[prefix]; ok {
		return &Package{Name: packageName(importName(importPath)), Path: importPath, External: true}
	}
	importPath := path.Join(opts.Module, dir)
	return &Package{Name: packageName(importName(importPath)), Path: importPath, Dir: dir}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
