package codegen

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/lexgen/lexgen/codegen/ir"
)

// makerName names the function that makes a struct with its parts. The small
// letter tells it from the table of a struct whose name begins with New.
func makerName(name string) string { return "lexnew" + name }

// parts prints the function that makes a struct to read into. What it always
// points to comes with it, in one allocation instead of several.
func parts(out *Out, s *ir.Struct) {
	if len(s.Parts) == 0 {
		return
	}
	m := func(name string) *jen.Statement { return jen.Id("m").Dot(name) }
	method(out.Group, fmt.Sprintf("%s returns an empty %s with its parts.", makerName(s.Name), s.Name),
		jen.Func().Id(makerName(s.Name)).Params().Op("*").Id(s.Name),
		jen.BlockFunc(func(g *jen.Group) {
			g.Var().Id("m").StructFunc(func(g *jen.Group) {
				g.Id("x").Id(s.Name)
				for i, f := range s.Parts {
					g.Id(partName(i)).Add(Type(pointed(f.Type)))
				}
			})
			for i, f := range s.Parts {
				g.Add(m("x")).Dot(f.Name).Op("=").Op("&").Add(m(partName(i)))
			}
			g.Return(jen.Op("&").Add(m("x")))
		}))
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
