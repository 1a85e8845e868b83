package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lexgen/lexgen/internal/ratelimit"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/relay/store"
)

// A quota bounds what one host may send, and have looked up.
type quota struct {
	perSecond *ratelimit.Limiter[struct{}]   // of events, whatever their size
	events    []*ratelimit.Limiter[struct{}] // for longer times
	lookUps   *ratelimit.Limiter[struct{}]
	perMinute int // look-ups
}

// accountsOfQuota is how many accounts a host may have for whom its limits are once what
// the options say.
const accountsOfQuota = 100

// newQuota returns that of a host, nil for one that is trusted.
func newQuota(opts Options, info *store.Host) *quota {
	if info.Trusted {
		return nil
	}
	times := max(1, int(min(info.AccountLimit, 1_000_000)/accountsOfQuota))
	limiter := func(n int, per time.Duration) *ratelimit.Limiter[struct{}] {
		return ratelimit.New[struct{}](ratelimit.Rate{Burst: n, Every: max(1, per/time.Duration(n))}, opts.Now)
	}
	l := opts.Limits
	return &quota{
		perSecond: limiter(times*l.EventsPerSecond, time.Second),
		events:    []*ratelimit.Limiter[struct{}]{limiter(times*l.EventsPerHour, time.Hour), limiter(times*l.EventsPerDay, 24*time.Hour)},
		lookUps:   limiter(times*l.LookUpsPerMinute, time.Minute), perMinute: times * l.LookUpsPerMinute,
	}
}

// event waits until the host may send one more event, which counts as some in the long run. It
// tells waits of how long that takes.
func (q *quota) event(ctx context.Context, opts Options, events int, waits func(time.Duration)) error {
	if q == nil {
		return nil
	}
	if err := take(ctx, opts, q.perSecond, 1, waits); err != nil {
		return err
	}
	for _, l := range q.events {
		if err := take(ctx, opts, l, events, waits); err != nil {
			return err
		}
	}
	return nil
}

// take uses a limit some times, and waits where it has to.
func take(ctx context.Context, opts Options, l *ratelimit.Limiter[struct{}], times int, waits func(time.Duration)) error {
	for n := 0; n < times; {
		wait := l.Take(struct{}{})
		if wait == 0 {
			n++
			continue
		}
		waits(wait)
		if err := opts.Sleep(ctx, wait); err != nil {
			return err
		}
	}
	return nil
}

// longestLookUp is how long a look-up waits for its turn.
const longestLookUp = 5 * time.Second

// lookUp waits until the host may have one more account looked up.
func (q *quota) lookUp(ctx context.Context, opts Options, did syntax.DID) error {
	if q == nil {
		return nil
	}
	for waited := time.Duration(0); ; {
		wait := q.lookUps.Take(struct{}{})
		if wait == 0 {
			return nil
		}
		if waited += wait; waited > longestLookUp {
			return &identity.Error{
				Name:   string(did),
				Reason: fmt.Sprintf("it is not looked up, as its host has had %d accounts looked up within a minute", q.perMinute),
				Err:    errors.Join(identity.ErrUnavailable, identity.ErrLimited),
			}
		}
		if err := opts.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// lookUps is the directory for the events of one host, which bounds how often it is
// asked for accounts that are not known to be there (SN-42).
type lookUps struct {
	sync.Directory

	host *host
}

// LookupDID returns an identity with its handle.
func (l lookUps) LookupDID(ctx context.Context, did syntax.DID) (*identity.Identity, error) {
	if err := l.bound(ctx, did, false); err != nil {
		return nil, err
	}
	return l.Directory.LookupDID(ctx, did)
}

// LookupUnnamed returns an identity without its handle.
func (l lookUps) LookupUnnamed(ctx context.Context, did syntax.DID, fresh bool) (*identity.Identity, error) {
	if err := l.bound(ctx, did, fresh); err != nil {
		return nil, err
	}
	return l.Directory.LookupUnnamed(ctx, did, fresh)
}

// bound waits until the account may be looked up.
func (l lookUps) bound(ctx context.Context, did syntax.DID, fresh bool) error {
	if !fresh {
		known, err := l.host.relay.accounts.get(ctx, did)
		if err != nil {
			return fmt.Errorf("relay: %s: %w: %w", did, sync.ErrAccounts, err)
		}
		if known != nil && known.Host == l.host.name {
			return nil
		}
	}
	return l.host.quotaNow().lookUp(ctx, l.host.relay.opts, did)
}

// Purge forgets nothing: who handles the event does, if it counts.
func (lookUps) Purge(syntax.AtIdentifier) {}
