package parser

import (
	"fmt"

	"github.com/lexgen/lexgen/parser/diag"
)

// integerConstraints reports constraints of an integer that contradict each
// other (LX-13).
func (l *lowering) integerConstraints(t *Integer) {
	l.order("minimum", t.Minimum, "maximum", t.Maximum)
	if t.Default != nil && t.Const != nil {
		l.defaultBesideConst(t.Default)
		return
	}
	l.integerInside("default", t.Default, t)
	l.integerInside("const", t.Const, t)
}

// integerInside reports a value that the integer's own constraints exclude.
func (l *lowering) integerInside(name string, n *Int, t *Integer) {
	switch {
	case n == nil:
	case t.Minimum != nil && n.Value < t.Minimum.Value:
		l.contradiction(n, fmt.Sprintf("%q is %d, less than the minimum", name, n.Value), t.Minimum, "the minimum")
	case t.Maximum != nil && n.Value > t.Maximum.Value:
		l.contradiction(n, fmt.Sprintf("%q is %d, more than the maximum", name, n.Value), t.Maximum, "the maximum")
	case len(t.Enum) > 0 && !hasInt(t.Enum, n.Value):
		l.contradiction(n, fmt.Sprintf("%q is %d, which is not in the enum", name, n.Value), nil, "")
	}
}

// stringConstraints reports constraints of a string that contradict each other
// (LX-14).
func (l *lowering) stringConstraints(t *String) {
	l.order("minLength", t.MinLength, "maxLength", t.MaxLength)
	l.order("minGraphemes", t.MinGraphemes, "maxGraphemes", t.MaxGraphemes)
	l.graphemesInBytes(t)
	if t.Default != nil && t.Const != nil {
		l.defaultBesideConst(t.Default)
		return
	}
	l.stringInside("default", t.Default, t)
	l.stringInside("const", t.Const, t)
}

// graphemesInBytes reports a limit of graphemes that the limit of bytes makes
// void, because a grapheme has at least one byte. The two are easily swapped.
func (l *lowering) graphemesInBytes(t *String) {
	if t.MaxLength == nil || t.MaxGraphemes == nil || t.MaxLength.Value >= t.MaxGraphemes.Value {
		return
	}
	l.report.Warning(diag.CodeInvalidAttribute, t.MaxGraphemes,
		fmt.Sprintf("%q is larger than %q, which counts bytes: %d graphemes never fit", "maxGraphemes", "maxLength", t.MaxGraphemes.Value),
		diag.WithNote(t.MaxLength, "the number of bytes"),
		diag.Help("a grapheme takes up to dozens of bytes; maxLength is as a rule ten times maxGraphemes"))
}

// stringInside reports a value that the string's own constraints exclude.
func (l *lowering) stringInside(name string, s *Text, t *String) {
	switch {
	case s == nil:
	case t.MinLength != nil && int64(len(s.Value)) < t.MinLength.Value:
		l.contradiction(s, fmt.Sprintf("%q has %d bytes, less than the minimum", name, len(s.Value)), t.MinLength, "the minimum")
	case t.MaxLength != nil && int64(len(s.Value)) > t.MaxLength.Value:
		l.contradiction(s, fmt.Sprintf("%q has %d bytes, more than the maximum", name, len(s.Value)), t.MaxLength, "the maximum")
	case len(t.Enum) > 0 && !hasText(t.Enum, s.Value):
		l.contradiction(s, fmt.Sprintf("%q is %s, which is not in the enum", name, quote(s.Value)), nil, "")
	}
}

// order reports a minimum above its maximum.
func (l *lowering) order(minName string, minimum *Int, maxName string, maximum *Int) {
	if minimum == nil || maximum == nil || minimum.Value <= maximum.Value {
		return
	}
	l.contradiction(minimum, fmt.Sprintf("%q is %d, more than %q: no value fits", minName, minimum.Value, maxName),
		maximum, fmt.Sprintf("%q is %d", maxName, maximum.Value))
}

// defaultBesideConst reports a default that can have no effect.
func (l *lowering) defaultBesideConst(at diag.Spanner) {
	l.contradiction(at, `"default" and "const" exclude each other`, nil, "")
}

// contradiction reports a constraint; other, if it is not nil, is what it
// contradicts.
func (l *lowering) contradiction(at diag.Spanner, message string, other *Int, note string) {
	var opts []diag.Option
	if other != nil {
		opts = append(opts, diag.WithNote(other, note))
	}
	l.report.Warning(diag.CodeInvalidAttribute, at, message, opts...)
}

func hasInt(list []Int, value int64) bool {
	for _, n := range list {
		if n.Value == value {
			return true
		}
	}
	return false
}

func hasText(list []Text, value string) bool {
	for _, t := range list {
		if t.Value == value {
			return true
		}
	}
	return false
}
