package fanout

import (
	"log/slog"
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
)

// Options are those of a [Server]. Fields that are zero have their default.
type Options struct {
	// Log has the events. It is needed.
	Log *sync.Log

	// Subscribers bounds those of all addresses, and PerAddress those of one: 10,000
	// and 100. Others are answered with 503 and 429.
	Subscribers, PerAddress int
	// Memory bounds the frames that are shared, in bytes: 64 MiB. What is new is added all
	// the same, and more of it is held until those who hold much for long have been ended,
	// which takes about a second.
	Memory int
	// WriteTimeout is how long a subscriber may take nothing of what it is sent; 30 s.
	WriteTimeout time.Duration
	// MinRate is how many bytes a second a subscriber must take of what it is sent with
	// one call, which is 128 KiB or one frame at most; 1,024.
	MinRate int
	// Ping is the time without a word from a subscriber after which it is asked for a
	// sign of life, and after which it is left if there is none (ES-15); 30 s.
	Ping time.Duration
	// AddressHeader is where a proxy says where a request comes from, for PerAddress and
	// [Server.Subscribers]; "" where there is no proxy.
	AddressHeader string
	// Now is the clock; time.Now. Deadlines of connections are set with it.
	Now func() time.Time
	// After tells when a time is over; time.After.
	After func(time.Duration) <-chan time.Time
	// Logger gets who was dropped and why; it discards.
	Logger *slog.Logger
	// Ended is called when a subscriber has gone, with the reason, which is one of those
	// of [Stats]; by many goroutines.
	Ended func(s Subscriber, reason string)
}

func (o Options) withDefaults() Options {
	number := func(n *int, value int) {
		if *n <= 0 {
			*n = value
		}
	}
	number(&o.Subscribers, 10_000)
	number(&o.PerAddress, 100)
	number(&o.Memory, 64<<20)
	number(&o.MinRate, 1024)
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = 30 * time.Second
	}
	if o.Ping <= 0 {
		o.Ping = 30 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.After == nil {
		o.After = time.After
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Ended == nil {
		o.Ended = func(Subscriber, string) {}
	}
	return o
}
