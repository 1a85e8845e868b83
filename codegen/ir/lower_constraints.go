package ir

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/resolver/validate"
	"github.com/lexgen/lexgen/runtime/lex"
)

// constrained adds the constraints of a type to the value that it is lowered
// to. A type of package syntax says its format itself.
func constrained(v value, t parser.Type) value {
	rules := lowerRules(t)
	if _, ok := v.Type.(Runtime); ok {
		rules = slices.DeleteFunc(rules, func(r LexRule) bool { return r.Name == "Format" })
	}
	if len(rules) > 0 {
		v.Lex = rules
	}
	return v
}

// lowerRules names the constraints of a type as package lex does.
func lowerRules(t parser.Type) LexRules {
	var rules LexRules
	for _, rule := range validate.Rules(t) {
		rules = append(rules, LexRule{Name: reflect.TypeOf(rule).Name(), Value: ruleValue(rule)})
	}
	return rules
}

func ruleValue(rule lex.Rule) any {
	switch v := reflect.ValueOf(rule); v.Kind() {
	case reflect.Bool:
		return v.Bool()
	case reflect.Int64:
		return v.Int()
	case reflect.String:
		return v.String()
	case reflect.Slice:
		return v.Convert(reflect.SliceOf(v.Type().Elem())).Interface()
	default:
		panic(fmt.Sprintf("ir: unexpected rule %T", rule)) // a bug in lexgen
	}
}
