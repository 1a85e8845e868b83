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

// onlyMember compares an object or a record with a closed union of nothing else,
// and reports whether that is what there is: they differ in the $type alone,
// which a member must have and a record has.
func (w *walk) onlyMember(s site, was, is parser.Type, oldDef, newDef *resolver.Def) bool {
	oldMember, newMember := w.old.Target(sole(was)), w.new.Target(sole(is))
	var effect Effect
	switch {
	case oldDef != nil && newMember != nil && oldDef.ID() == newMember.ID():
		newDef = newMember
		if !isRecord(oldDef) {
			effect = Tightens
		}
	case newDef != nil && oldMember != nil && oldMember.ID() == newDef.ID():
		oldDef = oldMember
		if !isRecord(newDef) {
			effect = Relaxes
		}
	default:
		return false
	}
	w.typeChanged(s, was, is, effect)
	w.pairUp(s, oldDef, newDef)
	return true
}

// sole returns the reference that all values of a closed union are of; nil if
// there is none.
func sole(t parser.Type) *parser.Reference {
	u, ok := t.(*parser.Union)
	if !ok || !u.Closed || len(members(u)) != 1 {
		return nil
	}
	return u.Refs[0]
}

func isRecord(def *resolver.Def) bool {
	_, ok := def.AST.Type.(*parser.Record)
	return ok
}
