package lex

import "sync/atomic"

// A Table describes one generated struct. It is a static composite literal
// and must not be copied or changed after its first use; it is safe for
// concurrent use.
type Table struct {
	// Name is the $type of the objects: an NSID, with #name unless the
	// definition is main. For a struct that has no definition of its own
	// (inline objects, inputs, outputs) it is only used in messages.
	Name string
	// Record is set for records, which carry $type wherever they stand
	// (LX-22). Other objects carry it in unions only.
	Record bool
	// Fields describes the Go struct's fields, one each, in their order. The
	// struct has one more field, the last, of type Extra.
	Fields []Field

	plan   atomic.Pointer[plan]
	schema atomic.Pointer[ObjectSchema]
}

// UnionAt returns the description of the union that field i holds, in arrays
// or alone. There must be one. Generated code calls it.
func (t *Table) UnionAt(i int) *Union {
	typ := t.Fields[i].Type
	for {
		switch x := typ.(type) {
		case *Union:
			return x
		case *Array:
			typ = x.Items
		default:
			return &Union{Closed: true}
		}
	}
}

// A Field describes one property.
type Field struct {
	// Name is the property's name in the data. It is not $type.
	Name string
	// Presence says whether the property may be absent or null. It decides
	// how the Go type says so; see the package comment.
	Presence Presence
	// Type adds what the Go type does not tell; nil if that is nothing.
	Type Type
}

// Presence says whether a property may be absent and whether it may be null.
type Presence uint8

// The four presences.
const (
	Required         Presence = iota // always there, never null
	Optional                         // may be absent, never null
	RequiredNullable                 // always there, may be null
	OptionalNullable                 // may be absent, may be null
)

// A Type is a Lexicon type as far as the Go type of a value does not tell.
// It is a closed sum: [*Union], [*Array], [Rules].
type Type interface{ lexType() }

// A Union describes a value that is an [Object] (LX-18, LX-19). An Object
// without a Union is of type unknown.
type Union struct {
	// Closed means that no type outside of Members is allowed.
	Closed bool
	// Members are nil pointers of the members' Go types.
	Members []Object

	index atomic.Pointer[memberIndex]
}

func (*Union) lexType() {}

// An Array describes a slice. It is needed only where the items have a Type or
// the length has Rules.
type Array struct {
	Items Type
	Rules Rules

	plan   atomic.Pointer[arrayPlan]
	schema atomic.Pointer[ArraySchema]
}

func (*Array) lexType() {}
