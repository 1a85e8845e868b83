package breaking

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// array compares the number of items and their type (LX-15).
func (w *walk) array(s site, was, is *parser.Array) {
	w.span(lengthChanged, s, "minLength", "maxLength", limits{was.MinLength, was.MaxLength}, limits{is.MinLength, is.MaxLength})
	if was.Items != nil && is.Items != nil {
		w.types(s.below("[]", diag.Span{}, opened(is.Items)), was.Items, is.Items)
	}
}

// opened is the place of a type's name, or of the reference that stands for it.
func opened(t parser.Type) diag.Span {
	if ref, ok := t.(*parser.Ref); ok {
		return ref.Ref.At
	}
	return keyword(t).At
}
