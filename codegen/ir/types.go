package ir

import "strings"

// GoType is the sum of the Go types of fields.
type GoType interface{ goType() }

// Basic is bool, string or int64.
type Basic string

// Runtime is a type of the runtime, such as syntax.DID or lex.Bytes.
type Runtime struct{ Path, Name string }

// Named is a generated type.
type Named struct{ Ident }

// Pointer is *Elem.
type Pointer struct{ Elem GoType }

// Slice is []Elem.
type Slice struct{ Elem GoType }

// Opt is lex.Opt[Elem].
type Opt struct{ Elem GoType }

// Nullable is lex.Nullable[Elem].
type Nullable struct{ Elem GoType }

func (Basic) goType()    {}
func (Runtime) goType()  {}
func (Named) goType()    {}
func (Pointer) goType()  {}
func (Slice) goType()    {}
func (Opt) goType()      {}
func (Nullable) goType() {}

// LexType is what a runtime table says of a type beyond its Go type.
type LexType interface{ lexType() }

// LexUnion is a union. Members are structs whose pointers are lex.Objects, in
// source order.
type LexUnion struct {
	Members []Ident
	Closed  bool
}

// LexArray is an array whose items need a description, or whose length has
// constraints.
type LexArray struct {
	Items LexType
	Rules LexRules
}

func (*LexUnion) lexType() {}
func (*LexArray) lexType() {}

// Import paths of the runtime that generated code stands on.
const (
	LexPath    = "github.com/lexgen/lexgen/runtime/lex"
	SyntaxPath = "github.com/lexgen/lexgen/runtime/syntax"
)

// xrpcBody is what a body that is not JSON is.
var xrpcBody = Runtime{XRPCPath, "Body"}

// isJSON reports whether bodies of a media type are JSON.
func isJSON(media string) bool {
	media, _, _ = strings.Cut(media, ";")
	return strings.EqualFold(strings.TrimSpace(media), "application/json")
}

// The types of package lex that fields have.
var (
	lexBytes   = Runtime{LexPath, "Bytes"}
	lexLink    = Runtime{LexPath, "Link"}
	lexBlob    = Runtime{LexPath, "Blob"}
	lexObject  = Runtime{LexPath, "Object"}
	lexUnknown = Runtime{LexPath, "Unknown"}
)
