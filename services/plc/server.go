package plc

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/lexgen/lexgen/services/plc/ledger"
	"github.com/lexgen/lexgen/services/plc/store"
)

// Options of a [Server]. Store, Now and After must be set.
type Options struct {
	// Store keeps the operations.
	Store store.Store
	// Now tells the time.
	Now func() time.Time
	// After returns a channel that is sent the time after a while.
	After func(time.Duration) <-chan time.Time
	// Log is told of faults and of what was refused; may be nil.
	Log *slog.Logger
	// Version is what /_health answers.
	Version string
	// MirrorOf is the URL of the directory that this one follows. It takes no
	// operations then, and says where they belong; "" for one of its own.
	MirrorOf string
	// CatchUp is how old the first operation after the cursor of a stream may be;
	// 7 days if zero (ID-38).
	CatchUp time.Duration
	// Buffer is how many operations a stream that had caught up may fall behind:
	// if it does so twice on end it is closed; 1000 if zero.
	Buffer int
	// Streams is how many are open at a time; 10,000 if zero.
	Streams int
	// WriteTimeout is how long a stream waits for its client to take one message;
	// 30 s if zero.
	WriteTimeout time.Duration
	// PerHour is how many operations may be submitted within an hour from one
	// address of IPv4 or network of IPv6, refused ones included; 0 for any number,
	// as a proxy may bound that already.
	PerHour int
	// AddressHeader is the header in which a proxy says where a request comes from;
	// "" if there is no proxy.
	AddressHeader string
	// Poll is how often the store is asked for what another process has added;
	// 50 ms if zero.
	Poll time.Duration
}

// A Server is the HTTP handler of a directory. It is safe for concurrent use.
type Server struct {
	opts    Options
	log     *slog.Logger
	ledger  *ledger.Ledger
	limiter *limiter
	feed    *feed
	metrics *metrics
	handler http.Handler
}

// New returns a server.
func New(opts Options) *Server {
	setDefault(&opts.CatchUp, 7*24*time.Hour)
	setDefault(&opts.Buffer, 1000)
	setDefault(&opts.Streams, 10_000)
	setDefault(&opts.WriteTimeout, 30*time.Second)
	setDefault(&opts.Poll, 50*time.Millisecond)
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		opts: opts, log: opts.Log, ledger: &ledger.Ledger{Store: opts.Store, Now: opts.Now}, feed: newFeed(opts.Store, opts.Buffer, opts.Streams),
		limiter: newLimiter(opts.PerHour, opts.AddressHeader, opts.Now),
	}
	s.metrics = newMetrics(s)
	s.handler = s.routes()
	return s
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Run feeds the streams until ctx ends, and then closes them and waits for their
// end.
func (s *Server) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := s.feed.update(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "the store cannot be read", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-s.feed.wake:
		case <-s.opts.After(s.opts.Poll):
		}
	}
	s.feed.close()
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }
