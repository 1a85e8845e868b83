// Package cborgen is the edge to programs that use cbor-gen and go-cid.
//
// The structs that lexgen generates have the methods of cbor-gen's marshaler
// interfaces already, so that they can stand in fields of types for which
// cbor-gen made the code. What is left are its two types of values: go-cid's
// Cid, which this package converts to and from [cid.CID], and Deferred, CBOR
// that is yet to be decoded.
//
// No other package needs cbor-gen or go-cid. Whoever does not import this one
// does not link them.
package cborgen
