package resolver

import (
	"strings"

	"github.com/lexgen/lexgen/parser"
)

// mainName is the definition that a lexicon's id alone refers to.
const mainName = "main"

// Graph holds all lexicons of a run, with every reference resolved. It is
// immutable and safe for concurrent use.
type Graph struct {
	Lexicons []*Lexicon // sorted by id

	index   map[string]*Lexicon
	targets map[*parser.Reference]*Def
	set     *Set
}

// Lexicon returns the lexicon with an id, or nil.
func (g *Graph) Lexicon(id string) *Lexicon { return g.index[id] }

// Lookup returns the definition that an absolute reference names, NSID or
// NSID#NAME, or nil.
func (g *Graph) Lookup(ref string) *Def {
	id, name, found := strings.Cut(ref, "#")
	if !found {
		name = mainName
	}
	lexicon := g.index[id]
	if lexicon == nil {
		return nil
	}
	return lexicon.Def(name)
}

// Target returns the definition that a reference of the graph's documents
// leads to. It is nil for a reference that Link or the parser reported, and
// for one into a part of a file that was itself reported.
func (g *Graph) Target(ref *parser.Reference) *Def { return g.targets[ref] }

// Lexicon is one document with its definitions.
type Lexicon struct {
	ID     string
	Doc    *parser.Document
	Source Source
	Defs   []*Def // in source order

	defs  map[string]*Def
	files []string // paths whose errors are errors of this lexicon
}

// Main returns the definition named main, or nil.
func (l *Lexicon) Main() *Def { return l.defs[mainName] }

// Def returns the definition of that name, or nil.
func (l *Lexicon) Def(name string) *Def { return l.defs[name] }

// Def is one definition of a lexicon.
type Def struct {
	Lexicon *Lexicon
	Name    string // main, or the name in defs
	AST     *parser.Def
	// Refs are the definitions that this one refers to, each once, in the
	// order of their first reference.
	Refs []*Def
	// FromRecord says that the definition is a record or part of one, through
	// any number of references.
	FromRecord bool
	// FromStream says that a message of a subscription has the definition in
	// it. The subscription itself is not meant.
	FromStream bool

	broken []string // paths of files with errors that references lead into without a target
}

// ID returns the reference to the definition: NSID for main, else NSID#NAME.
func (d *Def) ID() string {
	if d.Name == mainName {
		return d.Lexicon.ID
	}
	return d.Lexicon.ID + "#" + d.Name
}

// String returns the ID.
func (d *Def) String() string { return d.ID() }

// newGraph makes a graph without references.
func newGraph(set *Set) *Graph {
	g := &Graph{index: map[string]*Lexicon{}, targets: map[*parser.Reference]*Def{}, set: set}
	for _, l := range set.loaded {
		lexicon := newLexicon(l)
		lexicon.files = set.filesOf(l)
		g.index[l.id] = lexicon
		g.Lexicons = append(g.Lexicons, lexicon)
	}
	return g
}

// newLexicon makes the definitions. A name that is there twice was reported;
// the first counts.
func newLexicon(l *loaded) *Lexicon {
	lexicon := &Lexicon{ID: l.id, Doc: l.doc, Source: l.source, defs: map[string]*Def{}}
	for _, ast := range l.doc.Defs {
		def := &Def{Lexicon: lexicon, Name: ast.Name.Value, AST: ast}
		if _, twice := lexicon.defs[def.Name]; twice {
			continue
		}
		lexicon.defs[def.Name] = def
		lexicon.Defs = append(lexicon.Defs, def)
	}
	return lexicon
}

// defs yields all definitions, by lexicon and in source order.
func (g *Graph) defs(yield func(*Def) bool) {
	for _, lexicon := range g.Lexicons {
		for _, def := range lexicon.Defs {
			if !yield(def) {
				return
			}
		}
	}
}
