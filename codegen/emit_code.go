package codegen

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/runtime/lex"
)

var codeEmitter = Emitter{
	Name: "code",
	Doc:  "prints straight-line code for CBOR and JSON",
	Emit: emitCode,
}

func emitCode(out *Out, d ir.Decl) {
	s, ok := d.(*ir.Struct)
	if !ok || !s.Direct || s.Kind == ir.ParamsStruct {
		return
	}
	members := s.Members()
	for _, f := range []format{cborFormat, jsonFormat} {
		(&appender{format: f, s: s}).emit(out, members)
	}
	parts(out, s)
	cborDecode(out, s, members)
	jsonDecode(out, s)
}

// format is what differs between the formats in code that appends.
type format struct {
	name string // in the names of methods, and the type with the words
	key  func(wire string) literal
	text func(text string) literal
	// counted says that an object begins with the number of its members. If
	// not, it is closed in the end, as arrays are.
	counted bool
}

var (
	cborFormat = format{name: "CBOR", key: cborText, text: cborText, counted: true}
	jsonFormat = format{name: "JSON", key: jsonKey, text: jsonText}
)

// literal is the inside of a Go string literal.
type literal string

// lit prints the literal, in the quotes that read better.
func (f format) lit(l literal) *jen.Statement {
	q := `"` + string(l) + `"`
	if text, err := strconv.Unquote(q); err == nil && !f.counted && strconv.CanBackquote(text) {
		q = "`" + text + "`"
	}
	return jen.Id(q)
}

// quoted is the literal of any text.
func quoted(text string) literal {
	q := strconv.Quote(text)
	return literal(q[1 : len(q)-1])
}

// cborText is a text as CBOR. The head is printed in hexadecimal, because it
// would look like a letter.
func cborText(text string) literal {
	b, _ := lex.CBOR{}.Text(nil, text)
	var head strings.Builder
	for _, c := range b[:len(b)-len(text)] {
		fmt.Fprintf(&head, `\x%02x`, c)
	}
	return literal(head.String()) + quoted(text)
}

// jsonKey is a comma, a key and a colon.
func jsonKey(wire string) literal { return quoted(",") + jsonText(wire) + quoted(":") }

// jsonText is a text as JSON.
func jsonText(text string) literal {
	b, _ := lex.JSON{}.Text(nil, text)
	return quoted(string(b))
}

// named says whether the code of a struct asks for $type by its parameter.
func named(s *ir.Struct) bool { return s.Type != "" && s.Kind != ir.RecordStruct }

// namedParam is the parameter, without a name where nothing looks at it.
func namedParam(s *ir.Struct) *jen.Statement {
	if named(s) {
		return jen.Id("named").Bool()
	}
	return jen.Id("_").Bool()
}

// field is a field of x.
func field(name string) *jen.Statement { return jen.Id("x").Dot(name) }

// converted prints t(v), or v if t is empty.
func converted(t string, v jen.Code) *jen.Statement {
	if t == "" {
		return jen.Add(v)
	}
	return jen.Id(t).Call(v)
}
