// Package fanout sends the events of a log to many who follow it over WebSockets
// (com.atproto.sync.subscribeRepos).
//
//	server := fanout.New(fanout.Options{Log: events})
//	server.Handle(endpoints) // an xrpc.Server; or else it is an http.Handler itself
//	defer server.Close(ctx)
//
// Each event becomes a frame of a WebSocket once. Frames lie behind each other in shared
// segments, and a subscriber is no more than a place in the log: it is sent all that lies
// ahead of it in its segment with one call. What is not in memory is read from the store
// in pieces that all have who are about there.
//
// Nobody is dropped for being behind. It is dropped, as ConsumerTooSlow (ES-11),
//
//   - who takes nothing for [Options.WriteTimeout];
//   - who takes less than [Options.MinRate] of what it is sent with one call, beyond that;
//   - who has taken nothing for a second while such pieces fill [Options.Memory];
//   - who holds much of that for long while others need it, however much it takes: the worst
//     ones first, a frame of 2 MB from a second on, and 128 KiB from 13;
//   - whose place the log does not keep any more, once it has been sent anything.
package fanout
