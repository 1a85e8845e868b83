// Package cid has content identifiers as comparable values.
//
// A [CID] names a block of data by its hash. AT Protocol uses one narrow form
// (DM-11): version 1, the codec dag-cbor for data or raw for blobs, SHA-256,
// written in lower-case base32. This package holds that form, and any other
// whose binary form has the same 36 bytes, so that a link that someone else
// wrote survives byte for byte; [CID.Blessed] tells the two apart (DM-12).
//
// CIDs come from [Sum], which hashes data, from [FromHash], which takes a
// finished hash, and from [Parse] and [FromBytes], which read the text and
// binary forms strictly: each CID has exactly one accepted text.
//
// The zero CID is undefined: it stands for no block, and has no text or binary
// form. A CID is an immutable value without pointers; it is compared with ==,
// used as a map key, and shared between goroutines freely.
package cid
