package codegen

import (
	"github.com/dave/jennifer/jen"

	"github.com/lexgen/lexgen/codegen/ir"
)

// Emitter prints one aspect of declarations.
type Emitter struct {
	Name string // one word, unique
	Doc  string // one sentence: what it prints
	// Emit prints the emitter's part of d, nothing if it has none. It is
	// called for every declaration of a file in order, after the emitters
	// that stand before it in the table; calls for different files may be
	// concurrent.
	Emit func(out *Out, d ir.Decl)
}

// Out is the Go file that is being printed. Statements are added to the
// embedded group; other packages are spoken of by jen.Qual or Type.
type Out struct {
	*jen.Group
	Package *ir.Package
	File    *ir.File
}

// Emitters returns lexgen's own emitters, in the order of their output.
func Emitters() []Emitter {
	return []Emitter{
		typesEmitter,
		endpointsEmitter,
		constsEmitter,
		identityEmitter,
		tablesEmitter,
		jsonEmitter,
		cborEmitter,
		codeEmitter,
		serversEmitter,
		fakesEmitter,
	}
}
