package breaking

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
)

// typeChanged reports that a type became one of another kind (LE-01). Between
// types of objects some data may stay valid.
func (w *walk) typeChanged(s site, was, is parser.Type, effect Effect) {
	before, after := keyword(was), keyword(is)
	w.found(typeChanged, s, change{
		what:   fmt.Sprintf("the type was %s and is %s", before.Value, after.Value),
		effect: effect,
		strict: true,
		old:    before,
		new:    after,
	})
	w.sameObject(s, was, is)
}

// kindEffect is the effect of another kind of type.
func kindEffect(was, is parser.Type) Effect {
	_, recordBefore := was.(*parser.Record)
	_, recordAfter := is.(*parser.Record)
	switch {
	case !hasData(was) || !hasData(is):
		return Removes
	case !isObject(was) || !isObject(is):
		return Tightens | Relaxes
	case isLoose(was) && isLoose(is):
		return 0
	case isLoose(was), recordAfter && (asObject(was) != nil || isOpen(was)):
		return Tightens
	case isLoose(is), recordBefore && (asObject(is) != nil || isOpen(is)):
		return Relaxes
	default:
		return Tightens | Relaxes
	}
}

// sameObject goes on comparing where an object became a record or the other way
// round: they differ in the $type alone.
func (w *walk) sameObject(s site, was, is parser.Type) {
	before, after := asObject(was), asObject(is)
	if before != nil && after != nil {
		w.object(s, before, after)
	}
}

// asObject returns what has the properties of an object or a record, else nil.
func asObject(t parser.Type) *parser.Object {
	switch t := t.(type) {
	case *parser.Object:
		return t
	case *parser.Record:
		return t.Record
	}
	return nil
}
