// Package lex is the AT Protocol's data model in Go: the values that
// generated types are made of, and their JSON form.
//
// # Values
//
// A Lexicon type becomes a Go type as follows.
//
//	boolean, integer, string   bool, int64, string and named types of these
//	bytes, cid-link, blob      [Bytes], [Link], *[Blob]
//	object, record             a struct; a reference to it is a pointer
//	array                      a slice
//	union, unknown             [Object]
//
// A property's presence adds to that (DM-05: absent, null and zero are three
// states that survive every conversion).
//
//	required               as above; a nil slice is an empty array, a nil
//	                       pointer or interface is an error
//	optional               [Opt] of a scalar; nil if absent otherwise, and an
//	                       empty slice that is not nil is present
//	required and nullable  the same types; none or nil is null
//	optional and nullable  [Nullable]
//
// Fields that the schema does not name are kept in the last field of every
// struct, an [Extra]; members of a union that nobody has a type for are kept
// as [*UnknownObject]. Both are written back as they were read (DM-26).
//
// # Tables
//
// A generated type describes itself with one static [Table], found by its
// LexTable method. Nothing is registered and nothing runs at init: the first
// use of a table compiles it into a plan, which is kept in the table.
//
// # JSON
//
// [AppendJSON] and [MarshalJSON] write one canonical text per value: keys in
// the order of DAG-CBOR (shorter first, then bytewise), no spaces, the
// shortest escapes, unpadded base64. [DecodeJSON] accepts any JSON text that
// the data model allows, and nothing beyond it: no duplicate keys, no invalid
// UTF-8, no numbers with a fraction (1.0 is the integer 1), no nesting deeper
// than [MaxDepth]. Neither checks the constraints of a schema, so that data
// written under an earlier schema can still be read. Errors are of type [*Error]
// and carry a path.
//
// # Validation
//
// [Validate] holds a generated value against all constraints of its schema and
// returns every violation with its path; [ValidateData] does the same with a
// value of the data model and a [Schema], which package resolver/validate makes
// of lexicons at run time. Both go through one [Schema], so that they agree.
// [ApplyDefaults] fills in defaults. [Types] finds the Go type for a $type.
//
// Values may be read and written by any number of goroutines as long as none
// of them changes the value. The zero value of every type is usable.
package lex
