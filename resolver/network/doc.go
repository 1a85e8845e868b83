// Package network reads schemas that package lexicon finds in the network, and all
// that these refer to.
//
// [Check] is what a [lexicon.Resolver] holds records against, so that what it returns
// can be read. [Collect] resolves schemas with all that they refer to, several at a
// time, and [Schemas] makes of them what records are held against: a server can so
// accept records of schemas that it has never seen.
//
//	resolver := lexicon.NewResolver(lexicon.Options{Directory: directory, Check: network.Check})
//	schemas, err := network.Schemas(ctx, resolver, "com.example.post")
//	err = schemas.Record("com.example.post", record, key)
package network
