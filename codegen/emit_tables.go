package codegen

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/lexgen/lexgen/codegen/ir"
)

var tablesEmitter = Emitter{
	Name: "tables",
	Doc:  "prints the static tables that the runtime works from",
	Emit: emitTable,
}

func emitTable(out *Out, d ir.Decl) {
	switch d := d.(type) {
	case *ir.Struct:
		structTable(out, d)
	case *ir.Array:
		arrayTable(out, d)
	case *ir.BodyUnion:
		out.Line()
		out.Var().Id(tableName(d.Name)).Op("=").Add(lexUnion(d.Union))
	}
}

// tableName is the variable that describes a type.
func tableName(name string) string { return "lex" + name }

func structTable(out *Out, d *ir.Struct) {
	out.Line()
	out.Var().Id(tableName(d.Name)).Op("=").Add(lexName("Table")).Values(tableKeys(d)...)
	method(out.Group, "LexTable returns the table of the type.",
		nilReceiver(d.Name).Id("LexTable").Params().Op("*").Add(lexName("Table")), returns(jen.Op("&").Id(tableName(d.Name))))
}

func tableKeys(d *ir.Struct) []jen.Code {
	keys := []jen.Code{keyed("Name", jen.Lit(d.Label))}
	if d.Kind == ir.RecordStruct {
		keys = append(keys, keyed("Record", jen.True()))
	}
	if len(d.Fields) == 0 {
		return keys
	}
	fields := make([]jen.Code, len(d.Fields))
	for i, f := range d.Fields {
		fields[i] = tableField(f)
	}
	return append(keys, keyed("Fields", jen.Index().Add(lexName("Field")).Add(lines(fields...))))
}

func tableField(f *ir.Field) jen.Code {
	keys := []jen.Code{keyed("Name", jen.Lit(f.Wire))}
	if f.Presence != ir.Required {
		keys = append(keys, keyed("Presence", lexName(presenceName(f.Presence))))
	}
	if f.Lex != nil {
		keys = append(keys, keyed("Type", lexType(f.Lex)))
	}
	return jen.Values(keys...)
}

func presenceName(p ir.Presence) string {
	switch p {
	case ir.Required:
		return "Required"
	case ir.Optional:
		return "Optional"
	case ir.RequiredNullable:
		return "RequiredNullable"
	case ir.OptionalNullable:
		return "OptionalNullable"
	default:
		panic(fmt.Sprintf("codegen: unexpected presence %d", p)) // a bug in lexgen
	}
}

// lexType prints a table's description of a type as a value of lex.Type.
func lexType(t ir.LexType) *jen.Statement {
	switch t := t.(type) {
	case *ir.LexUnion:
		return jen.Op("&").Add(lexUnion(t))
	case *ir.LexArray:
		return jen.Op("&").Add(lexArray(t))
	case ir.LexRules:
		return lexRules(t)
	default:
		panic(fmt.Sprintf("codegen: unexpected description %T", t)) // a bug in lexgen
	}
}

func lexArray(t *ir.LexArray) *jen.Statement {
	var keys []jen.Code
	if t.Items != nil {
		keys = append(keys, keyed("Items", lexType(t.Items)))
	}
	if len(t.Rules) > 0 {
		keys = append(keys, keyed("Rules", lexRules(t.Rules)))
	}
	return lexName("Array").Values(keys...)
}

func lexUnion(u *ir.LexUnion) *jen.Statement {
	var keys []jen.Code
	if u.Closed {
		keys = append(keys, keyed("Closed", jen.True()))
	}
	if len(u.Members) > 0 {
		members := make([]jen.Code, len(u.Members))
		for i, m := range u.Members {
			members[i] = jen.Parens(jen.Op("*").Add(Ident(m))).Parens(jen.Nil())
		}
		keys = append(keys, keyed("Members", jen.Index().Add(lexName("Object")).Values(members...)))
	}
	return lexName("Union").Values(keys...)
}

func arrayTable(out *Out, d *ir.Array) {
	t := d.Lex
	if t == nil {
		t = &ir.LexArray{}
	}
	out.Line()
	out.Var().Id(tableName(d.Name)).Op("=").Add(lexArray(t))
	method(out.Group, "LexArray returns the description of the type.",
		jen.Func().Params(jen.Id(d.Name)).Id("LexArray").Params().Op("*").Add(lexName("Array")), returns(jen.Op("&").Id(tableName(d.Name))))
}
