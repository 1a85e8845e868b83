package ir

import (
	"cmp"
	"slices"
)

// Code says how straight-line code writes and reads a value. It is a sum.
type Code interface{ code() }

// CodeScalar is a value that a word of the runtime writes and reads.
type CodeScalar struct {
	Word string // Text, Int, Bool, Bytes, Link, Blob or Unknown
	// Basic is the type that the word works with, where the value's is another.
	Basic string
}

// CodeUnion is a union. Its description is in the table of a struct, at a
// field. Direct are the members whose own code is known to exist.
type CodeUnion struct {
	Table  string // the struct
	Field  int
	Direct []CodeMember
}

// CodeMember is a member of a union, by pointer, and its $type.
type CodeMember struct {
	CodeRef

	Type string
}

// CodeRef is a struct by pointer. Its own code is called where it is known to
// exist.
type CodeRef struct {
	Target Ident
	Direct bool
	// Parts says that the struct has its function for parts, and that it may
	// be called from here.
	Parts bool
}

// CodeList is a named array.
type CodeList struct{}

// CodeSlice is an array.
type CodeSlice struct{ Item Code }

func (CodeScalar) code() {}
func (CodeUnion) code()  {}
func (CodeRef) code()    {}
func (CodeList) code()   {}
func (CodeSlice) code()  {}

// maxDirect is how many members an object with straight-line code has at most,
// $type included: as many as the head of a CBOR map has room for.
const maxDirect = 23

// Member is a field of a struct, or $type, which has no field.
type Member struct {
	Wire  string
	Index int    // in Fields
	Field *Field // nil for $type
}

// Members returns the members of the object in the order of DAG-CBOR (DM-09):
// shorter names first, then bytewise. A struct with a Type has $type among
// them.
func (d *Struct) Members() []Member {
	list := make([]Member, 0, len(d.Fields)+1)
	for i, f := range d.Fields {
		list = append(list, Member{f.Wire, i, f})
	}
	if d.Type != "" {
		list = append(list, Member{Wire: "$type"})
	}
	slices.SortFunc(list, func(a, b Member) int {
		return cmp.Or(cmp.Compare(len(a.Wire), len(b.Wire)), cmp.Compare(a.Wire, b.Wire))
	})
	return list
}
