package validate

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/runtime/lex"
)

// Rules returns the constraints of a type and its default, nil if there are
// none (LX-13 to LX-17): of an array those of its length, of a type with other
// parts none. The order is always the same, and a format is the first.
func Rules(t parser.Type) lex.Rules {
	switch t := t.(type) {
	case *parser.Boolean:
		return booleanRules(t)
	case *parser.Integer:
		return integerRules(t)
	case *parser.String:
		return stringRules(t)
	case *parser.Bytes:
		return limits(nil, t.MinLength, minBytes, t.MaxLength, maxBytes)
	case *parser.Blob:
		return blobRules(t)
	case *parser.Array:
		return limits(nil, t.MinLength, func(n int64) lex.Rule { return lex.MinItems(n) },
			t.MaxLength, func(n int64) lex.Rule { return lex.MaxItems(n) })
	}
	return nil
}

func booleanRules(t *parser.Boolean) (r lex.Rules) {
	if t.Const != nil {
		r = append(r, lex.ConstBool(t.Const.Value))
	}
	if t.Default != nil {
		r = append(r, lex.DefaultBool(t.Default.Value))
	}
	return r
}

func integerRules(t *parser.Integer) lex.Rules {
	r := limits(nil, t.Minimum, func(n int64) lex.Rule { return lex.Min(n) },
		t.Maximum, func(n int64) lex.Rule { return lex.Max(n) })
	if len(t.Enum) > 0 {
		enum := make(lex.EnumInt, len(t.Enum))
		for i, n := range t.Enum {
			enum[i] = n.Value
		}
		r = append(r, enum)
	}
	if t.Const != nil {
		r = append(r, lex.ConstInt(t.Const.Value))
	}
	if t.Default != nil {
		r = append(r, lex.DefaultInt(t.Default.Value))
	}
	return r
}

func stringRules(t *parser.String) (r lex.Rules) {
	if t.Format.Present() {
		r = append(r, lex.Format(t.Format.Value))
	}
	r = limits(r, t.MinLength, minBytes, t.MaxLength, maxBytes)
	r = limits(r, t.MinGraphemes, func(n int64) lex.Rule { return lex.MinGraphemes(n) },
		t.MaxGraphemes, func(n int64) lex.Rule { return lex.MaxGraphemes(n) })
	if len(t.Enum) > 0 {
		r = append(r, lex.EnumString(values(t.Enum)))
	}
	if t.Const != nil {
		r = append(r, lex.ConstString(t.Const.Value))
	}
	if t.Default != nil {
		r = append(r, lex.DefaultString(t.Default.Value))
	}
	return r
}

func blobRules(t *parser.Blob) (r lex.Rules) {
	if len(t.Accept) > 0 {
		r = append(r, lex.Accept(values(t.Accept)))
	}
	if t.MaxSize != nil {
		r = append(r, lex.MaxSize(t.MaxSize.Value))
	}
	return r
}

func minBytes(n int64) lex.Rule { return lex.MinBytes(n) }

func maxBytes(n int64) lex.Rule { return lex.MaxBytes(n) }

// limits adds the rules of a lower and an upper bound, where there are any.
func limits(r lex.Rules, low *parser.Int, least func(int64) lex.Rule, high *parser.Int, most func(int64) lex.Rule) lex.Rules {
	if low != nil {
		r = append(r, least(low.Value))
	}
	if high != nil {
		r = append(r, most(high.Value))
	}
	return r
}

func values(list []parser.Text) []string {
	texts := make([]string, len(list))
	for i, t := range list {
		texts[i] = t.Value
	}
	return texts
}
