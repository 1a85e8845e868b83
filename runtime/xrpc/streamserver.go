package xrpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/lexgen/lexgen/runtime/lex"
)

// ErrConsumerTooSlow is why a stream ends whose caller does not keep up (ES-11).
const ErrConsumerTooSlow ErrorName = "ConsumerTooSlow"

// StreamLimits bound each stream of a server. Fields that are zero have their
// default.
type StreamLimits struct {
	// Frames and Bytes bound what waits for one caller; 500 frames (ES-11) and
	// 16 MiB. One frame is always taken. As much again may be with the goroutine that
	// sends, which takes all that waits at once.
	Frames int
	Bytes  int
	// Patience is how long a queue may stay full; 5 s.
	Patience time.Duration
	// WriteTimeout bounds the transfer of one frame, and of what is left at the
	// end; 30 s.
	WriteTimeout time.Duration
	// Ping is the time between pings, an answer to which must come before the next
	// one (ES-15); 30 s.
	Ping time.Duration
	// Streams is the number of streams of the server; 10,000. Further ones are
	// answered with 503.
	Streams int
}

func defaultStreamLimits() StreamLimits { return StreamLimits{}.withDefaults() }

func (l StreamLimits) withDefaults() StreamLimits {
	orElse := func(d *time.Duration, value time.Duration) {
		if *d <= 0 {
			*d = value
		}
	}
	if l.Frames <= 0 {
		l.Frames = 500
	}
	if l.Bytes <= 0 {
		l.Bytes = 16 << 20
	}
	if l.Streams <= 0 {
		l.Streams = 10_000
	}
	orElse(&l.Patience, 5*time.Second)
	orElse(&l.WriteTimeout, 30*time.Second)
	orElse(&l.Ping, 30*time.Second)
	return l
}

// WithStreamLimits bounds streams.
func WithStreamLimits(l StreamLimits) ServerOption {
	return func(o *serverOptions) { o.stream = l.withDefaults() }
}

// streamHandler checks a request and returns what serves the stream.
type streamHandler func(in *incoming) (func(ctx context.Context, out *sender) error, error)

func (s *Server) handleStream(m *Method, h streamHandler, opts []HandlerOption) {
	s.endpoints[m.NSID] = newEndpoint(&endpoint{method: m, stream: h}, opts)
}

// streams are those that are open.
type streams struct {
	mu     sync.Mutex
	open   map[*sender]struct{}
	closed bool
	idle   chan struct{} // closed when the last one ends after Close
}

func newStreams() *streams { return &streams{open: map[*sender]struct{}{}, idle: make(chan struct{})} }

var errShutdown = errors.New("xrpc: the server closes")

func (s *streams) add(out *sender, limit int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return NewError(ErrNotEnoughResources, "The server is about to close")
	}
	if len(s.open) >= limit {
		return NewError(ErrNotEnoughResources, "Too many streams")
	}
	s.open[out] = struct{}{}
	return nil
}

func (s *streams) remove(out *sender) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, out)
	if s.closed && len(s.open) == 0 {
		close(s.idle)
	}
}

// Close ends all streams, after what waits for their callers was sent, and waits
// for that until ctx ends. Requests that are no streams are those of the
// http.Server, whose Shutdown does not know of streams: call both.
func (s *Server) Close(ctx context.Context) error {
	s.streams.mu.Lock()
	if !s.streams.closed {
		s.streams.closed = true
		if len(s.streams.open) == 0 {
			close(s.streams.idle)
		}
		for out := range s.streams.open {
			out.cancel(errShutdown)
		}
	}
	s.streams.mu.Unlock()
	select {
	case <-s.streams.idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// stream serves a subscription (ES-01 to ES-07).
func (s *Server) stream(in *incoming) error {
	m := in.endpoint.method
	if err := checkHandshake(m, in.request); err != nil {
		return err
	}
	run, err := in.endpoint.stream(in)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(in.request.Context())
	defer cancel(nil)
	out := newSender(ctx, cancel, s, m)
	if err := s.streams.add(out, s.opts.stream.Streams); err != nil {
		return err
	}
	defer s.streams.remove(out)
	// Callers are no pages with cookies, so that their origin does not matter.
	conn, err := websocket.Accept(in.writer, in.request, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return fmt.Errorf("xrpc: there is no connection to take over: %w", err)
	}
	in.hijacked = true
	conn.SetReadLimit(-1) // what comes is dropped, and takes no memory (ES-07)
	start := s.opts.world.Now()
	s.opts.metrics.Opened(ctx, m)
	why := out.serve(conn, run)
	s.opts.metrics.Closed(ctx, m, why, out.sent, s.opts.world.Now().Sub(start))
	return nil
}

// sender is a stream with the type of its messages erased.
type sender struct {
	server *Server
	method *Method
	limits *StreamLimits
	ctx    context.Context //nolint:containedctx // a stream lives as long as its context
	cancel context.CancelCauseFunc
	// numbered says that seqs rise.
	numbered bool

	mu    sync.Mutex
	seq   int64 // the last one
	queue [][]byte
	bytes int
	over  bool          // nothing is taken any more
	space chan struct{} // has one item when the queue got shorter
	ready chan struct{} // has one item when there is something to do
	sent  int64         // frames; of the writer
}

func newSender(ctx context.Context, cancel context.CancelCauseFunc, s *Server, m *Method) *sender {
	return &sender{
		server: s, method: m, limits: &s.opts.stream, ctx: ctx, cancel: cancel,
		space: make(chan struct{}, 1), ready: make(chan struct{}, 1),
	}
}

func (s *sender) send(m lex.Object) error {
	seq, numbered := lex.IntegerOf(m, "seq")
	switch {
	case !s.numbered || !numbered:
		seq = 0
	case seq < 1 || seq > MaxSeq:
		return fmt.Errorf("xrpc: %s: seq %d is none", s.method.NSID, seq)
	}
	if s.server.opts.validateOut {
		if err := lex.Validate(m); err != nil {
			return NewError(ErrInternalServerError, "message: %s", cut(err.Error())).Because(err)
		}
	}
	buffer, _ := frameBuffers.Get().(*[]byte)
	frame, err := AppendFrame((*buffer)[:0], s.method.NSID, m)
	if cap(frame) <= usualFrame {
		*buffer = frame
	}
	frame = bytes.Clone(frame)
	frameBuffers.Put(buffer)
	if err != nil {
		return err
	}
	return s.push(frame, seq)
}

// frameBuffers have memory that frames are encoded into, so that those that wait have
// just what they need.
var frameBuffers = sync.Pool{New: func() any { return new([]byte) }}

// push queues a frame whose message has a seq, if it is not 0.
func (s *sender) push(frame []byte, seq int64) error {
	var timeout <-chan struct{}
	for {
		if err := s.ctx.Err(); err != nil {
			return context.Cause(s.ctx)
		}
		if taken, err := s.offer(frame, seq); taken || err != nil {
			return err
		}
		if timeout == nil {
			expired := make(chan struct{})
			stop := s.server.opts.world.After(s.limits.Patience, func() { close(expired) })
			defer stop()
			timeout = expired
		}
		select {
		case <-s.space:
		case <-s.ctx.Done():
		case <-timeout:
			s.drop()
			return NewError(ErrConsumerTooSlow, "The consumer does not keep up")
		}
	}
}

// offer queues a frame if there is room.
func (s *sender) offer(frame []byte, seq int64) (taken bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return true, nil // the stream has ended, and whoever sends will see that
	}
	full := len(s.queue) >= s.limits.Frames || s.bytes+len(frame) > s.limits.Bytes
	switch {
	case seq != 0 && seq <= s.seq:
		return false, fmt.Errorf("xrpc: %s: seq %d after %d", s.method.NSID, seq, s.seq)
	case full && len(s.queue) > 0:
		return false, nil
	}
	s.seq = max(s.seq, seq)
	s.queue = append(s.queue, frame)
	s.bytes += len(frame)
	signal(s.ready)
	return true, nil
}

// drop empties the queue.
func (s *sender) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue, s.bytes = nil, 0
}

// end says that nothing follows but last, if it is not nil.
func (s *sender) end(last []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last != nil {
		s.queue = append(s.queue, last)
	}
	s.over = true
	signal(s.ready)
}

// take waits for frames. more is false when there will be none.
func (s *sender) take(ctx context.Context) (frames [][]byte, more bool) {
	for {
		s.mu.Lock()
		frames, more = s.queue, !s.over
		s.queue, s.bytes = nil, 0
		s.mu.Unlock()
		if len(frames) > 0 || !more {
			signal(s.space)
			return frames, more
		}
		select {
		case <-s.ready:
		case <-ctx.Done():
			return nil, false
		}
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

var errGone = errors.New("xrpc: the caller has gone away")

// serve runs the handler and returns why the stream ended. Besides its own
// goroutine there is one that writes and one that reads, for both of which it
// waits.
func (s *sender) serve(conn *websocket.Conn, run func(context.Context, *sender) error) string {
	// The connection outlives the handler's context, to say why the stream ends.
	live, kill := context.WithCancel(context.WithoutCancel(s.ctx))
	var wait sync.WaitGroup
	defer wait.Wait()
	defer closeAfter(live, conn)()
	defer kill()
	wrote := make(chan error, 1)
	wait.Go(func() { s.cancel(s.read(conn)) })
	wait.Go(func() {
		err := s.write(live, conn, kill)
		if err != nil {
			s.cancel(errGone)
		}
		wrote <- err
	})
	asked := func() bool { return true }
	defer startHeartbeat(live, s.server.opts.world, conn, s.limits.Ping, asked, func() { s.cancel(errGone) })()

	end := s.verdict(s.contained(run))
	s.end(end.frame)
	stop := s.server.opts.world.After(s.limits.WriteTimeout, kill)
	defer stop()
	if <-wrote == nil && end.code != 0 {
		_ = conn.Close(end.code, end.reason) // the caller may be gone
	}
	return end.why
}

// read drops what the caller sends, which is no error (ES-07), and answers pings,
// until the connection ends.
func (s *sender) read(conn *websocket.Conn) error {
	for {
		_, r, err := conn.Reader(context.Background())
		if err != nil {
			return errGone
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			return errGone
		}
	}
}

// write sends what is queued until there will be no more. It calls kill when a frame
// takes too long.
func (s *sender) write(ctx context.Context, conn *websocket.Conn, kill func()) error {
	for {
		frames, more := s.take(ctx)
		for _, f := range frames {
			stop := s.server.opts.world.After(s.limits.WriteTimeout, kill)
			err := conn.Write(context.Background(), websocket.MessageBinary, f) //nolint:contextcheck // see closeAfter
			stop()
			if err != nil {
				return err
			}
			s.sent++
		}
		if !more {
			return ctx.Err()
		}
	}
}

// contained runs the handler and turns a panic into an error.
func (s *sender) contained(run func(context.Context, *sender) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			s.server.opts.log.ErrorContext(s.ctx, "xrpc: a handler panicked",
				"method", s.method.NSID, "panic", v, "stack", string(debug.Stack()))
			err = NewError(ErrInternalServerError, "Internal Server Error")
		}
	}()
	return run(s.ctx, s)
}

// ending is how a stream ends.
type ending struct {
	frame  []byte // the last one, nil if there is none
	code   websocket.StatusCode
	reason string
	why    string // for metrics
}

// maxCloseReason is what fits into a close frame, in bytes.
const maxCloseReason = 123

// verdict says how the stream ends after the handler returned err (ES-06).
func (s *sender) verdict(err error) ending {
	cause := context.Cause(s.ctx)
	switch {
	case errors.Is(cause, errShutdown):
		return ending{code: websocket.StatusGoingAway, reason: "the server closes", why: "shutdown"}
	case cause != nil:
		return ending{why: "client"}
	case err == nil:
		return ending{code: websocket.StatusNormalClosure, why: "end"}
	}
	e := asAnswer(err)
	name := e.name()
	if e.cause != nil {
		s.server.opts.log.ErrorContext(s.ctx, "xrpc: a stream failed", "method", s.method.NSID, "error", name, "cause", e.cause.Error())
	}
	reason := cut(string(name))
	if len(reason) > maxCloseReason {
		reason = ""
	}
	return ending{
		frame: AppendErrorFrame(nil, name, e.Message), code: websocket.StatusPolicyViolation, reason: reason, why: string(name),
	}
}
