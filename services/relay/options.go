package relay

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/services/fanout"
	"github.com/lexgen/lexgen/services/relay/store"
)

// Options of a [Relay]. Store, Log, Directory, Client, Now, Sleep and Float must be
// set. A zero field of the others stands for what its comment names.
type Options struct {
	// Store keeps hosts and accounts.
	Store store.Store
	// Log is the stream that is served. The relay is the only one who appends.
	Log *sync.Log
	// Directory says where an account is. The relay purges what events say has changed.
	Directory sync.Directory
	// Client asks hosts, which strangers chose: one of package guard.
	Client *http.Client
	// Now tells the time.
	Now func() time.Time
	// Sleep waits until the time is over or ctx ends, whose error it returns then.
	Sleep func(ctx context.Context, d time.Duration) error
	// Float is from 0 to less than 1, by chance. It is safe for concurrent use.
	Float func() float64
	// Logger is told of faults; may be nil.
	Logger *slog.Logger
	// Version is what /_health answers.
	Version string
	// AdminToken opens the endpoints of the operator; without one there are none.
	AdminToken string
	// AddressHeader is where a proxy says where a request comes from, for what each address
	// may do; "" where there is no proxy.
	AddressHeader string
	// Fanout bounds those who follow the stream. Its Log, Logger and AddressHeader are those
	// of the relay, and its Now is the clock of connections.
	Fanout fanout.Options
	// AllowHTTP has hosts on the loopback network, and those whose name was given as
	// http://NAME, reached by http.
	AllowHTTP bool
	// AllowPrivate has everybody ask for hosts with ports, addresses and names that are
	// not public, for networks of one's own. The Client decides whether they can be
	// reached.
	AllowPrivate bool
	// Limits bound what strangers can make the relay do.
	Limits Limits
	// Retention is what the log keeps; 72 h (ES-11) if it bounds nothing.
	Retention sync.Retention
	// IdleAfter is after how long without an event a host counts as idle; 24 h.
	IdleAfter time.Duration
	// Workers is how many events of one host are processed at a time, and Pending how
	// many may wait besides; 64 each. Most of them wait for the log, which stores what
	// comes from all hosts together.
	Workers, Pending int
	// PendingBytes is how many bytes the events of one host may have that are processed or
	// wait; 16 MiB. An event may have 5 MB. AllPendingBytes is how many those of all hosts
	// may have, each of which has the same share; 512 MiB. Of each host there may always
	// be one event.
	PendingBytes, AllPendingBytes int
}

// Limits bound what hosts and those who name them can make a relay do. A zero field
// stands for what its comment names. Hosts that are trusted have none of them.
type Limits struct {
	// HostsPerDay is how many new hosts are taken within 24 h; 50 (SN-51). Those of the
	// operator do not count.
	HostsPerDay int
	// HostsPerAddress is how many of them may be named from one address, at once and then
	// one more each such part of a day; 5.
	HostsPerAddress int
	// AccountsPerHost is how many accounts a new host may have; 100. It grows by the
	// operator alone.
	AccountsPerHost int64
	// EventsPerSecond, EventsPerHour and EventsPerDay are how many events a host may
	// send, for each 100 accounts that it may have; 50, 10,000 and 100,000. In an hour
	// and a day one counts as another one for each 20,000 bytes of its blocks. Those
	// beyond are read later.
	EventsPerSecond, EventsPerHour, EventsPerDay int
	// LookUpsPerMinute is how many accounts that are not known to be at a host are
	// looked up because of it, for each 100 accounts that it may have; 300 (SN-42). Those
	// beyond wait.
	LookUpsPerMinute int
	// SyncsPerHour is how many commits of one account that do not follow are announced
	// as a #sync; 6 (SN-42).
	SyncsPerHour int
}

func (o Options) withDefaults() Options {
	setDefault(&o.Retention, sync.Retention{Age: sync.RelayWindow})
	setDefault(&o.IdleAfter, 24*time.Hour)
	setDefault(&o.Workers, 64)
	setDefault(&o.Pending, 64)
	setDefault(&o.PendingBytes, 16<<20)
	setDefault(&o.AllPendingBytes, 512<<20)
	setDefault(&o.Limits.HostsPerDay, 50)
	setDefault(&o.Limits.HostsPerAddress, 5)
	setDefault(&o.Limits.AccountsPerHost, 100)
	setDefault(&o.Limits.EventsPerSecond, 50)
	setDefault(&o.Limits.EventsPerHour, 10_000)
	setDefault(&o.Limits.EventsPerDay, 100_000)
	setDefault(&o.Limits.LookUpsPerMinute, 300)
	setDefault(&o.Limits.SyncsPerHour, 6)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Fanout.Log, o.Fanout.Logger, o.Fanout.AddressHeader = o.Log, o.Logger, o.AddressHeader
	return o
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
