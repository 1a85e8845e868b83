package xrpc

import (
	"context"
	"iter"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Subscription is an endpoint that streams events (LX-11). P are its parameters,
// a pointer to a generated struct, to [None] or, for a stream that is only followed
// and has no Go types, to [net/url.Values]; M is a message, which is an alias of
// [lex.Object]. It is safe for concurrent use and must not be changed after its
// first use.
type Subscription[P any, M lex.Object] struct {
	NSID syntax.NSID
	// Messages are the members of the message. If it is nil every message is a
	// [*lex.UnknownObject].
	Messages *lex.Union
	// Resumes says that the parameters have an integer cursor and that messages but
	// #info have an integer seq, so that a stream can go on where it was cut.
	Resumes bool
	Errors  []ErrorName
}

// Method describes the endpoint.
func (s *Subscription[P, M]) Method() *Method {
	return &Method{NSID: s.NSID, Kind: KindSubscription, Errors: s.Errors}
}

// Subscribe follows the stream until the loop is left or something final happens.
// params may be nil.
//
// A pair with an error that is a [*FrameError] says that one message could not be
// read; iteration goes on. Any other error comes in the last pair: an [*Error] that
// the service sent or answered with, an error of the network, or ctx.Err(). A
// message that is of none of the types in the schema is passed over (ES-04).
//
// Where the subscription Resumes, or [WithCursor] is given, a connection that is
// cut is made anew, after a growing pause, with the cursor of the last message; what
// the service then repeats is dropped (ES-10), and a seq that does not rise cuts the
// connection (ES-12), as does a frame that is none (ES-04) or too large. Where the next
// connection has such frames behind the same message again, they are passed over as
// messages that could not be read, so that nothing in a service's log is the end of it.
// Leaving the loop closes the connection.
func (s *Subscription[P, M]) Subscribe(ctx context.Context, c *Client, params P, opts ...StreamOption) iter.Seq2[M, error] {
	return func(yield func(M, error) bool) {
		f := newFollower(c, s.Method(), orNew(params), s.Messages, s.Resumes, opts)
		f.follow(ctx, func(o lex.Object, err error) bool {
			m, _ := o.(M)
			return yield(m, err)
		})
	}
}

// Handle serves the endpoint with h. Parameters are checked before the connection
// becomes a WebSocket. h sends messages until it has no more, and returns nil, which
// closes the stream; an error, which the caller gets as a frame before that (ES-06);
// or until ctx ends, because the caller went away or the server closes.
func (s *Subscription[P, M]) Handle(server *Server, h func(ctx context.Context, r *Request[P, *None], out *Stream[M]) error, opts ...HandlerOption) {
	server.handleStream(s.Method(), func(in *incoming) (func(context.Context, *sender) error, error) {
		r, err := newRequest[P, *None](in)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, out *sender) error {
			out.numbered = s.Resumes
			return h(ctx, r, &Stream[M]{out})
		}, nil
	}, opts)
}

// A Stream takes what one caller is sent. Its methods may be called by any number
// of goroutines, until the handler returns.
type Stream[M lex.Object] struct{ *sender }

// Send queues a message. It waits while the queue is full, as long as
// [StreamLimits] say, then the caller is too slow: Send returns an error that is
// [ErrConsumerTooSlow], which the handler should return. After the caller has gone
// away Send returns the context's error. Where the subscription Resumes, a message
// whose seq is not larger than the one before, or is out of range, is an error (ES-08).
func (s *Stream[M]) Send(m M) error { return s.send(m) }

// SendFrame queues a frame that [AppendFrame] made, which can be shared among
// callers. Nobody may change it. Its seq is not checked.
func (s *Stream[M]) SendFrame(frame []byte) error { return s.push(frame, 0) }
