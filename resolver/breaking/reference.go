package breaking

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
)

// retargeted reports that a reference leads to another definition of the same
// kind. What differs between the two is found where they are compared; only
// records carry their name (LX-22).
func (w *walk) retargeted(s site, was, is parser.Type) {
	before, after := referenceOf(was), referenceOf(is)
	c := change{
		what:   fmt.Sprintf("the reference led to %s and leads to %s", memberID(before), memberID(after)),
		strict: true, old: before, new: after,
	}
	if _, ok := w.new.Target(after).AST.Type.(*parser.Record); ok {
		c.effect = Tightens | Relaxes
	}
	w.found(referenceChanged, s, c)
}

// referenceOf returns the reference that a type is.
func referenceOf(t parser.Type) *parser.Reference {
	ref, _ := t.(*parser.Ref)
	return ref.Ref
}
