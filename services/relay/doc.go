// Package relay is a Relay: it follows the hosts of a network, verifies all that they
// send, and passes on what is valid as one stream with seqs of its own.
//
//	relay, err := relay.New(relay.Options{Store: db, Log: log, Directory: directory, ...})
//	go relay.Run(ctx)                    // follows the hosts
//	http.Serve(listener, relay)
//
// What happens to an event is in ingest.go, what may be asked for in endpoints.go and
// admin.go. docs/relay.md tells operators.
//
// An event is durable in the log first, then what it says of its account, and then, or
// together with that, the cursor of its host. After a crash the events since the last
// cursor that was stored come again. Some of them may be emitted once more, with another
// seq; none is lost.
package relay
