package fanout

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	stdsync "sync"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// Why subscribers are gone, besides the names of errors that they are told of.
const (
	ReasonClient   = "client"   // it went away, or its connection broke
	ReasonSilent   = "silent"   // it gave no sign of life (ES-15)
	ReasonProtocol = "protocol" // it sent what is no frame of a WebSocket, or one that is too large
	ReasonShutdown = "shutdown"
)

// A Server sends the events of a log to its subscribers. It is an http.Handler, and may be
// used by any number of goroutines.
type Server struct {
	opts  Options
	feed  *feed
	front *xrpc.Server // for ServeHTTP

	mu          stdsync.Mutex
	subscribers map[*subscriber]struct{}
	addresses   map[string]int // how many each has
	closed      bool
	idle        chan struct{} // closed when the last one has gone after Close
	total       int64         // that there were
	ended       map[string]int64
	frames      int64 // sent to those who are gone
	bytes       int64
}

// New returns a server for the events of a log.
func New(o Options) *Server {
	o = o.withDefaults()
	s := &Server{
		opts: o, feed: newFeed(o.Log, o.Memory, o.Now), front: xrpc.NewServer(xrpc.WithLogger(o.Logger)),
		subscribers: map[*subscriber]struct{}{}, addresses: map[string]int{}, idle: make(chan struct{}), ended: map[string]int64{},
	}
	s.Handle(s.front)
	return s
}

// Handle serves com.atproto.sync.subscribeRepos of a server of XRPC, whose limits of
// requests apply.
func (s *Server) Handle(server *xrpc.Server) {
	comatproto.SyncSubscribeRepos.HandleUpgrade(server, s.admit)
}

// ServeHTTP serves com.atproto.sync.subscribeRepos, and answers what else there is as a
// server of XRPC does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.front.ServeHTTP(w, r) }

// admit gives a subscriber a place, or says why there is none.
func (s *Server) admit(_ context.Context, r *comatproto.SyncSubscribeReposRequest) (xrpc.Takeover, error) {
	sub := newSubscriber(s, r)
	if err := s.enter(sub); err != nil {
		sub.cancel(nil)
		return nil, err
	}
	return sub.serve, nil
}

func (s *Server) enter(sub *subscriber) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return xrpc.NewError(xrpc.ErrNotEnoughResources, "The server is about to close")
	case len(s.subscribers) >= s.opts.Subscribers:
		return xrpc.NewError(xrpc.ErrNotEnoughResources, "Too many subscribers")
	case s.addresses[sub.address] >= s.opts.PerAddress:
		return xrpc.NewError(xrpc.ErrRateLimitExceeded, "There are %d subscribers from your address: close one of them", s.opts.PerAddress)
	}
	s.subscribers[sub] = struct{}{}
	s.addresses[sub.address]++
	s.total++
	return nil
}

// leave ends what admit began.
func (s *Server) leave(sub *subscriber, reason string) {
	last := sub.snapshot(s.opts.Log.Window().Latest)
	s.opts.Ended(last, reason)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended[reason]++
	s.frames, s.bytes = s.frames+last.Frames, s.bytes+last.Bytes
	if s.addresses[sub.address]--; s.addresses[sub.address] == 0 {
		delete(s.addresses, sub.address)
	}
	delete(s.subscribers, sub)
	if s.closed && len(s.subscribers) == 0 {
		close(s.idle)
	}
}

var errShutdown = errors.New("the server closes")

// Close ends all subscriptions between two frames, with the code 1001, and waits for
// that until ctx ends. Then it cuts the connections, waits for what is left, and returns
// the error of ctx. Further subscribers are refused.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		if len(s.subscribers) == 0 {
			close(s.idle)
		}
	}
	for sub := range s.subscribers {
		sub.cancel(errShutdown)
	}
	s.mu.Unlock()
	select {
	case <-s.idle:
		return nil
	case <-ctx.Done():
	}
	for _, sub := range s.all() {
		sub.cut()
	}
	<-s.idle
	return ctx.Err()
}

func (s *Server) all() []*subscriber {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.subscribers))
}
