package resolver

import (
	"slices"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// Link resolves the references of all documents that count. It reports
// references to what is missing and to what a reference may not lead to
// (LX-18), and types of which no value can be built; and it marks what records
// and streams reach.
func Link(set *Set, r *diag.Report) *Graph {
	g := newGraph(set)
	l := &linker{graph: g, report: r, advice: newAdvice(g), skipped: skipped{}}
	for def := range g.defs {
		l.link(def)
	}
	reportInfinite(g, r)
	markReached(g)
	return g
}

type linker struct {
	graph   *Graph
	report  *diag.Report
	advice  *advice
	skipped skipped
}

// link resolves all references of a definition.
func (l *linker) link(def *Def) {
	seen := map[*Def]bool{}
	references{func(ref *parser.Reference, at place) {
		target := l.resolve(def, ref, at)
		if target == nil {
			return
		}
		l.graph.targets[ref] = target
		if !seen[target] {
			seen[target] = true
			def.Refs = append(def.Refs, target)
		}
	}}.walk(def.AST.Type)
	slices.Sort(def.broken)
	def.broken = slices.Compact(def.broken)
}

// resolve returns the target of a reference, or nil after it made sure that
// there is a diagnostic that explains why there is none.
func (l *linker) resolve(def *Def, ref *parser.Reference, at place) *Def {
	lexicon := l.graph.Lexicon(ref.ID)
	if lexicon == nil {
		l.missingLexicon(def, ref)
		return nil
	}
	target := lexicon.Def(ref.Name)
	if target == nil {
		l.missingDefinition(def, ref, lexicon)
		return nil
	}
	if !mayLead(at, target.AST.Type) {
		l.wrongKind(ref, at, target)
		return nil
	}
	return target
}
