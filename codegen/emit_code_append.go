package codegen

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/lexgen/lexgen/codegen/ir"
)

// appender prints the method that appends a struct in a format. What is always
// there is gathered and appended at once, together with what comes next.
type appender struct {
	format

	s      *ir.Struct
	gather literal
}

// emit prints the method.
func (a *appender) emit(out *Out, members []ir.Member) {
	method(out.Group, fmt.Sprintf("LexAppend%s appends x, unless that takes its table.", a.name),
		jen.Func().Params(jen.Id("x").Op("*").Id(a.s.Name)).Id("LexAppend"+a.name).
			Params(jen.Id("to").Add(lexName(a.name)), jen.Id("b").Index().Byte(), jen.Id("depth").Int(), namedParam(a.s)).
			Params(jen.Id("_").Index().Byte(), jen.Id("ok").Bool()),
		jen.BlockFunc(func(g *jen.Group) {
			a.begin(g, members)
			for _, m := range members {
				a.member(g, m)
			}
			a.end(g)
		}))
}

func (a *appender) begin(g *jen.Group, members []ir.Member) {
	g.If(jen.Id("x").Op("==").Nil().Op("||").Id("depth").Op(">=").Add(lexName("MaxDepth")).
		Op("||").Len(field(a.s.Extra)).Op(">").Lit(0)).Block(jen.Return(jen.Id("b"), jen.False()))
	fixed := a.fixed(members)
	if a.counted {
		a.gather = literal(fmt.Sprintf(`\x%02x`, 5<<5|fixed))
	}
	if !a.counted || fixed < len(members) {
		g.Id("n").Op(":=").Len(jen.Id("b"))
	}
}

func (a *appender) end(g *jen.Group) {
	a.flush(g)
	if !a.counted {
		g.Id("b").Op("=").Id("to").Dot("CloseObject").Call(jen.Id("b"), jen.Id("n"))
	}
	g.Return(jen.Id("b"), jen.True())
}

// fixed counts the members that are always there.
func (a *appender) fixed(members []ir.Member) int {
	n := 0
	for _, m := range members {
		switch {
		case m.Field == nil && named(a.s):
		case m.Field != nil && (m.Field.Presence == ir.Optional || m.Field.Presence == ir.OptionalNullable):
		default:
			n++
		}
	}
	return n
}

// begun prints b with what was gathered behind it.
func (a *appender) begun() *jen.Statement {
	if a.gather == "" {
		return jen.Id("b")
	}
	lit := a.lit(a.gather)
	a.gather = ""
	return jen.Append(jen.Id("b"), lit.Op("..."))
}

// flush appends what was gathered.
func (a *appender) flush(g *jen.Group) {
	if a.gather != "" {
		g.Id("b").Op("=").Add(a.begun())
	}
}

// member prints the code for one member.
func (a *appender) member(g *jen.Group, m ir.Member) {
	key := a.key(m.Wire)
	if m.Field == nil {
		a.typeMember(g, key+a.text(a.s.Type))
		return
	}
	f := m.Field
	value := field(f.Name)
	switch f.Presence {
	case ir.Required:
		a.gather += key
		a.value(g, f.Code, value, 1)
	case ir.Optional:
		a.optional(g, key, f, value)
	case ir.RequiredNullable:
		a.gather += key
		a.flush(g)
		a.present(g, f, value, func(g *jen.Group, value *jen.Statement) { a.value(g, f.Code, value, 1) }).
			Else().Block(jen.Id("b").Op("=").Id("to").Dot("Null").Call(jen.Id("b")))
	case ir.OptionalNullable:
		a.flush(g)
		g.Switch(value.Clone().Dot("State")).Block(
			jen.Case(lexName("Null")).BlockFunc(func(g *jen.Group) {
				a.count(g)
				g.Id("b").Op("=").Id("to").Dot("Null").Call(jen.Append(jen.Id("b"), a.lit(key).Op("...")))
			}),
			jen.Case(lexName("Present")).BlockFunc(func(g *jen.Group) {
				a.count(g)
				a.gather = key
				a.value(g, f.Code, value.Clone().Dot("Value"), 1)
			}),
		)
	}
}

// typeMember prints $type, which some structs are asked for.
func (a *appender) typeMember(g *jen.Group, member literal) {
	if !named(a.s) {
		a.gather += member
		return
	}
	a.flush(g)
	g.If(jen.Id("named")).BlockFunc(func(g *jen.Group) {
		a.count(g)
		a.gather = member
		a.flush(g)
	})
}

// count adds one to the number of members.
func (a *appender) count(g *jen.Group) {
	if a.counted {
		g.Id("b").Index(jen.Id("n")).Op("++")
	}
}

func (a *appender) optional(g *jen.Group, key literal, f *ir.Field, value *jen.Statement) {
	a.flush(g)
	a.present(g, f, value, func(g *jen.Group, value *jen.Statement) {
		a.count(g)
		a.gather = key
		a.value(g, f.Code, value, 1)
	})
}

// present prints an if statement that runs body with the field's value.
func (a *appender) present(g *jen.Group, f *ir.Field, value *jen.Statement, body func(*jen.Group, *jen.Statement)) *jen.Statement {
	if _, ok := f.Type.(ir.Opt); ok {
		return g.If(jen.List(jen.Id("v"), jen.Id("some")).Op(":=").Add(value).Dot("Get").Call(), jen.Id("some")).
			BlockFunc(func(g *jen.Group) { body(g, jen.Id("v")) })
	}
	return g.If(value.Clone().Op("!=").Nil()).BlockFunc(func(g *jen.Group) { body(g, value) })
}

// value prints the code for a value inside of x and, with x, depth+inside
// containers.
func (a *appender) value(g *jen.Group, code ir.Code, value *jen.Statement, inside int) {
	depth := jen.Id("depth").Op("+").Lit(inside)
	switch code := code.(type) {
	case ir.CodeScalar:
		a.scalar(g, code, value, depth)
	case ir.CodeUnion:
		a.union(g, code, value, depth)
	case ir.CodeRef:
		if !code.Direct {
			a.try(g, jen.Id("to").Dot("Ref").Call(a.begun(), value, depth))
			return
		}
		a.try(g, value.Clone().Dot("LexAppend"+a.name).Call(jen.Id("to"), a.begun(), depth, jen.False()))
	case ir.CodeList:
		a.try(g, jen.Id("to").Dot("List").Call(a.begun(), value, depth))
	case ir.CodeSlice:
		a.slice(g, code, value, inside)
	default:
		panic(fmt.Sprintf("codegen: unexpected code %T", code)) // a bug in lexgen
	}
}

// union calls the code of members that have some.
func (a *appender) union(g *jen.Group, code ir.CodeUnion, value, depth *jen.Statement) {
	word := func() *jen.Statement {
		return jen.Id("to").Dot("Union").Call(a.begun(), value, unionOf(code), depth)
	}
	if len(code.Direct) == 0 {
		a.try(g, word())
		return
	}
	a.flush(g)
	result := jen.List(jen.Id("b"), jen.Id("ok")).Op("=")
	g.Switch(jen.Id("v").Op(":=").Add(value).Assert(jen.Type())).BlockFunc(func(g *jen.Group) {
		for _, member := range code.Direct {
			g.Case(jen.Op("*").Add(Ident(member.Target))).
				Block(result.Clone().Id("v").Dot("LexAppend"+a.name).Call(jen.Id("to"), jen.Id("b"), depth, jen.True()))
		}
		g.Default().Block(result.Clone().Add(word()))
	})
	g.If(jen.Op("!").Id("ok")).Block(jen.Return(jen.Id("b"), jen.False()))
}

func (a *appender) scalar(g *jen.Group, code ir.CodeScalar, value, depth *jen.Statement) {
	word := jen.Id("to").Dot(code.Word)
	v := converted(code.Basic, value)
	switch code.Word {
	case "Blob", "Unknown":
		a.try(g, word.Call(a.begun(), v, depth))
	case "Text", "Link":
		a.try(g, word.Call(a.begun(), v))
	default:
		g.Id("b").Op("=").Add(word.Call(a.begun(), v))
	}
}

// try prints a call that may give up.
func (*appender) try(g *jen.Group, call *jen.Statement) {
	g.If(jen.List(jen.Id("b"), jen.Id("ok")).Op("=").Add(call), jen.Op("!").Id("ok")).Block(jen.Return(jen.Id("b"), jen.False()))
}

func (a *appender) slice(g *jen.Group, code ir.CodeSlice, value *jen.Statement, inside int) {
	a.try(g, jen.Id("to").Dot("Array").Call(a.begun(), jen.Len(value), jen.Id("depth").Op("+").Lit(inside)))
	index, item := jen.Id("_"), itemName(inside)
	if !a.counted {
		index = jen.Id(indexName(inside))
	}
	g.For(jen.List(index, jen.Id(item)).Op(":=").Range().Add(value)).BlockFunc(func(g *jen.Group) {
		if !a.counted {
			g.Id("b").Op("=").Id("to").Dot("Comma").Call(jen.Id("b"), index)
		}
		a.value(g, code.Item, jen.Id(item), inside+1)
	})
	if !a.counted {
		g.Id("b").Op("=").Append(jen.Id("b"), jen.LitRune(']'))
	}
}

// itemName and indexName name the variables of a loop over an array that is
// that deep inside its struct.
func itemName(inside int) string { return fmt.Sprintf("v%d", inside) }

func indexName(inside int) string { return fmt.Sprintf("i%d", inside) }

// unionOf prints the description of a union.
func unionOf(code ir.CodeUnion) *jen.Statement {
	return jen.Id(tableName(code.Table)).Dot("UnionAt").Call(jen.Lit(code.Field))
}
