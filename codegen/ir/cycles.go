package ir

import (
	"cmp"
	"maps"
	"slices"

	"github.com/lexgen/lexgen/resolver"
)

// edge is one reference from a package to another.
type edge struct{ from, to *resolver.Def }

// importGraph holds, for each pair of generated packages, the first reference
// from one to the other.
type importGraph map[*Package]map[*Package]edge

// breakCycles merges the packages of each strongly connected component of the
// import graph. The component's first package in order of prefix survives;
// the others become packages of aliases.
func (l *layout) breakCycles(g *resolver.Graph, sel *resolver.Selection) {
	edges := l.imports(sel)
	for _, component := range components(edges) {
		if len(component) < 2 {
			continue
		}
		slices.SortFunc(component, comparePackages)
		l.merge(component, forcing(g, component, edges))
	}
	slices.SortFunc(l.merges, func(a, b Merge) int { return cmp.Compare(a.Into.Dir, b.Into.Dir) })
}

func (l *layout) imports(sel *resolver.Selection) importGraph {
	edges := importGraph{}
	for _, def := range sel.Defs {
		from := l.space(def.Lexicon.ID).own
		if from.External {
			continue
		}
		for _, target := range def.Refs {
			to := l.space(target.Lexicon.ID).own
			if to == from || to.External {
				continue
			}
			if edges[from] == nil {
				edges[from] = map[*Package]edge{}
			}
			if _, ok := edges[from][to]; !ok {
				edges[from][to] = edge{def, target}
			}
		}
	}
	return edges
}

// listImports says in each package which others it names. It comes after the
// merges.
func (l *layout) listImports(sel *resolver.Selection) {
	imports := map[*Package]map[*Package]bool{}
	add := func(from, to *Package) {
		if from == to || from.External {
			return
		}
		if imports[from] == nil {
			imports[from] = map[*Package]bool{}
		}
		imports[from][to] = true
	}
	for _, def := range sel.Defs {
		for _, target := range def.Refs {
			add(l.space(def.Lexicon.ID).pkg, l.space(target.Lexicon.ID).pkg)
		}
	}
	for _, s := range l.spaces {
		add(s.own, s.pkg)
	}
	for from, set := range imports {
		from.Imports = slices.SortedFunc(maps.Keys(set), func(a, b *Package) int { return cmp.Compare(a.Path, b.Path) })
	}
}

// merge moves the spaces of the packages into the first one.
func (l *layout) merge(pkgs []*Package, because []ForcedReference) {
	into := pkgs[0]
	m := Merge{Into: into, Because: because}
	for _, pkg := range pkgs {
		m.Prefixes = append(m.Prefixes, pkg.Prefixes...)
		l.byPrefix[pkg.Prefixes[0]].pkg = into
	}
	for _, pkg := range pkgs[1:] {
		pkg.AliasOf = into
	}
	slices.Sort(m.Prefixes)
	into.Prefixes = slices.Clone(m.Prefixes)
	l.merges = append(l.merges, m)
}

// forcing returns the references between the packages.
func forcing(g *resolver.Graph, pkgs []*Package, edges importGraph) []ForcedReference {
	members := map[*Package]bool{}
	for _, pkg := range pkgs {
		members[pkg] = true
	}
	var list []ForcedReference
	for _, from := range pkgs {
		for _, to := range sortedPackages(edges[from]) {
			if e := edges[from][to]; members[to] {
				list = append(list, ForcedReference{From: e.from.ID(), To: e.to.ID(), At: g.ReferenceTo(e.from, e.to)})
			}
		}
	}
	return list
}

// components returns the strongly connected components of the import graph
// (Tarjan), in an order that depends only on the packages' prefixes.
func components(edges importGraph) [][]*Package {
	t := tarjan{edges: edges, index: map[*Package]int{}, low: map[*Package]int{}, onStack: map[*Package]bool{}}
	for _, pkg := range sortedPackages(edges) {
		if t.index[pkg] == 0 {
			t.visit(pkg)
		}
	}
	return t.found
}

type tarjan struct {
	edges      importGraph
	index, low map[*Package]int
	onStack    map[*Package]bool
	stack      []*Package
	found      [][]*Package
}

func (t *tarjan) visit(pkg *Package) {
	at := len(t.stack)
	t.index[pkg] = len(t.index) + 1
	t.low[pkg] = t.index[pkg]
	t.stack = append(t.stack, pkg)
	t.onStack[pkg] = true
	for _, next := range sortedPackages(t.edges[pkg]) {
		switch {
		case t.index[next] == 0:
			t.visit(next)
			t.low[pkg] = min(t.low[pkg], t.low[next])
		case t.onStack[next]:
			t.low[pkg] = min(t.low[pkg], t.index[next])
		}
	}
	if t.low[pkg] != t.index[pkg] {
		return
	}
	component := slices.Clone(t.stack[at:])
	t.stack = t.stack[:at]
	for _, p := range component {
		t.onStack[p] = false
	}
	t.found = append(t.found, component)
}

func sortedPackages[V any](m map[*Package]V) []*Package {
	return slices.SortedFunc(maps.Keys(m), comparePackages)
}

func comparePackages(a, b *Package) int { return cmp.Compare(a.Prefixes[0], b.Prefixes[0]) }
