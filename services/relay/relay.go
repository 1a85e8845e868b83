package relay

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	stdsync "sync"
	"sync/atomic"
	"time"

	"github.com/lexgen/lexgen/internal/ratelimit"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/fanout"
	"github.com/lexgen/lexgen/services/relay/store"
)

// A Relay follows hosts and serves what is valid of their events. It is an
// http.Handler, and safe for concurrent use.
type Relay struct {
	opts     Options
	accounts *accounts
	metrics  *metrics
	crawl    *crawl
	operator *operator
	server   *xrpc.Server
	fanout   *fanout.Server
	handler  http.Handler

	ofHosts, ofAccounts *refusals // by their names

	locks accountLocks

	syncs  *ratelimit.Limiter[syntax.DID] // of commits that do not follow
	checks *ratelimit.Limiter[syntax.DID] // of whether an account is active again
	hints  *hints

	following atomic.Int64 // connections to hosts that are there, or are being made

	adding stdsync.Mutex // held while a new host is looked for and stored, and until hosts has it

	mu    stdsync.Mutex
	hosts map[string]*host // by name, those too that are banned and were never followed
	group *group           // nil while Run does not run

	unstored map[string]error // why the last change of a host could not be stored, by its name
}

// New returns a relay with the hosts of its store.
func New(ctx context.Context, opts Options) (*Relay, error) {
	opts = opts.withDefaults()
	r := &Relay{
		opts: opts, accounts: newAccounts(opts), hosts: map[string]*host{}, unstored: map[string]error{}, crawl: newCrawl(opts), operator: newOperator(opts),
		ofHosts: newRefusals(keptOfHost), ofAccounts: newRefusals(keptOfAccount),
		syncs:  ratelimit.New[syntax.DID](perHour(opts.Limits.SyncsPerHour), opts.Now),
		fanout: fanout.New(opts.Fanout), //nolint:contextcheck // each request has its own
		checks: ratelimit.New[syntax.DID](ratelimit.Rate{Burst: 3, Every: time.Minute}, opts.Now),
		hints:  newHints(opts.Now),
	}
	r.metrics = newMetrics(r)
	for after := ""; ; {
		page, err := opts.Store.Hosts(ctx, after, pageLength)
		if err != nil {
			return nil, fmt.Errorf("relay: read the hosts: %w", err)
		}
		for i := range page {
			r.hosts[page[i].Name] = newHost(r, page[i])
			r.accounts.counts[page[i].Name] = page[i].Accounts
			after = page[i].Name
		}
		if len(page) < pageLength {
			break
		}
	}
	r.handler = r.routes() //nolint:contextcheck // as above
	return r, nil
}

// pageLength is how many rows are read from the store at a time.
const pageLength = 1000

func perHour(n int) ratelimit.Rate {
	return ratelimit.Rate{Burst: n, Every: time.Hour / time.Duration(n)}
}

func perDay(n int) ratelimit.Rate {
	return ratelimit.Rate{Burst: n, Every: 24 * time.Hour / time.Duration(n)}
}

// ServeHTTP answers a request.
func (r *Relay) ServeHTTP(w http.ResponseWriter, req *http.Request) { r.handler.ServeHTTP(w, req) }

// Version is that of the options.
func (r *Relay) Version() string { return r.opts.Version }

// Subscribers are those who follow the stream now.
func (r *Relay) Subscribers() []fanout.Subscriber { return r.fanout.Subscribers() }

// Close ends the streams of those who follow, between two frames, and waits for that
// until ctx ends.
func (r *Relay) Close(ctx context.Context) error {
	return errors.Join(r.fanout.Close(ctx), r.server.Close(ctx))
}

// Run follows all hosts until ctx ends, and then ends what it has begun and stores the
// accounts and cursors. There is one call of it at a time.
//
// When another relay, which was started later, appends to the same log, Run ends with
// [sync.ErrFenced], and stores nothing more: what it knows is old by then.
func (r *Relay) Run(ctx context.Context) error {
	stored, stop := context.WithCancel(context.WithoutCancel(ctx)) // they are stored until no host is followed
	defer stop()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	g := &group{ctx: ctx, end: end}
	var storing stdsync.WaitGroup
	storing.Go(func() { r.accounts.run(stored) })
	g.add(r.retain)
	g.add(r.storeHosts)
	r.mu.Lock()
	r.group = g
	for _, h := range r.hosts {
		g.add(h.run)
	}
	r.mu.Unlock()
	<-ctx.Done()
	fenced := errors.Is(context.Cause(ctx), sync.ErrFenced)
	if fenced {
		stop()
	}
	r.mu.Lock()
	r.group = nil // nobody adds to it any more
	r.mu.Unlock()
	g.wait.Wait()
	stop()
	storing.Wait()
	if fenced {
		return fmt.Errorf("relay: another one was started on the same database, and goes on in place of this one: %w", context.Cause(ctx))
	}
	return r.accounts.flush(context.WithoutCancel(ctx))
}

// A group has all that runs until a context ends.
type group struct {
	ctx  context.Context         //nolint:containedctx // it is that of Run, which waits for the group
	end  context.CancelCauseFunc // ends it
	wait stdsync.WaitGroup
}

func (g *group) add(do func(context.Context)) { g.wait.Go(func() { do(g.ctx) }) }

// fenced ends Run where nothing can be appended any more.
func (r *Relay) fenced() {
	err := r.opts.Log.Err()
	if !errors.Is(err, sync.ErrFenced) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.group != nil {
		r.group.end(err)
	}
}

// replaced is an error if another relay goes on in place of this one, for whoever asks for what is to
// be stored: what this one knows is old.
func (r *Relay) replaced() error {
	if err := r.opts.Log.Err(); errors.Is(err, sync.ErrFenced) {
		return fmt.Errorf("relay: another one goes on in place of this one: %w", err)
	}
	return nil
}

// share is how many bytes the events of one host may have that are processed or wait.
// It is the same for each: one that fills its share leaves the others theirs.
func (r *Relay) share() int { return r.opts.AllPendingBytes / max(1, int(r.following.Load())) }

// host returns a host that is known, or nil.
func (r *Relay) host(name string) *host {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.hosts[name]
}

// addHost stores a new host and follows it; one that is known by now stays as it is.
func (r *Relay) addHost(ctx context.Context, info store.Host) error {
	r.adding.Lock()
	defer r.adding.Unlock()
	if r.host(info.Name) != nil {
		return nil
	}
	if !info.ByAdmin { // others were added while this one was asked
		if err := r.roomForHosts(ctx); err != nil {
			return err
		}
	}
	if err := r.opts.Store.PutHost(ctx, info); err != nil {
		return fmt.Errorf("relay: add the host %s: %w", info.Name, err)
	}
	r.know(info)
	return nil
}

// know adds a host to those that are known, and follows it if it is to be. The caller holds adding.
func (r *Relay) know(info store.Host) *host {
	r.mu.Lock()
	defer r.mu.Unlock()
	h := newHost(r, info)
	r.hosts[info.Name] = h
	if r.group != nil {
		r.group.add(h.run)
	}
	return h
}

// retentionInterval is how often it is looked for events that need not be kept.
const retentionInterval = time.Minute

// retain drops events that are old enough, once in a while, until ctx ends.
func (r *Relay) retain(ctx context.Context) {
	for {
		if _, err := r.opts.Log.Retain(ctx, r.opts.Retention); err != nil && ctx.Err() == nil {
			r.opts.Logger.ErrorContext(ctx, "old events cannot be dropped", "error", err)
		}
		if r.opts.Sleep(ctx, retentionInterval) != nil {
			return
		}
	}
}

// storeHostsInterval is how often it is tried to store changes of hosts that could not be stored.
const storeHostsInterval = 10 * time.Second

// storeHosts stores the hosts whose last change could not be, once in a while, until ctx ends.
func (r *Relay) storeHosts(ctx context.Context) {
	for r.opts.Sleep(ctx, storeHostsInterval) == nil {
		r.mu.Lock()
		names := slices.Sorted(maps.Keys(r.unstored))
		r.mu.Unlock()
		for _, name := range names {
			if err := r.host(name).store(ctx); err != nil && ctx.Err() == nil {
				r.opts.Logger.ErrorContext(ctx, "a host cannot be stored", "host", name, "error", err)
			}
		}
	}
}

// hostsError is why changes of hosts are not stored, nil if all are.
func (r *Relay) hostsError() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, err := range r.unstored {
		return fmt.Errorf("relay: changes of %d hosts are not stored, such as %s: %w", len(r.unstored), name, err)
	}
	return nil
}

// errNoHost says that there is no such host.
var errNoHost = errors.New("relay: no such host")
