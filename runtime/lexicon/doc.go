// Package lexicon finds the schema of an NSID in the network, and believes nobody
// on the way.
//
// A schema is a record of com.atproto.lexicon.schema whose key is its NSID (LE-05).
// The DNS says whose repository it is in (LE-06), the DID document of that account
// where the repository is served and which key signs it, and the server sends the
// record with a proof: a signed commit and the way down the tree (LE-09, RE-44). What
// a [Resolver] returns is what the account in charge has signed, or an [Error] that
// says which of these does not hold and what to do about it.
//
//	resolver := lexicon.NewResolver(lexicon.Options{Directory: directory})
//	schema, err := resolver.Resolve(ctx, "com.example.post")
//
// Package network, of the side that reads schemas, has a Check for [Options], and
// follows references.
package lexicon
