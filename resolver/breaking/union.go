package breaking

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/resolver"
)

// union compares unions (LX-18, LX-19): whether they are closed, and which
// members they have (LE-03). What became of a member itself is for its own
// pair.
func (w *walk) union(s site, was, is *parser.Union) {
	switch {
	case was.Closed && !is.Closed:
		w.found(unionClosedChanged, s, change{what: "the union was closed and is open", effect: Relaxes, strict: true, new: is.Keyword})
	case !was.Closed && is.Closed:
		w.found(unionClosedChanged, s, change{what: "the union was open and is closed", effect: Tightens, strict: true, new: is.Keyword})
	}
	olds, news := members(was), members(is)
	for _, ref := range was.Refs {
		other := news[memberID(ref)]
		if other == nil {
			w.memberRemoved(s, ref, is)
			continue
		}
		before, after := w.old.Target(ref), w.new.Target(other)
		if before != nil && after != nil {
			w.pairUp(s, before, after)
		}
	}
	for _, ref := range is.Refs {
		if olds[memberID(ref)] == nil {
			w.memberAdded(s, ref, was, is)
		}
	}
}

// memberRemoved reports that a union lost a member. To an open one its values
// are as any others now.
func (w *walk) memberRemoved(s site, ref *parser.Reference, is *parser.Union) {
	c := change{what: "the union lost " + memberID(ref), strict: true, old: ref, new: is.Keyword}
	switch {
	case is.Closed:
		c.effect = Tightens
	case constrains(w.old.Target(ref)):
		c.effect = Relaxes
	}
	w.found(unionChanged, s, c)
}

// memberAdded reports that a union gained a member, as open ones may.
func (w *walk) memberAdded(s site, ref *parser.Reference, was, is *parser.Union) {
	c := change{what: "the union gained " + memberID(ref), new: ref, strict: was.Closed || is.Closed}
	if was.Closed {
		c.effect = Relaxes
	}
	w.found(unionChanged, s, c)
}

// constrains reports whether there is an object that is no value of a
// definition but for its $type.
func constrains(def *resolver.Def) bool {
	if def == nil {
		return false
	}
	object := asObject(def.AST.Type)
	return object != nil && len(properties(object.Properties)) > 0
}

// members indexes the references of a union by what they lead to.
func members(u *parser.Union) map[string]*parser.Reference {
	index := make(map[string]*parser.Reference, len(u.Refs))
	for _, ref := range u.Refs {
		if index[memberID(ref)] == nil {
			index[memberID(ref)] = ref
		}
	}
	return index
}

// memberID is the $type of a member.
func memberID(ref *parser.Reference) string {
	if ref.Name == "main" {
		return ref.ID
	}
	return ref.ID + "#" + ref.Name
}

// asMember compares an object or a record with a union that has it as a member,
// and reports whether that is what there is.
func (w *walk) asMember(s site, was, is parser.Type, oldDef, newDef *resolver.Def) bool {
	var effect Effect
	if member := memberOf(w.new, is, oldDef); member != nil {
		effect = memberEffect(is, oldDef, Tightens, Relaxes)
		newDef = member
	} else if member := memberOf(w.old, was, newDef); member != nil {
		effect = memberEffect(was, newDef, Relaxes, Tightens)
		oldDef = member
	} else {
		return false
	}
	w.typeChanged(s, was, is, effect)
	w.pairUp(s, oldDef, newDef)
	return true
}

// memberOf returns the member of a union with the id of a definition; nil if there
// is none, or no union.
func memberOf(g *resolver.Graph, t parser.Type, def *resolver.Def) *resolver.Def {
	u, ok := t.(*parser.Union)
	if !ok || def == nil {
		return nil
	}
	return g.Target(members(u)[memberID(&parser.Reference{ID: def.Lexicon.ID, Name: def.Name})])
}

// memberEffect is the effect of a union beside the definition of one of its
// members: what data of the definition does that has no $type, as that of a record
// always has, and what data of the union does that is none of the definition.
func memberEffect(union parser.Type, def *resolver.Def, unnamed, others Effect) (effect Effect) {
	u, _ := union.(*parser.Union)
	if !isRecord(def) {
		effect |= unnamed
	}
	if (!u.Closed || len(members(u)) > 1) && !isLoose(def.AST.Type) {
		effect |= others
	}
	return effect
}

func isRecord(def *resolver.Def) bool {
	_, ok := def.AST.Type.(*parser.Record)
	return ok
}
