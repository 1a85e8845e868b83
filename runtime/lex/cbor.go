package lex

import (
	"bytes"

	"github.com/lexgen/lexgen/runtime/cid"
)

// MarshalCBOR returns v as DAG-CBOR; see [AppendCBOR].
func MarshalCBOR(v any) ([]byte, error) { return AppendCBOR(nil, v) }

// AppendCBOR appends v to b as DAG-CBOR, of which every value has exactly one
// form (DM-08, DM-09). v is what [AppendJSON] takes, and becomes the same
// data. Every error is an [*Error], after which b is returned with its old
// length: those of AppendJSON, and what exceeds [MaxElements] or [MaxKey].
func AppendCBOR(b []byte, v any) ([]byte, error) {
	if c := coderOf(v); c != nil {
		if out, ok := c.LexAppendCBOR(CBOR{}, b, 0, false); ok {
			return out, nil
		}
	}
	c, p, err := sourceOf(v)
	if err != nil {
		return b, asError(err)
	}
	out, err := c.appendCBOR(b, p, 0)
	if err != nil {
		return b, asError(err)
	}
	return out, nil
}

// DecodeCBOR reads b, one item of DAG-CBOR, into *v, which is what
// [DecodeJSON] takes. The result shares no memory with b, but its parts share
// some with each other, and one part keeps alive what it was allocated with:
// strings of less than 512 bytes are copied together, up to 2 KiB of them; a
// struct comes with those that it always points to, and with up to 7 more
// elements of an array. From the first value on that *v has no generated code
// for, such as a member that no schema names, strings and bytes are parts of one
// copy of all of b.
//
// Memory that *v already refers to may be used again: elements of slices up
// to their capacity, structs behind pointers, members of unions. So *v must not
// share them with a value that is still needed, nor have two pointers to one
// struct, as in a reply whose root is its parent: both would become what is read
// last. A value that was built otherwise is made anew: *v = T{}. What b does not have is absent
// afterwards, whatever *v had.
//
// Only canonical input is accepted (DM-08 to DM-10): lengths that are definite
// and numbers that are in their shortest form, keys that are strings, in order
// and without duplicates, UTF-8, no floats, no tag but that of links, nothing
// after the item. Nesting, items and keys are limited by [MaxDepth],
// [MaxElements] and [MaxKey], links to the forms of package cid with the codecs
// dag-cbor and raw, whatever their hash function (DM-11). What the schema
// demands of the values is as for DecodeJSON. What is allocated in all is at
// most some 340 times len(b) and a few KiB, no more than half of it at a time, and
// the size of one struct for each object that is decoded into a generated type,
// and of seven more for each array that is open where an error is found. Every error is an [*Error], after which
// the content of *v is unspecified.
func DecodeCBOR(b []byte, v any) error { return asError(decodeCBOR(b, v, true)) }

// DecodeCBORAlias is DecodeCBOR without the copy: strings and bytes in *v
// share the memory of b, which must not be changed while *v is in use.
func DecodeCBORAlias(b []byte, v any) error { return asError(decodeCBOR(b, v, false)) }

// decodeCBOR reads b into *v. own says that *v must not share b's memory.
func decodeCBOR(b []byte, v any, own bool) *Error {
	if c := coderOf(v); c != nil && decodeCBORCoder(textOf(b), c, false, own) {
		return nil
	}
	c, p, err := targetOf(v)
	if err != nil {
		return err
	}
	if own {
		b = bytes.Clone(b)
	}
	return decodeAllCBOR(textOf(b), func(d *CBORDecoder) *Error { return c.decodeCBOR(d, p) })
}

// CID returns the CID of v as a block: that of its DAG-CBOR, hashed with
// SHA-256. v and the errors are those of [AppendCBOR].
func CID(v any) (cid.CID, error) {
	b, err := AppendCBOR(make([]byte, 0, 1024), v)
	if err != nil {
		return cid.CID{}, err
	}
	return cid.Sum(cid.DagCBOR, b), nil
}
