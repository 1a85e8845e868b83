package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/lexgen/lexgen/codegen/ir"
)

var jsonEmitter = Emitter{
	Name: "json",
	Doc:  "prints the marshal methods of encoding/json",
	Emit: emitJSON,
}

func emitJSON(out *Out, d ir.Decl) {
	switch d := d.(type) {
	case *ir.Struct:
		if d.Kind != ir.ParamsStruct {
			marshalMethod(out, d.Name, lexName("MarshalJSON").Call(jen.Op("&").Id("x")))
			unmarshalMethod(out, d.Name, returns(decode()))
		}
	case *ir.Array:
		marshalMethod(out, d.Name, lexName("MarshalJSON").Call(jen.Id("x")))
		unmarshalMethod(out, d.Name, returns(decode()))
	case *ir.BodyUnion:
		unionMethods(out, d.Name)
	}
}

func decode() *jen.Statement { return lexName("DecodeJSON").Call(jen.Id("b"), jen.Id("x")) }

// unionMethods code the one field of a body that is a union.
func unionMethods(out *Out, name string) {
	method(out.Group, "LexUnion returns the value and what it may be.",
		jen.Func().Params(jen.Id("x").Op("*").Id(name)).Id("LexUnion").Params().Params(jen.Op("*").Add(lexName("Object")), jen.Op("*").Add(lexName("Union"))),
		returns(jen.List(jen.Op("&").Id("x").Dot("Value"), jen.Op("&").Id(tableName(name)))))
	marshalMethod(out, name, lexName("MarshalJSON").Call(jen.Op("&").Id("x")))
	unmarshalMethod(out, name, returns(decode()))
}

// marshalMethod prints MarshalJSON. Its receiver is a value, because
// json.Marshal would pass over a pointer's method.
func marshalMethod(out *Out, name string, result jen.Code) {
	method(out.Group, "MarshalJSON returns the canonical JSON of x.",
		jen.Func().Params(jen.Id("x").Id(name)).Id("MarshalJSON").Params().Params(jen.Index().Byte(), jen.Error()), returns(result))
}

func unmarshalMethod(out *Out, name string, body jen.Code) {
	method(out.Group, "UnmarshalJSON replaces x by what b says.",
		jen.Func().Params(jen.Id("x").Op("*").Id(name)).Id("UnmarshalJSON").Params(jen.Id("b").Index().Byte()).Error(), body)
}
