package breaking

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
)

// urlTypes compares parameters of different types as the texts that they are in a
// URL (LX-24), and reports whether they can be compared like that. A text alone is
// a list of one (LX-25).
func (w *walk) urlTypes(s site, was, is parser.Type) bool {
	if s.reach.all != Parameters {
		return false
	}
	texts := urlTextsOf(was)
	if texts == nil {
		return false
	}
	switch is := is.(type) {
	case *parser.Array:
		w.urlList(s, was, is)
	case *parser.String:
		effect := Relaxes
		if !texts.fit(is) {
			effect |= Tightens
		}
		w.typeChanged(s, was, is, effect)
	default:
		return false
	}
	return true
}

// urlList compares a parameter with one that may be given several times.
func (w *walk) urlList(s site, was parser.Type, is *parser.Array) {
	effect, length := Relaxes, limits{is.MinLength, is.MaxLength}.within(natural)
	fits := length.low <= 1 && length.high >= 1
	if !fits {
		effect |= Tightens
	}
	w.typeChanged(s, was, is, effect)
	if fits && is.Items != nil {
		w.types(s.below("[]", opened(was), opened(is.Items)), was, is.Items)
	}
}

// urlTexts are those of a type in a URL: few of them, or numbers, or any.
type urlTexts struct {
	few     []string
	numbers bool
}

// urlTextsOf returns the texts of a parameter; nil for what is not one text.
func urlTextsOf(t parser.Type) *urlTexts {
	switch t := t.(type) {
	case *parser.Boolean:
		return &urlTexts{few: booleanScalar(t).texts()}
	case *parser.Integer:
		s := integerScalar(t)
		return &urlTexts{few: s.texts(), numbers: !s.listed}
	case *parser.String:
		return &urlTexts{}
	}
	return nil
}

// texts returns the values of which there are few as texts.
func (s scalar) texts() []string {
	var list []string
	for _, v := range s.few {
		if s.has(v) {
			list = append(list, fmt.Sprint(v))
		}
	}
	return list
}

// longestNumber is how long the text of an integer can be, in bytes.
const longestNumber = 20

// fit reports whether a string takes all of the texts. With a format of its own it
// is not asked which numbers it takes.
func (x *urlTexts) fit(t *parser.String) bool {
	to := stringScalar(t)
	for _, text := range x.few {
		if !to.has(text) {
			return false
		}
	}
	size := sizeOf(t)
	all := interval{1, longestNumber}
	return !x.numbers || !to.listed && !t.Format.Present() && size.bytes.and(all) == all && size.clusters.and(all) == all
}
