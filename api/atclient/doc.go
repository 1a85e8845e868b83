// Package atclient makes the everyday calls of accounts short: sessions with a
// password, records of generated types, one by one or in batches, blobs, and pages of
// queries.
//
//	session, err := atclient.Login(ctx, xrpc.NewClient("https://pds.example"), "alice.example", password)
//	client := session.Client()
//	ref, err := atclient.Create(ctx, client, &appbsky.FeedPost{Text: "hello"})
//
// Everything else is a call of the endpoint itself, in packages comatproto and
// appbsky.
package atclient
