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
	rules lex.Rules    // without the enum
	enum  map[any]bool // nil if there is none
	few   []any        // all values, if finite
	// finite says that there is a const or an enum, or that the type is boolean.
	finite bool
}

func booleanScalar(t *parser.Boolean) scalar {
	return scalar{kind: lex.KindBoolean, rules: validate.Rules(t), few: []any{false, true}, finite: true}
}

func integerScalar(t *parser.Integer) scalar {
	without := *t
	without.Enum = nil
	s := scalar{kind: lex.KindInteger, rules: validate.Rules(&without)}
	for _, n := range t.Enum {
		s.list(n.Value)
	}
	if t.Const != nil {
		s.few, s.finite = []any{t.Const.Value}, true
	}
	return s
}

func stringScalar(t *parser.String) scalar {
	without := *t
	without.Enum = nil
	s := scalar{kind: lex.KindString, rules: validate.Rules(&without)}
	for _, text := range t.Enum {
		s.list(text.Value)
	}
	if t.Const != nil {
		s.few, s.finite = []any{t.Const.Value}, true
	}
	return s
}

// list adds a value to the enum.
func (s *scalar) list(value any) {
	if s.enum == nil {
		s.enum = map[any]bool{}
	}
	s.enum[value] = true
	s.few, s.finite = append(s.few, value), true
}

// has reports whether a value is valid.
func (s scalar) has(value any) bool {
	return (s.enum == nil || s.enum[value]) && lex.ValidateData(&lex.ScalarSchema{Kind: s.kind, Rules: s.rules}, value) == nil
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
