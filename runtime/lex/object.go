package lex

// An Object is a value with a name: a record, or an object definition that a
// union may hold. Generated structs implement it with pointer receivers, so
// that a type switch over a union has one case a member; what no type is
// known for is an [*UnknownObject].
type Object interface {
	Struct
	// LexType returns the value of $type (LX-22). It is an NSID, followed by
	// # and the definition's name unless that is main, and must not depend on
	// the receiver, which may be nil.
	LexType() string
}

// A Struct is a generated struct, by pointer. Inline objects, inputs and
// outputs are nothing more than that.
type Struct interface {
	// LexTable returns the type's one table. The receiver may be nil.
	LexTable() *Table
}

// A Record is an Object that may stand alone in a repository.
type Record interface {
	Object
	// LexRecordKey returns the schema's key type as written, such as "tid",
	// "any" or "literal:self" (LX-08, SY-14). The receiver may be nil.
	LexRecordKey() string
}

// A List is a named slice type. Its method has a value receiver.
type List interface {
	// LexArray returns the type's description, never nil.
	LexArray() *Array
}

// A Body is an input or output that is a union: a pointer to a generated
// struct with one field.
type Body interface {
	// LexUnion returns the address of the value and its description, neither
	// of them nil.
	LexUnion() (*Object, *Union)
}

// Unknown is the Go type of a Lexicon value of type unknown (LX-20): any
// object, with or without $type. Decoding yields an [*UnknownObject], which
// [As] turns into a typed one. A typed object may be assigned and is written
// with its $type.
type Unknown = Object

// An UnknownObject is an object that has no Go type here: the value of an
// unknown property, or a member of an open union that the schema does not
// list. It is written as it was read.
type UnknownObject struct {
	// Type is the value of $type, empty if there is none, which a union does
	// not allow.
	Type string
	// Fields are all other members of the object.
	Fields Extra
}

// LexType returns Type. Unlike that of other Objects it needs a receiver; that
// of nil is empty.
func (o *UnknownObject) LexType() string {
	if o == nil {
		return ""
	}
	return o.Type
}

// LexTable returns nil.
func (*UnknownObject) LexTable() *Table { return nil }
