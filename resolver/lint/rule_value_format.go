package lint

import (
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// valueFormat finds values that the format of their own string refuses.
var valueFormat = &Rule{Code: diag.CodeValueFormat, Level: Warning, typ: func(p *pass, at *site) {
	s, ok := at.typ.(*parser.String)
	if !ok || !s.Format.Present() || !syntax.ValidFormat(s.Format.Value) {
		return
	}
	for _, v := range valuesOf(s) {
		if err := syntax.Check(s.Format.Value, v.text.Value); err != nil {
			p.report(v.text, fmt.Sprintf("%s %q is no %s: %s", v.role, v.text.Value, s.Format.Value, reasonOf(err)),
				diag.WithNote(s.Format, "the format"))
		}
	}
}}

// reasonOf says what is wrong with a value, without the value.
func reasonOf(err error) string {
	reason := err.Error()
	if wrong, ok := errors.AsType[*syntax.Error](err); ok {
		reason = wrong.Reason
	}
	return reason
}

// value is a value that a schema gives to a string.
type value struct {
	role string // what the value is
	text parser.Text
}

// valuesOf returns all values that a string has.
func valuesOf(s *parser.String) []value {
	var values []value
	for _, single := range []struct {
		role string
		text *parser.Text
	}{{"the default", s.Default}, {"the constant", s.Const}} {
		if single.text != nil {
			values = append(values, value{single.role, *single.text})
		}
	}
	for _, text := range s.Enum {
		values = append(values, value{"the value", text})
	}
	for _, text := range s.KnownValues {
		values = append(values, value{"the known value", text})
	}
	return values
}
