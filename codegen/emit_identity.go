package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/lexgen/lexgen/codegen/ir"
)

var identityEmitter = Emitter{
	Name: "identity",
	Doc:  "prints the methods that say what $type and record key a type has",
	Emit: emitIdentity,
}

func emitIdentity(out *Out, d ir.Decl) {
	s, ok := d.(*ir.Struct)
	if !ok || s.Type == "" {
		return
	}
	method(out.Group, "LexType returns the value of $type.", nilReceiver(s.Name).Id("LexType").Params().String(), returns(jen.Lit(s.Type)))
	if s.Kind == ir.RecordStruct {
		method(out.Group, "LexRecordKey returns the type of the record's keys.",
			nilReceiver(s.Name).Id("LexRecordKey").Params().String(), returns(jen.Lit(s.Key)))
	}
}

// nilReceiver begins a method that does not look at its receiver.
func nilReceiver(name string) *jen.Statement { return jen.Func().Params(jen.Op("*").Id(name)) }
