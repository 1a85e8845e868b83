package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/lexgen/lexgen/codegen/ir"
)

var cborEmitter = Emitter{
	Name: "cbor",
	Doc:  "prints the marshal methods of cbor-gen",
	Emit: emitCBOR,
}

func emitCBOR(out *Out, d ir.Decl) {
	switch d := d.(type) {
	case *ir.Struct:
		if d.CBOR && d.Kind != ir.ParamsStruct {
			cborMethods(out, d.Name, jen.Op("&").Id("x"))
		}
	case *ir.Array:
		if d.CBOR {
			cborMethods(out, d.Name, jen.Id("x"))
		}
	case *ir.BodyUnion:
		if d.CBOR {
			cborMethods(out, d.Name, jen.Op("&").Id("x"))
		}
	}
}

func cborMethods(out *Out, name string, value jen.Code) {
	method(out.Group, "MarshalCBOR writes x as DAG-CBOR.",
		jen.Func().Params(jen.Id("x").Id(name)).Id("MarshalCBOR").Params(jen.Id("w").Qual("io", "Writer")).Error(),
		returns(lexName("WriteCBOR").Call(jen.Id("w"), value)))
	method(out.Group, "UnmarshalCBOR replaces x by the next item of r.",
		jen.Func().Params(jen.Id("x").Op("*").Id(name)).Id("UnmarshalCBOR").Params(jen.Id("r").Qual("io", "Reader")).Error(),
		returns(lexName("ReadCBOR").Call(jen.Id("r"), jen.Id("x"))))
}
