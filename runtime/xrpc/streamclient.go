package xrpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A FrameError is one message of a stream that could not be read, or, where the
// connection was cut for it and the same comes again over the next one, a frame that is
// none. The stream goes on behind it.
type FrameError struct {
	Stream syntax.NSID
	Type   string // of the message, as its frame names it
	Frame  []byte // the whole frame, or the beginning of one that is too large; nobody else uses it
	Err    error
}

// Error returns the stream, the type and the reason.
func (e *FrameError) Error() string {
	return fmt.Sprintf("xrpc: %s: a message %s: %v", e.Stream, strconv.QuoteToGraphic(cut(e.Type)), e.Err)
}

// Unwrap returns the reason.
func (e *FrameError) Unwrap() error { return e.Err }

// A StreamOption is a property of a subscription's client side.
type StreamOption func(*followOptions)

type followOptions struct {
	header      http.Header
	maxFrame    int64
	idle        time.Duration
	reconnects  int
	withoutCuts bool
	onReconnect func(attempt int, err error)
	onFrame     func(length int)
	onIgnored   func()
	cursor      func() (int64, bool)
}

// Limits of a stream's client side, unless options say otherwise.
const (
	DefaultMaxFrame = 5_000_000        // bytes (SN-05)
	DefaultIdle     = 30 * time.Second // without a frame, before a ping
)

// WithMaxFrame bounds frames in bytes; a larger one ends the connection, and is passed
// over where the service sends it again over the next one. The default is [DefaultMaxFrame].
func WithMaxFrame(n int64) StreamOption { return func(o *followOptions) { o.maxFrame = n } }

// WithIdle is how long nothing may come before the service is asked for a sign of
// life, and then how long that may take. The default is [DefaultIdle].
func WithIdle(d time.Duration) StreamOption { return func(o *followOptions) { o.idle = d } }

// WithReconnects bounds how many times in a row a connection is made anew without
// a message in between. The default is no bound, once there was a connection; the
// first one is tried as often as other calls. 0 is for none.
func WithReconnects(n int) StreamOption { return func(o *followOptions) { o.reconnects = n } }

// ErrSeq says that the seq of a message is none, or does not rise (ES-08). Errors that
// are ErrSeq have the seq behind this word.
var ErrSeq = errors.New("seq")

// ErrFrameTooLong says that a frame is longer than the limit.
var ErrFrameTooLong = errors.New("too long a frame")

// WithoutCuts has a stream go on behind what else ends its connection the first time: a
// frame that is malformed, or longer than the limit, and a message whose seq does not
// rise. It is yielded as a [FrameError], for the longer one with its beginning. A client
// drops such a connection (ES-04, ES-12), and finds the same frame again if the service
// has it in its log; this is for who has to get past it and counts what it has seen.
func WithoutCuts() StreamOption { return func(o *followOptions) { o.withoutCuts = true } }

// WithOnReconnect has f told before each pause, with why the connection ended.
func WithOnReconnect(f func(attempt int, err error)) StreamOption {
	return func(o *followOptions) { o.onReconnect = f }
}

// WithOnFrame has f told how many bytes each frame has that is not too large, before it is
// decoded, by the goroutine of the loop.
func WithOnFrame(f func(length int)) StreamOption {
	return func(o *followOptions) { o.onFrame = f }
}

// WithOnIgnored has f told of each frame that is passed over because its type or operation
// is not known (ES-04), by the goroutine of the loop: who bounds what a service may send
// waits there.
func WithOnIgnored(f func()) StreamOption {
	return func(o *followOptions) { o.onIgnored = f }
}

// WithCursor asks f for the cursor before each connection but the first, for
// instance what is stored of the progress so far, instead of the cursor of the last
// message. ok is false for the one of the parameters, if there is one. Where the
// subscription Resumes, what was yielded is not yielded again, however far back the
// cursor is; one that is further on leaves out what is between. f is called by the
// goroutine of the loop.
func WithCursor(f func() (cursor int64, ok bool)) StreamOption {
	return func(o *followOptions) { o.cursor = f }
}

// WithStreamHeader sets a header of the handshake.
func WithStreamHeader(key, value string) StreamOption {
	return func(o *followOptions) { o.header.Set(key, value) }
}

// follower follows one stream.
type follower struct {
	client    *Client
	method    *Method
	params    any
	resumes   bool
	types     map[string]reflect.Type // of the messages, by the name in frames; nil if they have none
	opts      followOptions
	start     string // where the stream is, with the parameters as they were given
	connected bool   // whether there was a connection
	asked     mark   // the cursor of the connection
	resumed   bool   // whether that is one of a message that was there
	here      mark   // seq of the last message over the connection
	last      mark   // seq of the last message that was yielded
	poisoned  *mark  // the message behind which the last bad frame was; nil if there was none
	buffer    []byte // what the next frame is read into
}

// A mark is a place in a stream, if there is one.
type mark struct {
	seq   int64
	known bool
}

// MaxSeq is the largest seq of an event stream (ES-08): greater numbers are not exact in JavaScript.
const MaxSeq = 1<<53 - 1

func newFollower(c *Client, m *Method, params any, messages *lex.Union, resumes bool, opts []StreamOption) *follower {
	f := &follower{client: c, method: m, params: params, resumes: resumes, opts: followOptions{
		header: http.Header{}, maxFrame: DefaultMaxFrame, idle: DefaultIdle, reconnects: -1,
	}}
	for _, o := range opts {
		o(&f.opts)
	}
	if messages != nil {
		f.types = make(map[string]reflect.Type, len(messages.Members))
		for _, member := range messages.Members {
			f.types[FrameName(m.NSID, member.LexType())] = reflect.TypeOf(member).Elem()
		}
	}
	return f
}

// errLeft says that whoever follows has left.
var errLeft = errors.New("xrpc: the loop was left")

// follow yields what comes until the end (ES-09, ES-12).
func (f *follower) follow(ctx context.Context, yield func(lex.Object, error) bool) {
	if err := f.prepare(); err != nil {
		yield(nil, err)
		return
	}
	for attempt := 0; ; {
		progress, err := f.connect(ctx, yield)
		switch {
		case errors.Is(err, errLeft):
			return
		case ctx.Err() != nil:
			yield(nil, ended(ctx))
			return
		}
		if progress {
			attempt = 0
		}
		attempt++
		if !f.again(err, attempt) {
			yield(nil, err)
			return
		}
		if f.opts.onReconnect != nil {
			f.opts.onReconnect(attempt, err)
		}
		if f.client.opts.world.Sleep(ctx, f.wait(attempt, err)) != nil {
			yield(nil, ended(ctx))
			return
		}
	}
}

// prepare refuses what no attempt could mend.
func (f *follower) prepare() error {
	if f.client.err != nil {
		return f.client.err
	}
	call := &Call{Method: f.method, Params: f.params}
	if err := f.client.check(call); err != nil {
		return err
	}
	target, err := f.client.url(call)
	f.start = target
	if f.resumes {
		f.asked = cursorOf(f.params)
	}
	return err
}

// cursorOf returns the cursor among parameters.
func cursorOf(params any) (m mark) {
	switch params := params.(type) {
	case *url.Values:
		seq, err := strconv.ParseInt(params.Get("cursor"), 10, 64)
		m = mark{seq, err == nil}
	case lex.Struct:
		m.seq, m.known = lex.IntegerOf(params, "cursor")
	}
	return m
}

// again says whether the stream is to be connected anew.
func (f *follower) again(err error, attempt int) bool {
	if errors.As(err, new(*finalError)) {
		return false
	}
	if answer, ok := errors.AsType[*Error](err); ok {
		switch {
		case answer.Name == ErrConsumerTooSlow, answer.Status == http.StatusTooManyRequests:
		case answer.Status >= http.StatusInternalServerError && answer.Status != http.StatusNotImplemented:
		default:
			return false
		}
	}
	switch {
	case !f.connected:
		return attempt < f.client.opts.attempts
	case !f.resumes && f.opts.cursor == nil:
		return false
	default:
		return f.opts.reconnects < 0 || attempt <= f.opts.reconnects
	}
}

// longestReconnect is the longest pause between two connections.
const longestReconnect = time.Minute

func (f *follower) wait(attempt int, err error) time.Duration {
	pause := min(firstPause<<min(attempt-1, 16), longestReconnect)
	pause = pause/2 + time.Duration(f.client.opts.world.Float()*float64(pause/2))
	if answer, ok := errors.AsType[*Error](err); ok {
		pause = max(pause, min(answer.RetryAfter, longestReconnect))
	}
	return pause
}

// connect makes one connection and yields what comes over it. progress says whether
// anything did that the next connection will not bring again.
func (f *follower) connect(ctx context.Context, yield func(lex.Object, error) bool) (progress bool, err error) {
	conn, err := f.dial(ctx)
	if err != nil {
		return false, err
	}
	conn.SetReadLimit(-1) // see read
	live, cancel := context.WithCancelCause(ctx)
	defer closeAfter(live, conn)()
	defer cancel(nil)
	var l lull
	defer startHeartbeat(live, f.client.opts.world, conn, f.opts.idle, l.quiet, func() { cancel(errIdle) })()
	f.connected, f.here = true, mark{}
	for {
		b, err := f.receive(live, conn, &l)
		if err == nil {
			var yielded bool
			yielded, err = f.frame(b, yield)
			progress = progress || yielded
		}
		if bad, ok := errors.AsType[*badFrameError](err); ok {
			err = f.passOver(bad, yield)
		}
		if err != nil {
			if errors.Is(err, errLeft) {
				_ = conn.Close(websocket.StatusNormalClosure, "")
			}
			return progress, err
		}
	}
}

// cut explains why a connection ended.
func (f *follower) cut(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return fmt.Errorf("xrpc: %s: %w", f.method.NSID, err)
}

// receive waits for a frame, in memory of its own.
func (f *follower) receive(ctx context.Context, conn *websocket.Conn, l *lull) ([]byte, error) {
	l.seen.Store(true) // a wait counts from its beginning
	l.waiting.Store(true)
	defer l.waiting.Store(false)
	message, r, err := conn.Reader(context.Background()) //nolint:contextcheck // see closeAfter
	if err != nil {
		return nil, f.cut(ctx, err)
	}
	b, err := f.read(r)
	if errors.As(err, new(*badFrameError)) {
		return nil, err
	}
	if err != nil {
		return nil, f.cut(ctx, err)
	}
	l.seen.Store(true)
	if message != websocket.MessageBinary {
		return nil, &badFrameError{stream: f.method.NSID, frame: b, err: errors.New("a frame of text")}
	}
	return b, nil
}

// usualFrame is how many bytes of memory for frames are used again.
const usualFrame = 64 << 10

// read reads a frame into memory of just its size; a large one keeps what it was read
// into. io.EOF is the end of the whole message: see upgrading.
func (f *follower) read(r io.Reader) ([]byte, error) {
	if f.buffer == nil {
		f.buffer = make([]byte, 0, 4<<10)
	}
	b := f.buffer[:0]
	for {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		switch {
		case int64(len(b)) > f.opts.maxFrame:
			f.buffer = nil
			return nil, f.tooLarge(b[:f.opts.maxFrame], r)
		case err == io.EOF && cap(b) > usualFrame:
			f.buffer = nil
			return b, nil
		case err == io.EOF:
			f.buffer = b
			return bytes.Clone(b), nil
		case err != nil:
			return nil, err
		}
		if len(b) == cap(b) {
			b = slices.Grow(b, 1)
		}
	}
}

// A lull is a time in which nothing comes. Who is busy with a message reads no answer
// to a ping, so that only waiting counts.
type lull struct{ waiting, seen atomic.Bool }

// quiet reports whether the stream was waited for, and nothing came, since quiet was
// asked before.
func (l *lull) quiet() bool { return !l.seen.Swap(false) && l.waiting.Load() }

// frame yields one frame. progress is false for what the next connection would bring
// again.
func (f *follower) frame(b []byte, yield func(lex.Object, error) bool) (progress bool, err error) {
	if f.opts.onFrame != nil {
		f.opts.onFrame(len(b))
	}
	parsed, err := parseFrame(b)
	switch {
	case err != nil:
		return false, &badFrameError{stream: f.method.NSID, frame: b, err: fmt.Errorf("a malformed frame: %w", err)}
	case parsed.op == opError:
		return false, parsed.errorOf(f.method.NSID)
	case parsed.op != opMessage:
		f.ignore()
		return false, nil
	}
	m := f.message(parsed.t)
	if m == nil {
		f.ignore()
		return false, nil
	}
	payload := parsed.payload
	if r, ok := m.(lex.Record); ok {
		payload, err = typed(payload, r)
	}
	if err == nil {
		err = lex.DecodeCBORAlias(payload, m) // nobody else has the frame's memory
	}
	if err != nil {
		if !yield(nil, &FrameError{Stream: f.method.NSID, Type: parsed.t, Frame: b, Err: err}) {
			return false, errLeft
		}
		return false, nil
	}
	seq, numbered := lex.IntegerOf(m, "seq")
	if u, ok := m.(*lex.UnknownObject); ok {
		u.Type = typeOf(f.method.NSID, parsed.t)
		seq, numbered = u.Fields["seq"].(int64)
	}
	if f.resumes && numbered {
		repeated, err := f.sequence(seq)
		if err != nil {
			return false, &badFrameError{stream: f.method.NSID, typ: parsed.t, frame: b, err: err}
		}
		if repeated {
			return false, nil
		}
	}
	if !yield(m, nil) {
		return true, errLeft
	}
	return numbered || !f.resumes, nil
}

// ignore passes over a frame that means nothing here (ES-04).
func (f *follower) ignore() {
	if f.opts.onIgnored != nil {
		f.opts.onIgnored()
	}
}

// message returns a new message of the type that a frame names, nil if there is none.
func (f *follower) message(name string) lex.Object {
	if f.types == nil && name != "" {
		return &lex.UnknownObject{}
	}
	typ, ok := f.types[name]
	if !ok {
		return nil
	}
	m, _ := reflect.TypeAssert[lex.Object](reflect.New(typ))
	return m
}

// sequence notes the seq of a message, which must rise over a connection, from the
// cursor on (ES-08, ES-12). It reports whether the message came before: over an
// earlier connection, or because the service begins with the cursor itself (ES-10).
func (f *follower) sequence(seq int64) (repeated bool, err error) {
	switch {
	case seq < 1 || seq > MaxSeq:
		return false, fmt.Errorf("%w %d is none", ErrSeq, seq)
	case f.here.known && seq <= f.here.seq:
		return false, fmt.Errorf("%w %d after %d", ErrSeq, seq, f.here.seq)
	case !f.here.known && f.resumed && seq < f.asked.seq:
		return false, fmt.Errorf("%w %d from the cursor %d on", ErrSeq, seq, f.asked.seq)
	}
	f.here = mark{seq, true}
	if seq == f.asked.seq && f.asked.known || seq <= f.last.seq && f.last.known {
		return true, nil
	}
	f.last = f.here
	return false, nil
}

// target is where the stream is, with the cursor of the last message.
func (f *follower) target() (string, error) {
	cursor := f.last
	if f.opts.cursor != nil && f.connected {
		cursor.seq, cursor.known = f.opts.cursor()
	}
	if !cursor.known {
		return f.start, nil
	}
	f.asked, f.resumed = cursor, true
	u, err := url.Parse(f.start)
	if err != nil {
		return "", fmt.Errorf("xrpc: %w", err)
	}
	query := u.Query()
	query.Set("cursor", strconv.FormatInt(cursor.seq, 10))
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// dial connects, within the client's timeout.
func (f *follower) dial(ctx context.Context) (*websocket.Conn, error) {
	c := f.client
	target, err := f.target()
	if err != nil {
		return nil, err
	}
	dialing, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer newTimer(c.opts.world, c.opts.timeout, func() { cancel(errTimeout) }).stop()
	req, err := c.request(dialing, &Call{Method: f.method, Params: f.params, Header: f.headers()}, target, nil, nil)
	if err != nil {
		return nil, &finalError{err}
	}
	//nolint:bodyclose // the library closes it, and leaves its beginning in memory
	conn, res, err := websocket.Dial(dialing, target, &websocket.DialOptions{HTTPClient: upgradingClient(c.http), HTTPHeader: req.Header})
	if res != nil {
		if refused := c.answer(req, res); refused != nil {
			if conn != nil {
				_ = conn.CloseNow()
			}
			return nil, &finalError{refused}
		}
	}
	if err == nil {
		return conn, nil
	}
	if res == nil || res.StatusCode == http.StatusSwitchingProtocols {
		return nil, f.cut(dialing, err)
	}
	if res.StatusCode < http.StatusMultipleChoices {
		return nil, &finalError{fmt.Errorf("xrpc: %s: the service answers with status %d, and opens no stream", f.method.NSID, res.StatusCode)}
	}
	answer := c.answered(&Call{Method: f.method}, res)
	if c.refused(req, answer) != nil {
		again, err := c.opts.credentials.Refused(ctx, req, answer)
		switch {
		case err != nil:
			return nil, &finalError{err}
		case again:
			return nil, fmt.Errorf("xrpc: %s: the credentials were renewed: %w", f.method.NSID, errRenewed)
		}
	}
	return nil, answer
}

var errRenewed = errors.New("another attempt is to come")

// A finalError is one that no other connection would mend, such as of the credentials.
type finalError struct{ err error }

func (e *finalError) Error() string { return e.err.Error() }
func (e *finalError) Unwrap() error { return e.err }

func (f *follower) headers() http.Header {
	h := f.client.opts.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	maps.Copy(h, f.opts.header)
	return h
}

var errIdle = errors.New("the connection is dead: no answer to a ping")
