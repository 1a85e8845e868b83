package codegen

import (
	"fmt"
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/lexgen/lexgen/codegen/ir"
)

// lexRules prints constraints as a composite literal of constants, which needs
// no code at run time.
func lexRules(rules ir.LexRules) *jen.Statement {
	list := make([]jen.Code, len(rules))
	for i, rule := range rules {
		list[i] = lexRule(rule)
	}
	return lexName("Rules").Values(list...)
}

func lexRule(r ir.LexRule) *jen.Statement {
	name := lexName(r.Name)
	switch v := r.Value.(type) {
	case bool:
		return name.Call(jen.Lit(v))
	case int64:
		return name.Call(integer(v))
	case string:
		return name.Call(jen.Lit(v))
	case []int64:
		return name.Values(literals(v, integer)...)
	case []string:
		return name.Values(literals(v, func(s string) *jen.Statement { return jen.Lit(s) })...)
	default:
		panic(fmt.Sprintf("codegen: unexpected constraint %T", v)) // a bug in lexgen
	}
}

// integer prints a number without its type, which is around it.
func integer(n int64) *jen.Statement { return jen.Id(strconv.FormatInt(n, 10)) }

func literals[E any](list []E, literal func(E) *jen.Statement) []jen.Code {
	codes := make([]jen.Code, len(list))
	for i, e := range list {
		codes[i] = literal(e)
	}
	return codes
}
