package breaking

import (
	"cmp"
	"slices"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// Options say what is compared. The zero value compares everything.
type Options struct {
	// Old and New choose the lexicons that are compared. Others are looked at
	// only where references lead to them. Nil chooses all.
	Old, New func(*resolver.Lexicon) bool
	// Unstable are patterns of lexicons that are not released, besides those
	// that say so themselves, see [Unstable].
	Unstable []resolver.Pattern
	// Unread says which lexicons could not be read as a whole, in either version.
	// Nothing is found about them: what is missing need not be gone. Nil says none.
	Unread func(id string) bool
}

// Compare compares two versions of lexicons. What was broken in either is
// passed over: the graphs' own diagnostics say so.
func Compare(was, is *resolver.Graph, options Options) *Report {
	c := &comparison{old: was, new: is, options: options, pairs: map[pairKey]*pair{}, report: &Report{}}
	c.lexicons()
	c.drain()
	c.unreached()
	for _, p := range c.order {
		c.report.Findings = append(c.report.Findings, p.findings...)
	}
	if options.Unread != nil {
		c.report.Findings = slices.DeleteFunc(c.report.Findings, func(f *Finding) bool { return options.Unread(idOf(f.ID)) })
	}
	slices.SortStableFunc(c.report.Findings, compareFindings)
	return c.report
}

// comparison is one run of Compare.
type comparison struct {
	old, new *resolver.Graph
	options  Options
	report   *Report

	pairs   map[pairKey]*pair
	order   []*pair // as they were found
	waiting []*pair // whose findings do not know their whole reach yet
}

// pairKey are two definitions that a reference leads to, in one version each.
type pairKey struct{ old, new *resolver.Def }

// pair is a definition in both versions. As a rule both have the same id; not
// so where a reference leads elsewhere than it did.
type pair struct {
	pairKey

	reach    reach
	waits    bool
	findings []*Finding
}

func (c *comparison) pair(was, is *resolver.Def) *pair {
	key := pairKey{was, is}
	p, ok := c.pairs[key]
	if !ok {
		p = &pair{pairKey: key}
		c.pairs[key] = p
		c.order = append(c.order, p)
		c.wait(p)
	}
	return p
}

// lexicons pairs what both versions have, and finds what one alone has.
func (c *comparison) lexicons() {
	for _, lexicon := range c.old.Lexicons {
		if c.options.Old != nil && !c.options.Old(lexicon) {
			continue
		}
		if other := c.new.Lexicon(lexicon.ID); other != nil {
			c.definitions(lexicon, other)
			continue
		}
		c.gone(lexiconRemoved, lexicon.ID, "the lexicon is gone", lexicon.Doc.ID.At, diag.Span{})
	}
	for _, lexicon := range c.new.Lexicons {
		if c.options.New != nil && !c.options.New(lexicon) {
			continue
		}
		other := c.old.Lexicon(lexicon.ID)
		if other == nil {
			c.came(lexiconAdded, lexicon.ID, "the lexicon is new", lexicon.Doc.ID.At)
			continue
		}
		c.newDefinitions(other, lexicon)
	}
}

// definitions pairs the definitions of a lexicon, sorted by their place in the
// old version.
func (c *comparison) definitions(was, is *resolver.Lexicon) {
	skips := byText(is.Doc.Skipped)
	for _, def := range was.Defs {
		skipped, skips := skips[def.Name]
		switch other := is.Def(def.Name); {
		case other != nil:
			c.seed(c.pair(def, other))
		case skips:
			c.gone(typeChanged, def.ID(), "the type was "+keyword(def.AST.Type).Value+" and is none that is known, so that they cannot be compared",
				keyword(def.AST.Type).At, skipped.At)
		default:
			c.gone(definitionRemoved, def.ID(), "the definition is gone", def.AST.Name.At, is.Doc.ID.At)
		}
	}
}

func (c *comparison) newDefinitions(was, is *resolver.Lexicon) {
	skips := byText(was.Doc.Skipped)
	for _, def := range is.Defs {
		if _, skipped := skips[def.Name]; was.Def(def.Name) == nil && !skipped {
			c.came(definitionAdded, def.ID(), "the definition is new", def.AST.Name.At)
		}
	}
}

// seed gives what is or was a record its reach. The parts of a method have
// theirs by themselves.
func (c *comparison) seed(p *pair) {
	_, was := p.old.AST.Type.(*parser.Record)
	_, is := p.new.AST.Type.(*parser.Record)
	if was || is {
		p.reach.join(reachOf(Record, p.new.Lexicon.ID, c.released(p.new.Lexicon.ID)))
	}
}

// drain walks the pairs until each has been walked with all of its reach.
func (c *comparison) drain() {
	for len(c.waiting) > 0 {
		p := c.waiting[0]
		c.waiting = c.waiting[1:]
		p.waits, p.findings = false, nil
		w := &walk{comparison: c, pair: p}
		w.definition()
	}
}

// unreached walks again what no data was found to reach: others may refer to
// it.
func (c *comparison) unreached() {
	for i := 0; i < len(c.order); i++ { //nolint:intrange // the list grows
		p := c.order[i]
		if p.reach.all == 0 && hasData(p.new.AST.Type) {
			c.join(p, reachOf(Unreached, "", c.released(p.new.Lexicon.ID)))
			c.drain()
		}
	}
}

// join adds to the reach of a pair and has it walked again if that matters.
// What stands in a released lexicon counts in full.
func (c *comparison) join(p *pair, r reach) {
	if c.released(p.new.Lexicon.ID) {
		r.released = r.all
	}
	if p.reach.join(r) {
		c.wait(p)
	}
}

// wait has a pair walked, once however often it is asked for.
func (c *comparison) wait(p *pair) {
	if !p.waits {
		p.waits = true
		c.waiting = append(c.waiting, p)
	}
}

// gone adds a finding about what the new version lacks.
func (c *comparison) gone(rule Rule, id, what string, was, is diag.Span) {
	f := &Finding{Rule: rule, ID: id, What: what, Effect: Removes, Strict: true, Ways: Unreached, Old: was, New: is, Verdict: Breaking}
	if c.released(idOf(id)) {
		f.Released = Breaking
	}
	c.report.Findings = append(c.report.Findings, f)
}

// came adds a finding about what the old version lacks.
func (c *comparison) came(rule Rule, id, what string, at diag.Span) {
	c.report.Findings = append(c.report.Findings, &Finding{Rule: rule, ID: id, What: what, Ways: Unreached, New: at})
}

// found adds a finding about a place that both versions have.
func (w *walk) found(rule Rule, s site, change change) {
	change.effect &^= s.never
	f := &Finding{
		Rule: rule, ID: w.pair.new.ID(), Path: s.path, What: change.what,
		Effect: change.effect, Strict: change.strict, Ways: cmp.Or(s.reach.all, Unreached), roots: s.reach.roots,
		Old: spanOf(change.old, s.old), New: spanOf(change.new, s.new),
	}
	if was := w.pair.old.ID(); was != f.ID {
		f.Was = was
	}
	released := s.reach.released
	if w.released(w.pair.new.Lexicon.ID) {
		released = f.Ways
	}
	f.Verdict = judge(f.Effect, f.Ways, f.Strict)
	f.Released = judge(f.Effect, released, f.Strict)
	w.pair.findings = append(w.pair.findings, f)
}

// spanOf returns a place, or another one where it has none.
func spanOf(at diag.Spanner, otherwise diag.Span) diag.Span {
	if at == nil || at.Span().IsZero() {
		return otherwise
	}
	return at.Span()
}
