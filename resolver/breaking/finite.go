package breaking

import (
	"slices"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/resolver/validate"
	"github.com/lexgen/lexgen/runtime/lex"
)

// scalar is a type whose values may be few enough to be tried one by one.
type scalar struct {
	kind  lex.Kind
	rules lex.Rules
	few   []any // all values, if finite
	// finite says that there is a const or an enum, or that the type is boolean.
	finite bool
}

func booleanScalar(t *parser.Boolean) scalar {
	return scalar{lex.KindBoolean, validate.Rules(t), []any{false, true}, true}
}

func integerScalar(t *parser.Integer) scalar {
	var few []any
	for _, n := range t.Enum {
		few = append(few, n.Value)
	}
	if t.Const != nil {
		few = []any{t.Const.Value}
	}
	return scalar{lex.KindInteger, validate.Rules(t), few, few != nil}
}

func stringScalar(t *parser.String) scalar {
	var few []any
	for _, text := range t.Enum {
		few = append(few, text.Value)
	}
	if t.Const != nil {
		few = []any{t.Const.Value}
	}
	return scalar{lex.KindString, validate.Rules(t), few, few != nil}
}

// has reports whether a value is valid.
func (s scalar) has(value any) bool {
	return lex.ValidateData(&lex.ScalarSchema{Kind: s.kind, Rules: s.rules}, value) == nil
}

// exceeds reports whether s has a value that other has not. At least one of
// them is finite.
func (s scalar) exceeds(other scalar) bool {
	return !s.finite || slices.ContainsFunc(s.few, func(v any) bool { return s.has(v) && !other.has(v) })
}

// setEffect compares types of which at least one is finite, exactly.
func setEffect(was, is scalar) (effect Effect) {
	if was.exceeds(is) {
		effect |= Tightens
	}
	if is.exceeds(was) {
		effect |= Relaxes
	}
	return effect
}
