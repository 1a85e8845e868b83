package codegen_test

import (
	"fmt"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/lexgen/lexgen/codegen"
	"github.com/lexgen/lexgen/codegen/ir"
)

// keysEmitter is an emitter of one's own: it prints, for each struct, a method
// that lists the names of its properties.
var keysEmitter = codegen.Emitter{
	Name: "keys",
	Doc:  "prints a method that lists the properties of a type",
	Emit: func(out *codegen.Out, d ir.Decl) {
		s, ok := d.(*ir.Struct)
		if !ok {
			return // constants, arrays and the rest have no properties
		}
		names := make([]jen.Code, len(s.Fields))
		for i, f := range s.Fields {
			names[i] = jen.Lit(f.Wire) // quoted: schema text never becomes Go
		}
		out.Line()
		out.Comment("// LexKeys lists the names of the properties.")
		out.Func().Params(jen.Op("*").Id(s.Name)).Id("LexKeys").Params().Index().String().Block(
			jen.Return(jen.Index().String().Values(names...)),
		)
	},
}

// An emitter of one's own goes behind those of lexgen.
func ExampleEmitters() {
	program := exampleProgram()
	files, err := codegen.Generate(program, append(codegen.Emitters(), keysEmitter))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, file := range files {
		if _, method, ok := strings.Cut(string(file.Data), "// LexKeys"); ok {
			fmt.Printf("// LexKeys%s", method)
		}
	}
	// Output:
	// // LexKeys lists the names of the properties.
	// func (*Point) LexKeys() []string {
	// 	return []string{"x", "y"}
	// }
}
