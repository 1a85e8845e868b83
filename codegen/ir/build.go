package ir

import (
	"cmp"
	"slices"

	"github.com/lexgen/lexgen/resolver"
)

// Build decides everything about the Go code for a selection. The graph must
// have no errors that the selection reaches; opts must have passed Check. The
// result depends on the inputs alone, not on their order.
//
// It fails if the options contradict each other as to these lexicons: one
// import path is both generated and imported, or two definitions are pinned to
// one name.
func Build(g *resolver.Graph, sel *resolver.Selection, opts Options) (*Program, error) {
	layout, err := newLayout(g, sel, opts)
	if err != nil {
		return nil, err
	}
	names, err := newNames(layout)
	if err != nil {
		return nil, err
	}
	p := &Program{Merges: layout.merges, Renames: names.renames}
	for _, id := range sortedKeys(opts.Names) {
		if !names.pinned[id] {
			p.Unpinned = append(p.Unpinned, id)
		}
	}
	layout.listImports(sel)
	b := &builder{
		graph: g, selection: sel, layout: layout, names: names, docs: writer{opts.Docs}, cbor: opts.CBOR,
		made: map[Ident]bool{}, filled: map[Ident]bool{}, groups: map[*Package][]*Group{},
	}
	b.packages(p)
	b.settleParts(p)
	return p, nil
}

// builder lowers definitions to declarations.
type builder struct {
	graph     *resolver.Graph
	selection *resolver.Selection
	layout    *layout
	names     *names
	docs      writer
	cbor      CBORMode
	made      map[Ident]bool // structs that code makes with their parts
	filled    map[Ident]bool // those of them that are made for the elements of arrays
	groups    map[*Package][]*Group
}

// packages fills the program with the packages that have files, and with the
// alias packages of those that were merged.
func (b *builder) packages(p *Program) {
	seen := map[*Package]bool{}
	for _, s := range b.layout.spaces {
		if s.pkg.External {
			p.External = append(p.External, s.pkg)
			continue
		}
		for _, lex := range s.lexicons {
			if slices.ContainsFunc(lex.Defs, b.selection.Has) {
				p.Lexicons++
				b.lexicon(s, lex)
			}
		}
		for _, pkg := range []*Package{s.pkg, s.own} {
			if !seen[pkg] && (len(pkg.Files) > 0 || len(pkg.Aliases) > 0) {
				seen[pkg] = true
				p.Packages = append(p.Packages, pkg)
			}
		}
	}
	b.serverFiles(p)
	for _, pkg := range p.Packages {
		nameFiles(pkg)
		pkg.Doc = packageDoc(pkg)
		slices.SortFunc(pkg.Aliases, func(a, b *Alias) int { return cmp.Compare(a.Name, b.Name) })
	}
	slices.SortFunc(p.Packages, func(a, b *Package) int { return cmp.Compare(a.Dir, b.Dir) })
}

// lexicon adds the file of a lexicon to its package, if there is anything to
// declare.
func (b *builder) lexicon(s *space, lex *resolver.Lexicon) {
	file := &File{ID: lex.ID}
	u := &unit{builder: b, file: file}
	for _, def := range lex.Defs {
		if b.selection.Has(def) {
			u.definition(def)
		}
	}
	if len(file.Decls) == 0 {
		return
	}
	s.pkg.Files = append(s.pkg.Files, file)
	if s.merged() {
		s.own.Aliases = append(s.own.Aliases, u.aliases...)
	}
}

// ident returns the final name of a definition and where it is declared.
func (b *builder) ident(def *resolver.Def) Ident {
	return Ident{Name: b.names.final[def.AST], Package: b.layout.space(def.Lexicon.ID).pkg}
}
