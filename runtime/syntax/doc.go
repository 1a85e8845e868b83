// Package syntax has the identifiers and string formats of AT Protocol as
// named string types: [DID], [Handle], [AtIdentifier], [NSID], [ATURI], [TID],
// [RecordKey], [Datetime], [Language], [URI] and [CID].
//
// Each has a Parse function, which is the way from a string that someone else
// wrote: it returns the text unchanged as that type, or an *[Error] that says
// what is wrong and where. Lengths are checked before anything else, and
// nothing is allocated for a text that is right. [Check] does the same by the
// name that a format has in Lexicon schemas.
//
// A conversion, DID("..."), checks nothing. The methods of a value that did
// not come from Parse return parts of it as far as they can be seen, without
// an error, and never panic. Values from decoded JSON and CBOR are of this kind, so
// that odd data can be read and written back; validation checks them.
//
// Syntax is one question, and whether a thing may be used is another: a handle
// under .local, or a DID of a method that nobody knows, has the right syntax.
// [Handle.AllowedTLD], [DID.Blessed] and [DID.AllowedHost] answer the second.
//
// A [TIDClock] makes record keys and revisions that only grow.
//
// All types but TIDClock are plain values; everything here is safe for
// concurrent use.
package syntax
