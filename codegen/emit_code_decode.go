package codegen

import (
	"fmt"

	"github.com/dave/jennifer/jen"

	"github.com/lexgen/lexgen/codegen/ir"
)

// reader prints code that reads values in a format.
type reader struct{ format }

// signature begins the method that reads a struct.
func (r reader) signature(s *ir.Struct, named *jen.Statement) *jen.Statement {
	return jen.Func().Params(jen.Id("x").Op("*").Id(s.Name)).Id("LexDecode"+r.name).
		Params(jen.Id("d").Op("*").Add(lexName(r.name+"Decoder")), named)
}

// cborDecode prints the method that reads a struct from CBOR, whose members it
// expects one after the other.
func cborDecode(out *Out, s *ir.Struct, members []ir.Member) {
	r := reader{cborFormat}
	method(out.Group, "LexDecodeCBOR reads x, unless that takes its table.", r.signature(s, namedParam(s)),
		jen.BlockFunc(func(g *jen.Group) {
			g.Id("o").Op(":=").Id("d").Dot("Object").Call()
			for _, m := range members {
				r.member(g, s, m)
			}
			g.Add(field(s.Extra)).Op("=").Id("d").Dot("Close").Call(jen.Op("&").Id("o"))
		}))
}

// member prints the code for one member in CBOR.
func (r reader) member(g *jen.Group, s *ir.Struct, m ir.Member) {
	key := r.key(m.Wire)
	if m.Field == nil {
		must := r.must(key + r.text(s.Type))
		if named(s) {
			g.If(jen.Id("named")).Block(must)
			return
		}
		g.Add(must)
		return
	}
	f, value := m.Field, field(m.Field.Name)
	present := r.word("Next", key).Op("||").Add(r.word("Key", key))
	switch f.Presence {
	case ir.Required:
		g.Add(r.must(key))
		r.value(g, f.Code, bareType(f.Type), value, 1)
	case ir.Optional:
		g.If(present).BlockFunc(func(g *jen.Group) { r.some(g, f, value) }).Else().Block(clearField(f, value))
	case ir.RequiredNullable:
		g.Add(r.must(key))
		g.If(jen.Id("d").Dot("Null").Call()).Block(clearField(f, value)).
			Else().BlockFunc(func(g *jen.Group) { r.some(g, f, value) })
	case ir.OptionalNullable:
		g.Switch().Block(
			jen.Case(jen.Op("!").Parens(present)).Block(clearField(f, value)),
			jen.Case(jen.Id("d").Dot("Null").Call()).Block(nullField(f, value)),
			jen.Default().BlockFunc(func(g *jen.Group) { r.some(g, f, value) }),
		)
	}
}

// word prints the call for a member in CBOR.
func (r reader) word(name string, key literal) *jen.Statement {
	return jen.Id("d").Dot(name).Call(jen.Op("&").Id("o"), r.lit(key))
}

// must prints what moves to a member that has to be there.
func (r reader) must(key literal) *jen.Statement {
	return jen.If(jen.Op("!").Add(r.word("Next", key))).Block(r.word("Must", key))
}

// clearField makes a field absent, or null where it has to be there.
func clearField(f *ir.Field, value *jen.Statement) *jen.Statement {
	switch f.Type.(type) {
	case ir.Opt, ir.Nullable:
		return value.Clone().Op("=").Add(Type(f.Type)).Values()
	}
	return value.Clone().Op("=").Nil()
}

func nullField(f *ir.Field, value *jen.Statement) *jen.Statement {
	return value.Clone().Op("=").Add(lexName("NullOf").Types(Type(bareType(f.Type)))).Call()
}

// jsonDecode prints the method that reads a struct from JSON, whose members
// may come in any order.
func jsonDecode(out *Out, s *ir.Struct) {
	r := reader{jsonFormat}
	param, arg := namedParam(s), jen.Id("named")
	if !named(s) {
		arg = jen.False()
	}
	method(out.Group, "LexDecodeJSON reads x, which is empty, unless that takes its table.", r.signature(s, param),
		jen.BlockFunc(func(g *jen.Group) {
			g.Id("o").Op(":=").Id("d").Dot("Object").Call(jen.Id("x"), jen.Op("&").Id(tableName(s.Name)), arg)
			next := jen.Id("d").Dot("Next").Call(jen.Op("&").Id("o"))
			if len(s.Fields) == 0 {
				g.Add(next)
			} else {
				g.For(jen.Id("i").Op(":=").Add(next), jen.Id("i").Op(">=").Lit(0), jen.Id("i").Op("=").Add(next)).
					Block(jen.Switch(jen.Id("i")).BlockFunc(func(g *jen.Group) {
						for i, f := range s.Fields {
							g.Case(jen.Lit(i)).BlockFunc(func(g *jen.Group) { r.found(g, f) })
						}
					}))
			}
			g.Add(field(s.Extra)).Op("=").Id("o").Dot("Extra")
		}))
}

// found prints the code for a member in JSON.
func (r reader) found(g *jen.Group, f *ir.Field) {
	value := field(f.Name)
	switch f.Presence {
	case ir.OptionalNullable:
		g.If(jen.Id("o").Dot("Null")).Block(nullField(f, value)).
			Else().BlockFunc(func(g *jen.Group) { r.some(g, f, value) })
	case ir.Required:
		r.value(g, f.Code, f.Type, value, 1)
	case ir.Optional, ir.RequiredNullable:
		r.some(g, f, value)
	}
}

// some prints the code for a value that is present in a field that may be
// without.
func (r reader) some(g *jen.Group, f *ir.Field, value *jen.Statement) {
	switch t := f.Type.(type) {
	case ir.Opt:
		if r.intoPlace(f.Code) {
			g.Add(lexName("SomeText")).Call(jen.Id("d"), jen.Op("&").Add(value))
			return
		}
		v, ok := r.expression(f.Code, t.Elem)
		if !ok {
			panic(fmt.Sprintf("codegen: unexpected code %T of an Opt", f.Code)) // a bug in lexgen: only scalars are
		}
		g.Add(value).Op("=").Add(lexName("Some")).Call(v)
	case ir.Nullable:
		g.Add(value).Dot("State").Op("=").Add(lexName("Present"))
		r.value(g, f.Code, t.Elem, value.Clone().Dot("Value"), 1)
	default:
		r.value(g, f.Code, t, value, 1)
	}
}

// bareType is the type of a value that is present.
func bareType(t ir.GoType) ir.GoType {
	switch t := t.(type) {
	case ir.Opt:
		return t.Elem
	case ir.Nullable:
		return t.Elem
	}
	return t
}

// intoPlace reports whether the word for a value is told where to put it: that
// of texts in CBOR, which are copied in the end.
func (r reader) intoPlace(code ir.Code) bool {
	scalar, ok := code.(ir.CodeScalar)
	return ok && scalar.Word == "Text" && r.counted
}

// expression prints the value of a scalar, if it has a word that needs no
// variable.
func (r reader) expression(code ir.Code, t ir.GoType) (*jen.Statement, bool) {
	scalar, ok := code.(ir.CodeScalar)
	if !ok || scalar.Word == "Blob" || r.intoPlace(code) {
		return nil, false
	}
	v := jen.Id("d").Dot(scalar.Word).Call()
	if scalar.Basic != "" {
		v = Type(t).Call(v)
	}
	return v, true
}

// value prints the code that reads a value of type t into a variable that is
// inside so many containers.
func (r reader) value(g *jen.Group, code ir.Code, t ir.GoType, value *jen.Statement, inside int) {
	if v, ok := r.expression(code, t); ok {
		g.Add(value).Op("=").Add(v)
		return
	}
	switch code := code.(type) {
	case ir.CodeScalar:
		r.scalar(g, code, value)
	case ir.CodeUnion:
		r.union(g, code, value)
	case ir.CodeRef:
		r.ref(g, code, value)
	case ir.CodeList:
		g.Id("d").Dot("List").Call(jen.Op("&").Add(value))
	case ir.CodeSlice:
		if r.counted {
			r.cborSlice(g, code, t, value, inside)
		} else {
			r.jsonSlice(g, code, t, value, inside)
		}
	default:
		panic(fmt.Sprintf("codegen: unexpected code %T", code)) // a bug in lexgen
	}
}

// scalar reads with a word that needs to know the variable.
func (r reader) scalar(g *jen.Group, code ir.CodeScalar, value *jen.Statement) {
	word := jen.Id("d").Dot(code.Word)
	if !r.intoPlace(code) {
		g.Add(value).Op("=").Add(word).Call(value)
		return
	}
	place := jen.Op("&").Add(value)
	if code.Basic != "" {
		place = jen.Parens(jen.Op("*").Id(code.Basic)).Call(place)
	}
	g.Add(word).Call(place)
}

// union reads members that have code by it.
func (r reader) union(g *jen.Group, code ir.CodeUnion, value *jen.Statement) {
	args := []jen.Code{unionOf(code)}
	if r.counted {
		args = []jen.Code{value, unionOf(code)}
	}
	word := value.Clone().Op("=").Id("d").Dot("Union").Call(args...)
	if len(code.Direct) == 0 {
		g.Add(word)
		return
	}
	g.Switch(jen.Id("d").Dot("Type").Call()).BlockFunc(func(g *jen.Group) {
		for _, member := range code.Direct {
			g.Case(jen.Lit(member.Type)).BlockFunc(func(g *jen.Group) { r.unionMember(g, member, value) })
		}
		g.Default().Block(word)
	})
}

// unionMember reads a member into the struct that is there, or into a new one.
func (r reader) unionMember(g *jen.Group, member ir.CodeMember, value *jen.Statement) {
	v, fresh := jen.Id("v"), made(member.CodeRef)
	if r.counted {
		g.List(v, jen.Id("_")).Op(":=").Add(value).Assert(jen.Op("*").Add(Ident(member.Target)))
		g.If(v.Clone().Op("==").Nil()).Block(v.Clone().Op("=").Add(fresh))
	} else {
		g.Add(v).Op(":=").Add(fresh)
	}
	g.Add(v).Dot("LexDecode"+r.name).Call(jen.Id("d"), jen.True())
	g.Add(value).Op("=").Add(v)
}

// ref reads into the struct that is there, or into a new one.
func (r reader) ref(g *jen.Group, code ir.CodeRef, value *jen.Statement) {
	g.If(value.Clone().Op("==").Nil()).Block(value.Clone().Op("=").Add(made(code)))
	r.into(g, code, value)
}

// made prints a new struct.
func made(code ir.CodeRef) *jen.Statement {
	if code.Parts {
		return jen.Id(makerName(code.Target.Name)).Call()
	}
	return jen.New(Ident(code.Target))
}

// filled prints the function that makes the next structs of a list.
func filled(code ir.CodeRef) *jen.Statement {
	if code.Parts {
		return jen.Id(fillerName(code.Target.Name))
	}
	return lexName("Fill")
}

// into reads into the struct that value points to.
func (r reader) into(g *jen.Group, code ir.CodeRef, value *jen.Statement) {
	if !code.Direct {
		g.Id("d").Dot("Ref").Call(value)
		return
	}
	g.Add(value).Dot("LexDecode"+r.name).Call(jen.Id("d"), jen.False())
}

// declare is value for a variable that it declares.
func (r reader) declare(g *jen.Group, code ir.Code, t ir.GoType, name *jen.Statement, inside int) {
	if ref, ok := code.(ir.CodeRef); ok {
		g.Add(name).Op(":=").Add(made(ref))
		r.into(g, ref, name)
		return
	}
	g.Var().Add(name).Add(Type(t))
	r.value(g, code, t, name, inside)
}

// cborSlice knows the number of items beforehand.
func (r reader) cborSlice(g *jen.Group, code ir.CodeSlice, t ir.GoType, value *jen.Statement, inside int) {
	i := jen.Id(indexName(inside))
	g.Add(value).Op("=").Add(lexName("Resize")).Call(value, jen.Id("d").Dot("Array").Call())
	g.For(i.Clone().Op(":=").Lit(0), jen.Id("d").Dot("Item").Call(i, jen.Len(value)), i.Clone().Op("++")).
		BlockFunc(func(g *jen.Group) {
			item := value.Clone().Index(i)
			if ref, ok := code.Item.(ir.CodeRef); ok {
				g.If(item.Clone().Op("==").Nil()).Block(filled(ref).Call(value.Clone().Index(i.Clone().Op(":"))))
				r.into(g, ref, item)
				return
			}
			r.value(g, code.Item, ir.Elem(t), item, inside+1)
		})
}

// jsonSlice does not know the number of items, and gathers them in a variable
// that the compiler keeps on the stack as long as they are few.
func (r reader) jsonSlice(g *jen.Group, code ir.CodeSlice, t ir.GoType, value *jen.Statement, inside int) {
	elem, list := ir.Elem(t), jen.Id(listName(inside))
	g.Id("d").Dot("Array").Call()
	g.Add(list).Op(":=").Add(Type(t)).Values()
	g.For(jen.Id("d").Dot("Item").Call(jen.Len(list))).BlockFunc(func(g *jen.Group) {
		item, ok := r.expression(code.Item, elem)
		if !ok {
			item = jen.Id(itemName(inside))
			r.declare(g, code.Item, elem, item, inside+1)
		}
		g.Add(list).Op("=").Append(list, item)
	})
	g.Add(value).Op("=").Add(list)
}

// listName names the variable that gathers the items of an array.
func listName(inside int) string { return fmt.Sprintf("s%d", inside) }
