package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/lexgen/lexgen/codegen/ir"
)

var typesEmitter = Emitter{
	Name: "types",
	Doc:  "prints the type declarations",
	Emit: emitType,
}

func emitType(out *Out, d ir.Decl) {
	switch d := d.(type) {
	case *ir.Struct:
		comment(out.Group, d.Doc)
		out.Type().Id(d.Name).Add(structType(d))
	case *ir.Defined:
		comment(out.Group, d.Doc)
		out.Type().Id(d.Name).Add(Type(d.Type))
	case *ir.Array:
		comment(out.Group, d.Doc)
		out.Type().Id(d.Name).Index().Add(Type(d.Elem))
	case *ir.TypeAlias:
		comment(out.Group, d.Doc)
		out.Type().Id(d.Name).Op("=").Add(Type(d.Type))
	case *ir.BodyUnion:
		comment(out.Group, d.Doc)
		out.Type().Id(d.Name).Struct(jen.Id("Value").Add(lexName("Object")))
	}
}

func structType(d *ir.Struct) *jen.Statement {
	return jen.StructFunc(func(g *jen.Group) {
		for _, f := range d.Fields {
			comment(g, f.Doc)
			field := g.Id(f.Name).Add(Type(f.Type))
			if f.Doc.Note != "" {
				field.Comment(commentLine(f.Doc.Note))
			}
		}
		if d.Extra != "" {
			g.Id(d.Extra).Add(lexName("Extra")).Comment("// unknown properties")
		}
	})
}
