package lint

import (
	"slices"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// Options change what [Run] does. The zero Options hold all lexicons against the
// rules that are on by default.
type Options struct {
	Levels Levels
	Strict bool // rules that are off by default warn
	// Covers says by its path whether a file is to be looked at; nil means all
	// are. The others are there so that references to them lead somewhere.
	Covers func(path string) bool
	// Partial says that Covers leaves out lexicons of the project, so that not
	// all entries of its baseline are judged.
	Partial bool
}

// run is the state of one Run.
type run struct {
	Options

	graph  *resolver.Graph
	linted []*resolver.Lexicon // sorted by id
	broken map[*diag.File]bool // files of linted that had errors
	trees  trees
	found  []Finding
}

// Run holds the lexicons of a graph against the rules. The report has what Load,
// in its strict mode, and Link found; of that, too, the level decides.
func Run(graph *resolver.Graph, problems *diag.Report, o Options) *Result {
	r := &run{Options: o, graph: graph, broken: map[*diag.File]bool{}, trees: trees{}}
	for _, l := range graph.Lexicons {
		if r.covers(l.Doc.File.Path()) {
			r.linted = append(r.linted, l)
			r.broken[l.Doc.File] = l.Doc.Broken
		}
	}
	r.problems(problems)
	r.rules()
	slices.SortStableFunc(r.found, compareFindings)
	return &Result{Findings: r.found, Lexicons: len(r.linted), run: r}
}

func (r *run) covers(path string) bool { return r.Covers == nil || r.Covers(path) }

// problems takes over what was found before.
func (r *run) problems(problems *diag.Report) {
	for _, d := range problems.Diagnostics() {
		level := r.Levels.of(d.Code, r.Strict)
		if level == Off || !d.Span.IsZero() && !r.covers(d.Span.Path()) {
			continue
		}
		if level == Error {
			d.Severity = diag.Error
		}
		r.found = append(r.found, Finding{Diagnostic: d, Fix: certain(d)})
	}
}

// rules walks the lexicons once for all rules.
func (r *run) rules() {
	var lexicon, definition, typ []*pass
	for _, rule := range rules {
		level := r.Levels.of(rule.Code, r.Strict)
		if level == Off {
			continue
		}
		p := &pass{run: r, rule: rule, severity: level.severity()}
		if rule.set != nil {
			rule.set(p)
		}
		lexicon = appendIf(rule.lexicon != nil, lexicon, p)
		definition = appendIf(rule.definition != nil, definition, p)
		typ = appendIf(rule.typ != nil, typ, p)
	}
	visit := func(s *site) {
		for _, p := range typ {
			p.rule.typ(p, s)
		}
	}
	for _, l := range r.linted {
		for _, p := range lexicon {
			p.rule.lexicon(p, l)
		}
		for _, def := range l.Defs {
			for _, p := range definition {
				p.rule.definition(p, def)
			}
			walk{def, visit}.typ(site{typ: def.AST.Type})
		}
	}
}

func appendIf(ok bool, list []*pass, p *pass) []*pass {
	if !ok {
		return list
	}
	return append(list, p)
}
