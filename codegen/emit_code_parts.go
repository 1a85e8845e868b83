package codegen

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/lexgen/lexgen/codegen/ir"
)

// makerName names the function that makes a struct with its parts. The small
// letter tells it from the table of a struct whose name begins with New.
func makerName(name string) string { return "lexnew" + name }

// fillerName names the function that does so for elements of a list.
func fillerName(name string) string { return "lexfill" + name }

// parts prints the functions that make structs to read into. What they always
// point to comes with them, in one allocation instead of several.
func parts(out *Out, s *ir.Struct) {
	if len(s.Parts) == 0 {
		return
	}
	method(out.Group, fmt.Sprintf("%s returns an empty %s with its parts.", makerName(s.Name), s.Name),
		jen.Func().Id(makerName(s.Name)).Params().Op("*").Id(s.Name),
		jen.BlockFunc(func(g *jen.Group) {
			g.Var().Id("m").Add(withParts(s))
			connect(g, s)
			g.Return(jen.Op("&").Id("m").Dot("x"))
		}))
	if s.Filled {
		filler(out, s)
	}
}

func filler(out *Out, s *ir.Struct) {
	method(out.Group, fmt.Sprintf("%s makes the first elements of a list, with their parts.", fillerName(s.Name)),
		jen.Func().Id(fillerName(s.Name)).Params(jen.Id("s").Index().Op("*").Id(s.Name)),
		jen.BlockFunc(func(g *jen.Group) {
			g.Id("b").Op(":=").Make(jen.Index().Add(withParts(s)), lexName("Gap").Call(jen.Id("s")))
			g.For(jen.Id("i").Op(":=").Range().Id("b")).BlockFunc(func(g *jen.Group) {
				g.Id("m").Op(":=").Op("&").Id("b").Index(jen.Id("i"))
				connect(g, s)
				g.Id("s").Index(jen.Id("i")).Op("=").Op("&").Id("m").Dot("x")
			})
		}))
}

// withParts is the type of a struct, x, and its parts.
func withParts(s *ir.Struct) *jen.Statement {
	return jen.StructFunc(func(g *jen.Group) {
		g.Id("x").Id(s.Name)
		for i, f := range s.Parts {
			g.Id(partName(i)).Add(Type(pointed(f.Type)))
		}
	})
}

// connect lets the struct in m point to its parts.
func connect(g *jen.Group, s *ir.Struct) {
	m := func(name string) *jen.Statement { return jen.Id("m").Dot(name) }
	for i, f := range s.Parts {
		g.Add(m("x")).Dot(f.Name).Op("=").Op("&").Add(m(partName(i)))
	}
}

func partName(i int) string { return fmt.Sprintf("p%d", i) }

// pointed is the type that a part points to.
func pointed(t ir.GoType) ir.GoType {
	p, ok := t.(ir.Pointer)
	if !ok {
		panic(fmt.Sprintf("codegen: %T is no pointer", t)) // a bug in lexgen: parts are pointers
	}
	return p.Elem
}
