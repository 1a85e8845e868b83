// Package xrpc calls and serves the methods of AT Protocol services over HTTP,
// and streams events over WebSocket. It is what generated endpoints stand on:
// each query, procedure and subscription of a Lexicon is one variable of type
// [Query], [Procedure] or [Subscription], which can be called with a [Client] and
// served with a [Server].
//
//	out, err := appbsky.FeedGetTimeline.Call(ctx, client, &appbsky.FeedGetTimelineParams{Limit: lex.Int(50)})
//
//	appbsky.FeedGetTimeline.Handle(server, func(ctx context.Context, r *appbsky.FeedGetTimelineRequest) (*appbsky.FeedGetTimelineOutput, error) { ... })
//
// A method without parameters, input or output has [None] in their place, and one
// whose input or output is not JSON has a [Body], which is a stream. Parameters
// and input are held against their schema on both sides; output is decoded
// without a check of constraints, so that what is in the network can be read.
//
// A method that no Go code was generated for is called with [Client.Do], and a
// stream is followed by a Subscription without Messages.
//
// Errors that a service answers with are an [*Error] for the caller. A declared
// error is a constant of type [ErrorName], which errors.Is finds in it, and which
// a handler may return.
package xrpc
