package ir

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// Program is all that one run generates.
type Program struct {
	Lexicons int        // how many the selection reaches, imported ones not counted
	Packages []*Package // sorted by folder
	External []*Package // generated elsewhere, sorted by prefix
	Merges   []Merge    // packages that had to become one, sorted
	Renames  []Rename   // names that lost a clash, sorted
	Unpinned []string   // keys of Options.Names that match no definition, sorted
}

// Package is one Go package: either the files of some lexicons, or the aliases
// that keep an import path alive whose lexicons moved into a merged package.
type Package struct {
	Name     string     // Go package name
	Path     string     // import path
	Dir      string     // folder below the output, slash separated, "." for the output itself
	Doc      Doc        // of the package clause
	Prefixes []string   // NSID prefixes of its lexicons, sorted
	External bool       // generated elsewhere: imported, never printed
	Imports  []*Package // the other packages that its files name, sorted by import path
	Files    []*File    // sorted by name
	Aliases  []*Alias   // of an alias package, sorted by name
	AliasOf  *Package   // nil but for an alias package
	FakesOf  *Package   // whose servers it fakes; nil but for a package of fakes
}

// File is the Go file of one lexicon, or of a package's groups or fakes.
type File struct {
	Name  string // base name, such as feed.post.go
	ID    string // NSID, empty if it belongs to no lexicon
	Decls []Decl // in source order, what is derived from a definition behind it
}

// Alias is a name of an alias package and what it stands for.
type Alias struct {
	Name   string
	Target Ident
	Kind   AliasKind
}

// AliasKind says what a name of an alias package stands for.
type AliasKind int

// What names stand for.
const (
	AliasConst AliasKind = iota
	AliasType
	AliasVar // the address of a variable
	AliasFunc
)

// Ident is a Go identifier together with its package.
type Ident struct {
	Name    string
	Package *Package
}

// Decl is the sum of all declarations.
type Decl interface {
	// Ident returns the declared name, empty for a group of constants.
	Ident() string
	decl()
}

// StructKind says what a struct describes.
type StructKind int

// The kinds of structs.
const (
	ObjectStruct StructKind = iota // a named definition
	RecordStruct                   // a record, which has a collection and a key type
	InlineStruct                   // an object inside a property or an array
	BodyStruct                     // an input or output
	ParamsStruct                   // query parameters
)

// Struct is a Lexicon object as a Go struct.
type Struct struct {
	Name   string
	Doc    Doc
	Kind   StructKind
	Type   string // value of $type; empty unless the kind is ObjectStruct or RecordStruct
	Label  string // what messages call it: the $type, or the path of an unnamed object
	Key    string // record key type of a record
	Fields []*Field
	Extra  string // name of the field that holds unknown properties
	CBOR   bool   // has the marshal methods of CBOR
	Direct bool   // has straight-line code besides its table
	// Parts are the fields that always point to one other struct or blob, and
	// are allocated with the struct by its own code.
	Parts  []*Field
	Filled bool // elements of arrays are made with their parts, too
	Schema parser.Type
}

// Field is one field of a struct.
type Field struct {
	Name     string
	Wire     string // property name
	Doc      Doc
	Presence Presence
	Type     GoType
	Lex      LexType // what the Go type does not say; nil for most
	Code     Code    // of a value that is present; nil if the struct has no straight-line code
	Schema   parser.Type
}

// Presence says whether a property may be absent and whether it may be null.
type Presence int

// The four presences (DM-05).
const (
	Required Presence = iota
	Optional
	RequiredNullable
	OptionalNullable
)

// Defined is a named string, integer or boolean.
type Defined struct {
	Name   string
	Doc    Doc
	Label  string // the id of the definition
	Type   GoType // the underlying type
	Schema parser.Type
}

// Array is a named array.
type Array struct {
	Name   string
	Doc    Doc
	Label  string // the id of the definition
	Elem   GoType
	Lex    *LexArray
	CBOR   bool // has the marshal methods of CBOR
	Schema *parser.Array
}

// TypeAlias is a name for a type that is fully described elsewhere: named
// bytes, links and blobs, bodies that are references, the message of a stream.
type TypeAlias struct {
	Name   string
	Doc    Doc
	Label  string // the id of the definition, or what messages call a body or a message
	Type   GoType
	Schema parser.Type
}

// BodyUnion is an input or output that is a union: a struct with one field.
type BodyUnion struct {
	Name   string
	Doc    Doc
	Label  string
	Union  *LexUnion
	CBOR   bool // has the marshal methods of CBOR
	Schema *parser.Union
}

// Consts is a group of constants.
type Consts struct {
	Doc    Doc
	Consts []Const
}

// Const is one constant. Value is a string, or an int64.
type Const struct {
	Name  string
	Doc   Doc    // of a constant that stands alone
	Type  GoType // nil for an untyped constant
	Value any
	At    diag.Span // where the lexicon has it
}

// Ident returns the name of the struct.
func (d *Struct) Ident() string { return d.Name }

// Ident returns the name of the type.
func (d *Defined) Ident() string { return d.Name }

// Ident returns the name of the type.
func (d *Array) Ident() string { return d.Name }

// Ident returns the name of the type.
func (d *TypeAlias) Ident() string { return d.Name }

// Ident returns the name of the type.
func (d *BodyUnion) Ident() string { return d.Name }

// Ident returns "": a group has no name of its own.
func (d *Consts) Ident() string { return "" }

func (*Struct) decl()    {}
func (*Defined) decl()   {}
func (*Array) decl()     {}
func (*TypeAlias) decl() {}
func (*BodyUnion) decl() {}
func (*Consts) decl()    {}

// Merge says that packages became one, and why.
type Merge struct {
	Into     *Package
	Prefixes []string          // all that it holds, sorted
	Because  []ForcedReference // one reference per import that closes the cycle
}

// ForcedReference is a reference from one package to another.
type ForcedReference struct {
	From, To string // definition ids
	At       *parser.Reference
}

// Rename says that a definition did not get the name that it would have alone.
type Rename struct {
	ID       string // definition id, with the place inside it for what is derived
	Wanted   string
	Got      string
	Occupant string // who has the wanted name
	Package  string // import path
}
