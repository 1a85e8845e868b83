package fanout

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"
	stdsync "sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/services/internal/clientaddr"
)

// A subscriber is a place in the log with a connection. One goroutine sends, and one
// listens.
type subscriber struct {
	server   *Server
	asked    lex.Opt[int64] // the cursor of the request
	address  string
	agent    string
	since    time.Time
	ctx      context.Context //nolint:containedctx // a subscriber lives as long as its context
	cancel   context.CancelCauseFunc
	control  chan []byte   // has the last ping or pong that is to be sent
	listened chan struct{} // closed when nothing is read any more

	conn     net.Conn
	part     int           // what is written with one call, at most
	pulse    time.Duration // how long such a call takes, at most
	deadline time.Time     // of calls that write; of the goroutine that sends

	seq     atomic.Int64 // up to which everything was sent
	frames  atomic.Int64
	bytes   atomic.Int64
	taken   atomic.Int64 // when the client took something that it was waited for, in nanoseconds of Unix time
	closeBy atomic.Int64 // until when an answer to a close frame is waited for; 0 if none was sent

	mu     stdsync.Mutex // guards below
	opened bool          // conn is there
	isCut  bool
	mark   time.Time // when the rate was taken
	marked int64     // the frames at that time
	rate   float64
}

// maxAgent bounds what a client may call itself, in bytes.
const maxAgent = 200

func newSubscriber(s *Server, r *comatproto.SyncSubscribeReposRequest) *subscriber {
	agent := r.HTTP.UserAgent()
	now := s.opts.Now()
	sub := &subscriber{
		server: s, asked: r.Params.Cursor, address: clientaddr.Text(r.HTTP, s.opts.AddressHeader), since: now, mark: now,
		agent:   strings.ToValidUTF8(agent[:min(len(agent), maxAgent)], ""),
		control: make(chan []byte, 1), listened: make(chan struct{}),
	}
	sub.ctx, sub.cancel = context.WithCancelCause(r.HTTP.Context())
	return sub
}

// handshakeTimeout bounds the answer to a handshake.
const handshakeTimeout = 10 * time.Second

// serve takes a connection over and sends events until it ends.
func (s *subscriber) serve(w http.ResponseWriter, r *http.Request) {
	reason := ReasonClient
	defer func() {
		s.cancel(nil)
		s.server.leave(s, reason)
	}()
	// Whatever is appended from here on is sent, before the client can know of it.
	after, outdated, refused := s.server.opts.Log.Window().After(s.asked)
	s.seq.Store(after)
	conn, buffered, _, err := ws.HTTPUpgrader{Timeout: handshakeTimeout}.Upgrade(r, w)
	if err != nil {
		if conn != nil {
			_ = conn.Close()
		}
		return
	}
	s.open(conn)
	defer context.AfterFunc(s.ctx, s.expel)() //nolint:contextcheck // it is that of the request, and ends with the subscriber
	early, _ := buffered.Peek(buffered.Reader.Buffered())
	var wait stdsync.WaitGroup
	defer wait.Wait()
	defer s.cut()
	wait.Go(func() {
		defer close(s.listened)
		s.cancel(s.listen(early))
	})
	if err = refused; err == nil {
		err = s.send(after, outdated)
	}
	reason = s.end(err)
}

// sendBuffer is what the system keeps of what a client has not taken, in bytes. With a
// large one a slow client seems to take nothing for a long time, and then much at once.
const sendBuffer = 256 << 10

// open prepares a connection for calls that end after a while.
func (s *subscriber) open(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	const pulses = 30 // in the time that a subscriber may take nothing
	s.conn, s.opened, s.part, s.pulse = conn, true, 2*segmentSize, s.server.opts.WriteTimeout/pulses
	if c := tcpOf(conn); c != nil {
		_ = c.SetWriteBuffer(sendBuffer) // without it, who is slow is judged less well
	}
	if _, encrypted := conn.(*tls.Conn); encrypted { // it cannot go on after a call that timed out
		const record = 16 << 10
		s.part, s.pulse = record, s.server.opts.WriteTimeout
	}
	if s.isCut {
		_ = conn.Close()
	}
}

// cut ends the connection at once.
func (s *subscriber) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isCut = true
	if s.opened {
		_ = s.conn.Close()
	}
}

// expel ends the connection of who was told to end, as it holds too much memory for too long.
func (s *subscriber) expel() {
	if errors.Is(context.Cause(s.ctx), errSlow) {
		s.discard()
		s.cut()
	}
}

// discard makes the connection end without sending what the client has not taken.
func (s *subscriber) discard() {
	if c := tcpOf(s.conn); c != nil {
		_ = c.SetLinger(0)
	}
}

// tcpOf returns the connection of TCP below others, nil if there is none.
func tcpOf(conn net.Conn) *net.TCPConn {
	for {
		switch c := conn.(type) {
		case *net.TCPConn:
			return c
		case interface{ NetConn() net.Conn }:
			conn = c.NetConn()
		default:
			return nil
		}
	}
}

// rateTime is how long a rate is measured.
const rateTime = 10 * time.Second

// sent counts what the client has taken.
func (s *subscriber) sent(p *piece) {
	now := s.server.opts.Now()
	s.frames.Add(int64(p.count))
	s.bytes.Add(int64(len(p.frames)))
	s.seq.Store(p.upTo)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takeRate(now)
}

func (s *subscriber) takeRate(now time.Time) {
	if took := now.Sub(s.mark); took >= rateTime {
		frames := s.frames.Load()
		s.rate, s.mark, s.marked = float64(frames-s.marked)/took.Seconds(), now, frames
	}
}

// snapshot describes a subscriber, where the log is at a seq.
func (s *subscriber) snapshot(latest int64) Subscriber {
	seq, now := s.seq.Load(), s.server.opts.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takeRate(now)
	rate := s.rate
	if took := now.Sub(s.since); took < rateTime && took > 0 {
		rate = float64(s.frames.Load()) / took.Seconds()
	}
	return Subscriber{
		Address: s.address, Agent: s.agent, Since: s.since, Cursor: seq, Lag: max(latest-seq, 0),
		Frames: s.frames.Load(), Bytes: s.bytes.Load(), Rate: rate,
	}
}
