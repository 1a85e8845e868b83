package breaking

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// boolean compares truth values (LX-13).
func (w *walk) boolean(s site, was, is *parser.Boolean) {
	w.constant(s, constOf(was.Const), constOf(is.Const), setEffect(booleanScalar(was), booleanScalar(is)))
	w.defaults(s, constOf(was.Default), constOf(is.Default))
}

// integer compares numbers (LX-13). Where a const or an enum says which they
// are, bounds matter only as far as they exclude some of these.
func (w *walk) integer(s site, was, is *parser.Integer) {
	b := bound{"minimum", "maximum", limits{was.Minimum, was.Maximum}, limits{is.Minimum, is.Maximum}}
	before, after := integerScalar(was), integerScalar(is)
	switch {
	case !before.listed && !after.listed:
		w.bounds(rangeChanged, s, b, integers)
	case w.constant(s, numberOf(was.Const), numberOf(is.Const), setEffect(before, after)):
	case w.enum(s, numbers(was.Enum), numbers(is.Enum), setEffect(before, after)):
	default:
		w.moot(rangeChanged, s, setEffect(before, after))
	}
	w.defaults(s, numberOf(was.Default), numberOf(is.Default))
}

// text compares strings (LX-14), see integer.
func (w *walk) text(s site, was, is *parser.String) {
	before, after := stringScalar(was), stringScalar(is)
	switch {
	case !before.listed && !after.listed:
		w.format(s, was, is)
		w.textLengths(s, was, is)
	case w.constant(s, literalOf(was.Const), literalOf(is.Const), setEffect(before, after)):
	case w.enum(s, literals(was.Enum), literals(is.Enum), setEffect(before, after)):
	case was.Format.Value != is.Format.Value:
		w.moot(formatChanged, s, setEffect(before, after))
	default:
		w.moot(lengthChanged, s, setEffect(before, after))
	}
	w.known(s, was.KnownValues, is.KnownValues)
	w.defaults(s, literalOf(was.Default), literalOf(is.Default))
}

// moot reports that other constraints exclude other values of a const or an
// enum than before.
func (w *walk) moot(rule Rule, s site, effect Effect) {
	if effect != 0 {
		w.found(rule, s, change{what: "other values of its const or enum fit its other constraints than before", effect: effect})
	}
}

// bytes compares byte strings (LX-15).
func (w *walk) bytes(s site, was, is *parser.Bytes) {
	w.span(lengthChanged, s, "minLength", "maxLength", limits{was.MinLength, was.MaxLength}, limits{is.MinLength, is.MaxLength})
}

// literal is a value of the schema with its place: the text of a string, quoted,
// or of another value. There is none if it is empty.
type literal struct {
	diag.Span

	text string
}

func constOf(b *parser.Bool) literal {
	switch {
	case b == nil:
		return literal{}
	case b.Value:
		return literal{b.At, "true"}
	default:
		return literal{b.At, "false"}
	}
}
