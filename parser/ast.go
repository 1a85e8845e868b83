package parser

import "github.com/lexgen/lexgen/parser/diag"

// Document is one Lexicon file as a syntax tree. Every node carries its place
// in the file. A document that had errors is still as complete as its text
// allows, and says so in Broken.
type Document struct {
	Node
	File        *diag.File
	ID          Text // the NSID as written; absent or malformed only in a broken document
	Description Text
	Defs        []*Def // in source order
	Skipped     []Text // names of definitions that are not in Defs, each for a reported reason
	Broken      bool   // at least one error was reported for this file
}

// Main returns the definition named main, or nil.
func (d *Document) Main() *Def { return d.Def("main") }

// Def returns the definition of that name, or nil.
func (d *Document) Def(name string) *Def {
	for _, def := range d.Defs {
		if def.Name.Value == name {
			return def
		}
	}
	return nil
}

// Skips reports whether the document has a definition of that name which is not
// in Defs: its type is not known to this version, cannot be named, or is not
// there. That was reported, at the definition.
func (d *Document) Skips(name string) bool {
	for _, skipped := range d.Skipped {
		if skipped.Value == name {
			return true
		}
	}
	return false
}

// Def is one entry of a document's defs. No field is nil.
type Def struct {
	Name Text
	Type Type
}

// Node is embedded in every node and gives it its place.
type Node struct{ At diag.Span }

// Span returns the place of the node's JSON value.
func (n Node) Span() diag.Span { return n.At }

// Text is a JSON string with its place. The zero Text means that the string
// is absent; an empty string that is present has a place.
type Text struct {
	Node
	Value string
}

// Present reports whether the string is there.
func (t Text) Present() bool { return t.At.File != nil }

// Int is a JSON integer with its place.
type Int struct {
	Node
	Value int64
}

// Bool is a JSON boolean with its place.
type Bool struct {
	Node
	Value bool
}

// Type is the sum of all Lexicon types. Exactly the structs of this file
// implement it (LX-02).
type Type interface {
	diag.Spanner
	// Doc returns the description, absent if there is none.
	Doc() Text
	typ()
}

// Common is what every Lexicon type has.
type Common struct {
	Node
	Keyword     Text // the value of "type"
	Description Text
}

// Doc returns the description, absent if there is none.
func (c *Common) Doc() Text { return c.Description }

func (*Common) typ() {}

// Boolean is a truth value (LX-13).
type Boolean struct {
	Common
	Default, Const *Bool
}

// Integer is a signed 64-bit integer (LX-13).
type Integer struct {
	Common
	Minimum, Maximum *Int
	Enum             []Int
	Default, Const   *Int
}

// String is text in UTF-8 (LX-14). Lengths count bytes, graphemes count
// extended grapheme clusters. Format is one that the runtime knows, or absent.
type String struct {
	Common
	Format                     Text
	MinLength, MaxLength       *Int
	MinGraphemes, MaxGraphemes *Int
	KnownValues, Enum          []Text
	Default, Const             *Text
}

// Bytes is a byte string (LX-15).
type Bytes struct {
	Common
	MinLength, MaxLength *Int
}

// CIDLink is a link to a block.
type CIDLink struct{ Common }

// Blob refers to a media file (LX-15, LX-17).
type Blob struct {
	Common
	Accept  []Text
	MaxSize *Int
}

// Array is a list of values of one type (LX-15). Items is nil only in a
// broken document.
type Array struct {
	Common
	Items                Type
	MinLength, MaxLength *Int
}

// Object is a map with named properties (LX-15, LX-16). A property named $type
// is not among them.
type Object struct {
	Common
	Properties []*Property // in source order
	Required   []Text
	Nullable   []Text
}

// Property is one property of an object or one parameter. Type is nil only in
// a broken document.
type Property struct {
	Name     Text
	Type     Type
	Required bool
	Nullable bool
}

// Params is the set of a method's query parameters (LX-12).
type Params struct {
	Common
	Properties []*Property
	Required   []Text
}

// Token is a name without data (LX-21).
type Token struct{ Common }

// Reference is the text of a reference, split. ID is never empty: a local
// reference carries the id of its own document. Name is "main" where the text
// names no definition (LX-07). A malformed reference has an empty ID.
type Reference struct {
	Text
	ID, Name string
}

// Ref is a reference in the place of a type (LX-18).
type Ref struct {
	Common
	Ref *Reference
}

// Union is a choice of references, told apart by $type (LX-18, LX-19).
// Refs holds each member once.
type Union struct {
	Common
	Refs   []*Reference
	Closed bool
}

// Unknown is any object of the data model (LX-20).
type Unknown struct{ Common }

// Record describes the records of one collection (LX-08). Record is nil only
// in a broken document.
type Record struct {
	Common
	Key    Text // tid, nsid, any, literal:VALUE; absent where the file has none of these: any key is allowed
	Record *Object
}

// Method is what queries and procedures share (LX-09).
type Method struct {
	Common
	Parameters *Params // nil if absent
	Output     *Body   // nil if absent
	Errors     []*Error
}

// Query is an HTTP GET method.
type Query struct{ Method }

// Procedure is an HTTP POST method.
type Procedure struct {
	Method
	Input *Body // nil if absent
}

// Subscription is a WebSocket stream (LX-11). Message is nil if absent.
type Subscription struct {
	Common
	Parameters *Params
	Message    *Message
	Errors     []*Error
}

// Message is the message of a stream. Schema is a *Union, or nil.
type Message struct {
	Node
	Description Text
	Schema      Type
}

// Body is an input or output (LX-10). Encoding is one media type, as a rule as
// written; where the file has a list or something else it is */* or what is
// nearest, and absent where there is none. Schema is an *Object, *Ref or *Union,
// or nil where the body is not described.
type Body struct {
	Node
	Encoding    Text
	Description Text
	Schema      Type
}

// Error is a declared error of a method. Names are not empty, and distinct
// within a method.
type Error struct {
	Node
	Name        Text
	Description Text
}

// PermissionSet is a bundle of permissions that an app asks for by name
// (LX-26).
type PermissionSet struct {
	Common
	Title, Detail         Text
	TitleLang, DetailLang []Localized
	Permissions           []*Permission
}

// Localized is a text in one language.
type Localized struct {
	Lang Text
	Text Text
}

// Permission is one entry of a permission set (LX-27, LX-28). Unusable ones
// are in the tree with Ignored set, because a set that has them is still a
// set.
type Permission struct {
	Common
	Resource   Text
	Collection []Text
	Action     []Text
	LXM        []Text
	Aud        Text
	InheritAud bool
	Ignored    bool
}
