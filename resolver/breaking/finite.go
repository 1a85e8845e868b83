package breaking

import (
	"math"
	"slices"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/resolver/validate"
	"github.com/lexgen/lexgen/runtime/lex"
)

// scalar is a type as the set of its values.
type scalar struct {
	kind  lex.Kind
	rules lex.Rules    // without the enum
	enum  map[any]bool // nil if there is none
	// listed says that there is a const or an enum, or that the type is boolean.
	listed bool
	// few are all values, where they are few, and may have others among them;
	// nil where count says how many there are.
	few   []any
	count uint64
}

func booleanScalar(t *parser.Boolean) scalar {
	return scalar{kind: lex.KindBoolean, rules: validate.Rules(t), few: []any{false, true}, listed: true}
}

func integerScalar(t *parser.Integer) scalar {
	without := *t
	without.Enum = nil
	s := scalar{kind: lex.KindInteger, rules: validate.Rules(&without)}
	for _, n := range t.Enum {
		s.list(n.Value)
	}
	if t.Const != nil {
		s.few, s.listed = []any{t.Const.Value}, true
	}
	if !s.listed {
		s.count = limits{t.Minimum, t.Maximum}.within(integers).count()
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
		s.few, s.listed = []any{t.Const.Value}, true
	}
	switch {
	case s.listed:
	case sizeOf(t).bytes.high <= 1:
		s.few = shortTexts()
	default:
		s.count = math.MaxUint64 // as good as: thousands at least
	}
	return s
}

// shortTexts are all texts of less than two bytes.
func shortTexts() []any {
	texts := []any{""}
	for c := range rune(0x80) {
		texts = append(texts, string(c))
	}
	return texts
}

// list adds a value to the enum.
func (s *scalar) list(value any) {
	if s.enum == nil {
		s.enum = map[any]bool{}
	}
	s.enum[value] = true
	s.few, s.listed = append(s.few, value), true
}

// has reports whether a value is valid.
func (s scalar) has(value any) bool {
	return (s.enum == nil || s.enum[value]) && lex.ValidateData(&lex.ScalarSchema{Kind: s.kind, Rules: s.rules}, value) == nil
}

// exceeds reports whether s has a value that other has not. The values of at
// least one of them are listed: if they are not those of s, it has another one
// if it has more than they are.
func (s scalar) exceeds(other scalar) bool {
	if s.few != nil {
		return slices.ContainsFunc(s.few, func(v any) bool { return s.has(v) && !other.has(v) })
	}
	shared := map[any]bool{}
	for _, v := range other.few {
		if s.has(v) && other.has(v) {
			shared[v] = true
		}
	}
	return s.count > uint64(len(shared))
}

// setEffect compares types of which the values of at least one are listed,
// exactly.
func setEffect(was, is scalar) (effect Effect) {
	if was.exceeds(is) {
		effect |= Tightens
	}
	if is.exceeds(was) {
		effect |= Relaxes
	}
	return effect
}
