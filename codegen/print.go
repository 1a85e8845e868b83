package codegen

import (
	"fmt"
	"go/build/constraint"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/lexgen/lexgen/codegen/ir"
)

// comment prints the lines of a comment above what follows.
func comment(g *jen.Group, doc ir.Doc) {
	for _, line := range doc.Lines {
		g.Comment(commentLine(line))
	}
}

// commentLine makes one line of a comment. It is the last guard against text
// that would end one.
func commentLine(line string) string {
	if strings.ContainsAny(line, "\r\n") || constraint.IsPlusBuild("// "+line) {
		panic(fmt.Sprintf("codegen: comment line %q is more than a comment", line)) // a bug in lexgen: ir cleans text
	}
	return strings.TrimRight("// "+line, " ")
}

// Type prints a Go type.
func Type(t ir.GoType) *jen.Statement {
	switch t := t.(type) {
	case ir.Basic:
		return jen.Id(string(t))
	case ir.Runtime:
		return jen.Qual(t.Path, t.Name)
	case ir.Named:
		return Ident(t.Ident)
	case ir.Pointer:
		return jen.Op("*").Add(Type(t.Elem))
	case ir.Slice:
		return jen.Index().Add(Type(t.Elem))
	case ir.Opt:
		return jen.Qual(ir.LexPath, "Opt").Types(Type(t.Elem))
	case ir.Nullable:
		return jen.Qual(ir.LexPath, "Nullable").Types(Type(t.Elem))
	default:
		panic(fmt.Sprintf("codegen: unexpected type %T", t)) // a bug in lexgen
	}
}

// Ident prints the name of a declaration, with its package where that is
// another.
func Ident(id ir.Ident) *jen.Statement { return jen.Qual(id.Package.Path, id.Name) }

// lexName speaks of a name of package lex.
func lexName(name string) *jen.Statement { return jen.Qual(ir.LexPath, name) }

// keyed prints key: value of a composite literal.
func keyed(key string, value jen.Code) *jen.Statement { return jen.Id(key).Op(":").Add(value) }

// lines is a composite literal's body with one element a line.
func lines(elements ...jen.Code) *jen.Statement {
	return jen.Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, elements...)
}

// returns is the body of a function that returns one expression, on one line.
func returns(expression jen.Code) *jen.Statement {
	return jen.Custom(jen.Options{Open: "{ ", Close: " }"}, jen.Return(expression))
}

// method prints a method with its comment and a blank line before it.
func method(g *jen.Group, doc string, signature *jen.Statement, body jen.Code) {
	g.Line()
	g.Comment(commentLine(doc))
	g.Add(signature.Add(body))
}
