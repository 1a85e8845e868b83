package records

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/lexgen/lexgen/internal/ratelimit"
	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// Options say what a [Syncer] follows, and how. The fields without a default must be
// set.
type Options struct {
	// Upstream is the server or relay whose events are followed. Repositories are
	// fetched from it first, and its listing is what a backfill reads.
	Upstream *xrpc.Client
	// Host is the origin of Upstream if that is a server which speaks for its own
	// accounts alone, and "" for a relay; see [sync.Verifier].
	Host string
	// Clients returns the client that fetches repositories from an origin: that of
	// Upstream, which may redirect to a server that a stranger has chosen, and those that
	// DID documents name. [Guarded] is for production; an Upstream in a network of one's
	// own has to be among its Allow. Nil stands for Upstream, and no other server.
	Clients func(origin string) *xrpc.Client
	// Directory says whose an account is.
	Directory sync.Directory
	// Store keeps everything. It must not be used by another Syncer.
	Store Store
	// Accounts says which accounts are kept; [Everyone].
	Accounts Scope
	// Filter says which collections are kept; all. If it is another one than the last
	// time, all accounts are fetched anew: records that are wanted no longer are told to
	// be deleted.
	Filter Filter
	// Backfill lists the accounts of Upstream; [ListAccounts] where Accounts is Everyone.
	Backfill Backfill
	// Lenient are faults of events that are passed over; none (SN-58).
	Lenient sync.Leniency
	// Limits bound what is done at a time, and what waits.
	Limits Limits
	// Observer counts what happens; may be nil.
	Observer Observer
	// Broken is told of frames that cannot be read; may be nil.
	Broken func(*xrpc.FrameError)
	// Now is the clock, and Sleep waits until the time is over or ctx ends, whose error
	// it returns then.
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
}

// A Scope says which accounts are kept.
type Scope int

const (
	// Everyone is all accounts that the stream or the backfill names, and with a Filter
	// those of them that have had a record in one of its collections.
	Everyone Scope = iota
	// Chosen is those that [Syncer.Track] was called with.
	Chosen
)

// A Backfill says whether accounts are listed.
type Backfill int

const (
	// ListAccounts reads the listing of the upstream once: com.atproto.sync.listRepos, or
	// listReposByCollection for each collection of a Filter without a wildcard (SN-44),
	// if the upstream has it. It goes on where it was when the process ended.
	ListAccounts Backfill = iota
	// NoBackfill takes accounts as the stream names them.
	NoBackfill
)

// Limits bound a [Syncer]. Fields that are zero have their default.
type Limits struct {
	// Resyncs is how many repositories are fetched at a time; 8. As many accounts of did:web
	// are looked up at a time, and as many others whose host is not known, but for up to as
	// many more that are looked up anew. HostResyncs is how many repositories are fetched
	// from one host at a time; 2. Hosts take turns, however many accounts each has. Hosts of
	// which none was fetched yet have half of Resyncs at most, together with slow ones,
	// which have a quarter, and each is asked for one at a time. A host is slow for 20 times
	// as long as it took for a repository, if that was more than a minute. Those that have
	// sent nothing in the time that they had share an eighth. Each part is one at least.
	Resyncs     int
	HostResyncs int
	// HostEvery is the time between two fetches from one host, when HostBurst, 10, of
	// them were done at once; 100 ms. AccountEvery and AccountBurst, 5, are the same for
	// one account; 10 min. Who is over its limit waits (SN-42).
	HostEvery    time.Duration
	HostBurst    int
	AccountEvery time.Duration
	AccountBurst int
	// Pause is how long an account whose repository could not be fetched waits, and
	// a host that has not answered. It doubles each time up to MaxPause; 10 s and 1 h. A
	// new commit of an account whose host has not answered ends both, but for Pause, or
	// 20 times what the attempt took: the host may be there again.
	Pause    time.Duration
	MaxPause time.Duration
	// Repo is the length of a repository in bytes; 1 GiB. Held is how many bytes are
	// held of one whose blocks come in disorder; 64 MiB.
	Repo int64
	Held int64
	// Time is how long a server may be waited for until it has sent a repository; 10 min.
	// MinRate is how many bytes a second it must send, after a minute; 16 KiB. So a fetch
	// holds its place for a minute and a second for each MinRate of bytes at most, and one
	// from an upstream that is not the account's server, twice. A host of which nothing was
	// fetched yet has 2.5 s in place of the minute, and twice as long after each attempt in
	// which nothing came. A server that is slower is paused, as one that does not answer is.
	// What the store takes does not count.
	Time    time.Duration
	MinRate int
	// Queued and QueuedBytes bound what waits for one account while its repository is
	// fetched; 1,000 events and 4 MiB. With more it is fetched again, later.
	Queued      int
	QueuedBytes int64
	// Waiting is how many events may wait to be delivered; 100,000. With more no events
	// are taken from the stream, and no fetch begins. One that has begun ends, so that
	// there may be as many more as it has records.
	//
	// AccountWaiting is how many of them may be of one account; 10,000. One with more is
	// desynchronized, and not fetched before there are fewer. What a fetch has found
	// besides does not count: one account, whose events are not taken, or that is very
	// large, does not stop the stream. So Waiting/AccountWaiting repositories at most,
	// and those that are being fetched, wait as a whole beside what counts.
	//
	// With Waiting reached, the account with most events of those that the application has
	// given back, and given back again while it took others, is set aside: its events are
	// dropped but for one that says how it is, and it is fetched when that was taken, for
	// [ReasonRefused]. If nothing at all is taken for five minutes, one account is set aside
	// that was given back, or was not answered, and another one each five minutes.
	Waiting, AccountWaiting int
	// Workers and Pending are those of the [sync.Consumer]; 8 and 1,000.
	Workers, Pending int
	// PageEvery is the time between two pages of a listing; 200 ms.
	PageEvery time.Duration
	// FirstEvent is how long the first run waits for an event before it fetches anything;
	// 5 s. From then on it is known where the stream goes on after what was fetched.
	FirstEvent time.Duration
}

func orElse[T int | int64 | time.Duration](v *T, value T) {
	if *v <= 0 {
		*v = value
	}
}

func (l Limits) withDefaults() Limits {
	orElse(&l.Resyncs, 8)
	orElse(&l.HostResyncs, 2)
	orElse(&l.HostEvery, 100*time.Millisecond)
	orElse(&l.HostBurst, 10)
	orElse(&l.AccountEvery, 10*time.Minute)
	orElse(&l.AccountBurst, 5)
	orElse(&l.Pause, 10*time.Second)
	orElse(&l.MaxPause, time.Hour)
	orElse(&l.Repo, 1<<30)
	orElse(&l.Held, 64<<20)
	orElse(&l.Time, 10*time.Minute)
	orElse(&l.MinRate, 16<<10)
	orElse(&l.Queued, 1000)
	orElse(&l.QueuedBytes, 4<<20)
	orElse(&l.Waiting, 100_000)
	orElse(&l.AccountWaiting, 10_000)
	orElse(&l.PageEvery, 200*time.Millisecond)
	orElse(&l.FirstEvent, 5*time.Second)
	return l
}

func (l Limits) hostRate() ratelimit.Rate {
	return ratelimit.Rate{Burst: l.HostBurst, Every: l.HostEvery}
}

func (l Limits) accountRate() ratelimit.Rate {
	return ratelimit.Rate{Burst: l.AccountBurst, Every: l.AccountEvery}
}

// pause is how long to wait after a number of failures in a row.
func (l Limits) pause(failures int) time.Duration {
	d := l.Pause
	for range failures - 1 {
		if d *= 2; d >= l.MaxPause {
			return l.MaxPause
		}
	}
	return min(d, l.MaxPause)
}

func (o *Options) check() error {
	switch {
	case o.Upstream == nil:
		return errors.New("records: Options.Upstream is missing: the client of the server or relay to follow")
	case o.Directory == nil:
		return errors.New("records: Options.Directory is missing: identity.NewDirectory makes one")
	case o.Store == nil:
		return errors.New("records: Options.Store is missing: a MemoryStore, or a database")
	case o.Now == nil || o.Sleep == nil:
		return errors.New("records: Options.Now and Options.Sleep must be set")
	}
	if o.Observer == nil {
		o.Observer = nobody{}
	}
	o.Limits = o.Limits.withDefaults()
	return nil
}

// Guarded returns [Options.Clients] for production: clients that connect to public
// addresses only, and follow a few redirects to such. opts are the properties of the
// HTTP client that they share; a Timeout of 0 stands for an hour, so that a large
// repository can be read by a store that takes its time: a fetch has limits of its own.
func Guarded(opts guard.Options) func(origin string) *xrpc.Client {
	orElse(&opts.Timeout, time.Hour)
	orElse(&opts.Redirects, 3)
	return clientsOf(guard.NewClient(opts))
}

func clientsOf(shared *http.Client) func(origin string) *xrpc.Client {
	return func(origin string) *xrpc.Client {
		return xrpc.NewClient(origin, xrpc.WithHTTPClient(shared), xrpc.WithAttempts(1))
	}
}
