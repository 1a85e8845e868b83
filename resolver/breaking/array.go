package breaking

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// array compares the number of items and their type (LX-15). What other items
// mean nothing to are arrays without any.
func (w *walk) array(s site, was, is *parser.Array) {
	before, after := limits{was.MinLength, was.MaxLength}, limits{is.MinLength, is.MaxLength}
	w.span(lengthChanged, s, "minLength", "maxLength", before, after)
	if was.Items == nil || is.Items == nil {
		return
	}
	items := s.below("[]", diag.Span{}, opened(is.Items))
	if before.within(natural).high <= 0 {
		items.never |= Tightens
	}
	if after.within(natural).high <= 0 {
		items.never |= Relaxes
	}
	w.types(items, was.Items, is.Items)
}

// opened is the place of a type's name, or of the reference that stands for it.
func opened(t parser.Type) diag.Span {
	if ref, ok := t.(*parser.Ref); ok {
		return ref.Ref.At
	}
	return keyword(t).At
}
