package records

import (
	"context"
	stdsync "sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/lexgen/lexgen/internal/ratelimit"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A schedule says which account is fetched next. Hosts take turns, so that one with few
// accounts that wait is not behind one with many, and each has a limit (SN-42).
type schedule struct {
	syncer   *Syncer
	hostRate *ratelimit.Limiter[string]
	accounts *ratelimit.Limiter[syntax.DID]
	bell     bell // rings when an account is to be fetched, or a host has room

	looking chan struct{} // has a place for the one who looks for an account
	last    string        // the host whose turn was last; for the one who looks

	mu      stdsync.Mutex // guards below
	busy    map[string]int
	failing *simplelru.LRU[string, failing]
}

// failing is a host that does not answer.
type failing struct {
	times int
	until time.Time
	early time.Time // when it may be asked if it is heard
}

// maxFailing is how many hosts that do not answer are remembered.
const maxFailing = 100_000

func newSchedule(s *Syncer) *schedule {
	hosts, _ := simplelru.NewLRU[string, failing](maxFailing, nil) // fails for sizes that are not positive
	return &schedule{
		syncer: s, looking: make(chan struct{}, 1), busy: map[string]int{}, failing: hosts,
		hostRate: ratelimit.New[string](s.Limits.hostRate(), s.Now), accounts: ratelimit.New[syntax.DID](s.Limits.accountRate(), s.Now),
	}
}

// A job is a resync that has begun: the account as it was then, and the host whose turn
// it is.
type job struct {
	repo Repo
	host string
}

// next waits until there is an account to fetch, and begins its resync. One at a time
// looks for it, and waits while there is none, and the others wait for their turn.
func (c *schedule) next(ctx context.Context) (*job, error) {
	select {
	case c.looking <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-c.looking }()
	for {
		if err := c.syncer.room(ctx); err != nil {
			return nil, err
		}
		t := c.bell.ticket(ctx)
		j, pause, err := c.look(ctx)
		if j == nil && err == nil {
			err = t.wait(c.syncer.Sleep, pause)
		}
		t.drop()
		if j != nil || err != nil {
			return j, err
		}
	}
}

// look begins a resync. If there is nothing to do it says how long that stays so, -1 if
// nothing is known of. Hosts are asked for their accounts only if one is due.
func (c *schedule) look(ctx context.Context) (*job, time.Duration, error) {
	at, err := c.syncer.Store.NextDue(ctx)
	if err != nil || at.IsZero() {
		return nil, -1, err
	}
	if d := at.Sub(c.syncer.Now()); d > 0 {
		return nil, d, nil
	}
	return c.tour(ctx)
}

// tour begins the resync of an account of the first host that has room, each host once.
// If there is none, it says how long to wait: for a host, or a second for another account
// that is due.
func (c *schedule) tour(ctx context.Context) (*job, time.Duration, error) {
	pause := time.Second
	first, wrapped := "", false
	for turn := 0; ; turn++ {
		host, ok, err := c.syncer.Store.NextHost(ctx, c.last)
		if err != nil || !ok {
			return nil, -1, err
		}
		again := turn > 0 && host <= c.last // from the beginning
		if turn == 0 {
			first = host
		}
		if wrapped && again || (wrapped || again) && host >= first { // the first one may be gone
			return nil, pause, nil
		}
		wrapped, c.last = wrapped || again, host
		j, wait, err := c.begin(ctx, host)
		if j != nil || err != nil {
			return j, 0, err
		}
		pause = earlier(pause, wait)
	}
}

// earlier returns the shorter one of two times, of which negative ones are none.
func earlier(a, b time.Duration) time.Duration {
	if a < 0 || b >= 0 && b < a {
		return b
	}
	return a
}

// blocked is how long it takes until a host may be asked, 0 if it may be now, -1 until the
// bell rings. It needs mu.
func (c *schedule) blocked(host string) (wait time.Duration) {
	if f, ok := c.failing.Peek(host); ok {
		if d := f.until.Sub(c.syncer.Now()); d > 0 {
			return d
		}
	}
	if c.busy[host] >= c.syncer.Limits.HostResyncs {
		return -1
	}
	return 0
}

// enter takes a place of a host, and returns 0, or else how long it takes until one may
// be free, as blocked does.
func (c *schedule) enter(host string) (wait time.Duration) {
	if host == "" {
		return 0 // nobody is asked but the directory
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if wait := c.blocked(host); wait != 0 {
		return wait
	}
	if wait := c.hostRate.Take(host); wait > 0 {
		return wait
	}
	c.busy[host]++
	return 0
}

// leave gives a place back.
func (c *schedule) leave(host string) {
	if host == "" {
		return
	}
	c.mu.Lock()
	if c.busy[host]--; c.busy[host] == 0 {
		delete(c.busy, host)
	}
	c.mu.Unlock()
}

// answered notes whether a host has, and how long that took.
func (c *schedule) answered(host string, ok bool, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ok {
		c.failing.Remove(host)
		return
	}
	f, _ := c.failing.Get(host)
	now := c.syncer.Now()
	if f.until.After(now) {
		return // two who asked at once are one failure
	}
	f.times++
	f.until = now.Add(c.syncer.Limits.pause(f.times))
	f.early = now.Add(max(c.syncer.Limits.Pause, heardShare*took))
	c.failing.Add(host, f)
}

// heardShare is in how many parts of the time a host that is heard, and does not answer,
// may hold a place for one.
const heardShare = 20

// heard notes that something was written at a host, so that it may answer again.
func (c *schedule) heard(host string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f, ok := c.failing.Peek(host); ok && f.early.Before(f.until) {
		f.until = f.early
		c.failing.Add(host, f)
	}
}

// begin begins the resync of the account of a host that has waited the longest. If none
// is due, or the host has no room, there is none, and wait says as much as enter.
func (c *schedule) begin(ctx context.Context, host string) (j *job, wait time.Duration, err error) {
	s := c.syncer
	c.mu.Lock()
	wait = c.blocked(host)
	c.mu.Unlock()
	if wait != 0 {
		return nil, wait, nil // without asking for its accounts
	}
	entered := false
	defer func() {
		if entered && j == nil {
			c.leave(host)
		}
	}()
	for {
		did, err := s.Store.Due(ctx, host, s.Now())
		if err != nil || did == "" {
			return nil, -1, err
		}
		if !entered {
			if wait := c.enter(host); wait != 0 {
				return nil, wait, nil
			}
			entered = true
		}
		if j, err = c.claim(ctx, did, host); j != nil || err != nil {
			return j, 0, err
		}
	}
}

// claim makes an account one that is in progress, unless it was fetched too often of
// late, or too many of its events wait to be delivered.
func (c *schedule) claim(ctx context.Context, did syntax.DID, host string) (j *job, err error) {
	s := c.syncer
	wait, why := s.Limits.Pause, s.outbox.crowded(did)
	if why == "" {
		wait, why = c.accounts.Take(did), ReasonThrottled
	}
	err = s.change(ctx, did, func(r *Repo) (*Change, error) {
		j = nil
		if r == nil || r.State != Desynchronized || r.Next.IsZero() {
			return nil, nil //nolint:nilnil // nothing changes
		}
		if wait > 0 {
			r.Next, r.Reason = s.Now().Add(wait+time.Millisecond), why // not before that, as stores round times
			return &Change{Repo: *r}, nil
		}
		r.State, r.Next, r.Epoch = InProgress, zero, s.epochs.Add(1)
		j = &job{*r, host}
		return &Change{Repo: *r}, nil
	})
	return j, err
}
