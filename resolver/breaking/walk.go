package breaking

import (
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// walk compares the two sides of one pair. Its methods take what a place was
// and what it is.
type walk struct {
	*comparison

	pair *pair
}

// site is a place that both versions have.
type site struct {
	path     string
	reach    reach
	old, new diag.Span // of its name
	never    Effect    // what no change has there, because no data gets there
}

// change is what happened at a site. Places may be nil: then the site's stand
// for them.
type change struct {
	what     string
	effect   Effect
	strict   bool
	old, new diag.Spanner
}

// below returns the site of a part. Without a place it has the whole's.
func (s site) below(step string, was, is diag.Span) site {
	s.path += step
	if !was.IsZero() {
		s.old = was
	}
	if !is.IsZero() {
		s.new = is
	}
	return s
}

// part returns the site of a part of a method, whose data go one way.
func (w *walk) part(s site, step string, way Directions, was, is diag.Span) site {
	s = s.below(step, was, is)
	s.reach = reachOf(way, w.pair.new.Lexicon.ID, w.released(w.pair.new.Lexicon.ID))
	return s
}

// definition compares the types of the pair.
func (w *walk) definition() {
	s := site{reach: w.pair.reach, old: w.pair.old.AST.Name.At, new: w.pair.new.AST.Name.At}
	w.inPlace(s, w.pair.old.AST.Type, w.pair.new.AST.Type)
}

// types compares what stands in the place of a type, through references. What
// is behind a reference on both sides is a pair of its own, so that it is
// reported once, however many lead there.
func (w *walk) types(s site, was, is parser.Type) {
	before, oldDef := follow(w.old, was)
	after, newDef := follow(w.new, is)
	switch {
	case before == nil || after == nil: // in a broken lexicon
	case w.asMember(s, before, after, oldDef, newDef):
	case oldDef == nil || newDef == nil:
		w.inPlace(s, before, after)
	case oldDef.ID() == newDef.ID():
		w.pairUp(s, oldDef, newDef)
	case keyword(before).Value != keyword(after).Value:
		w.typeChanged(s, before, after, kindEffect(before, after))
	default:
		w.retargeted(s, was, is)
		w.pairUp(s, oldDef, newDef)
	}
}

// pairUp has two definitions compared as data that reaches as far as that of a
// site, if any gets there.
func (w *walk) pairUp(s site, was, is *resolver.Def) {
	if !s.never.Has(Tightens | Relaxes) {
		w.join(w.comparison.pair(was, is), s.reach)
	}
}

// follow returns the type that stands somewhere, and its definition if it
// stands there by reference.
func follow(g *resolver.Graph, t parser.Type) (parser.Type, *resolver.Def) {
	ref, ok := t.(*parser.Ref)
	if !ok {
		return t, nil
	}
	def := g.Target(ref.Ref)
	if def == nil {
		return nil, nil
	}
	return def.AST.Type, def
}

// inPlace compares two types that are no references.
func (w *walk) inPlace(s site, was, is parser.Type) {
	if keyword(was).Value != keyword(is).Value {
		if !w.urlTypes(s, was, is) {
			w.typeChanged(s, was, is, kindEffect(was, is))
		}
		return
	}
	switch was := was.(type) {
	case *parser.Boolean:
		both(w.boolean, s, was, is)
	case *parser.Integer:
		both(w.integer, s, was, is)
	case *parser.String:
		both(w.text, s, was, is)
	case *parser.Bytes:
		both(w.bytes, s, was, is)
	case *parser.Blob:
		both(w.blob, s, was, is)
	case *parser.Array:
		both(w.array, s, was, is)
	case *parser.Object:
		both(w.object, s, was, is)
	case *parser.Union:
		both(w.union, s, was, is)
	case *parser.Record:
		both(w.record, s, was, is)
	default:
		w.primary(s, was, is)
	}
}

// primary compares what is no data, and nothing else: links, unknowns and
// tokens have nothing that could change.
func (w *walk) primary(s site, was, is parser.Type) {
	switch was := was.(type) {
	case *parser.Query:
		both(w.query, s, was, is)
	case *parser.Procedure:
		both(w.procedure, s, was, is)
	case *parser.Subscription:
		both(w.subscription, s, was, is)
	case *parser.PermissionSet:
		both(w.permissionSet, s, was, is)
	}
}

// both compares two types of one kind.
func both[T parser.Type](compare func(s site, was, is T), s site, was T, is parser.Type) {
	if is, ok := is.(T); ok {
		compare(s, was, is)
	}
}

// idOf returns the NSID of a definition's id.
func idOf(id string) string {
	nsid, _, _ := strings.Cut(id, "#")
	return nsid
}
