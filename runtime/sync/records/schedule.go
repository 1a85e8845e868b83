package records

import (
	"cmp"
	"context"
	stdsync "sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/lexgen/lexgen/internal/ratelimit"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A schedule says which account is fetched next. Hosts take turns, so that one with few
// accounts that wait is not behind one with many, and each has a limit (SN-42).
type schedule struct {
	syncer   *Syncer
	hostRate *ratelimit.Limiter[string]
	accounts *ratelimit.Limiter[syntax.DID]
	bell     bell // rings when an account is to be fetched, or a host has room

	mu      stdsync.Mutex // guards below
	agenda  agenda
	walk    walk
	busy    map[string]int
	lanes   *highway
	lookUps *lookUps
	failing *simplelru.LRU[string, failing]
}

// A walk puts all hosts of the store on the agenda, one after another.
type walk struct {
	number int64  // how many have begun
	after  string // the host that was the last one
	over   bool
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
		syncer: s, busy: map[string]int{}, failing: hosts, lanes: newHighway(s.Limits.Resyncs), lookUps: newLookUps(s.Limits.Resyncs),
		hostRate: ratelimit.New[string](s.Limits.hostRate(), s.Now), accounts: ratelimit.New[syntax.DID](s.Limits.accountRate(), s.Now),
	}
}

// A job is a resync that has begun: the account as it was then, since when that was due, and
// its admission.
type job struct {
	admission

	repo   Repo
	due    time.Time
	server string // where the account is, as was looked up meanwhile; "" before
}

// An admission is what a resync holds: a place at the host whose turn it is, and whose the
// account is, if that was found before; or a place among look-ups, and later one at the host
// that was found. One that has neither is put off.
type admission struct {
	place   place
	id      *identity.Identity
	looksUp bool
	putOff  time.Duration
}

// A place is one of those that a host has, the zero value none.
type place struct {
	host string
	lane lane
}

// located notes where an account is, unless an event has said so since its resync began.
func (j *job) located(r *Repo) {
	if j.server != "" && r.Host == j.repo.Host {
		r.Host = j.server
	}
}

// next waits until there is an account to fetch, and begins its resync.
func (c *schedule) next(ctx context.Context) (*job, error) {
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

// look begins the resync of an account of the first host that has one and may be asked. If
// there is none, it says how long that stays so, -1 if nothing is known of.
func (c *schedule) look(ctx context.Context) (*job, time.Duration, error) {
	for {
		if j, err := c.queued(ctx); j != nil || err != nil {
			return j, 0, err
		}
		more, err := c.step(ctx)
		if err != nil {
			return nil, 0, err
		}
		host, wait := c.turn()
		switch {
		case wait == 0:
			if j, err := c.visit(ctx, host); j != nil || err != nil {
				return j, 0, err
			}
		case !more:
			return nil, wait, nil
		}
	}
}

// all has all hosts of the store looked at.
func (c *schedule) all() {
	c.mu.Lock()
	c.walk = walk{number: c.walk.number + 1}
	c.mu.Unlock()
	c.wake("", c.syncer.Now())
}

// step puts the next host of the store on the agenda, and reports whether there may be more.
func (c *schedule) step(ctx context.Context) (more bool, err error) {
	c.mu.Lock()
	was := c.walk
	c.mu.Unlock()
	if was.over {
		return false, nil
	}
	host, ok, err := c.syncer.Store.NextHost(ctx, was.after)
	if err != nil {
		return false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if ok {
		c.put(host, c.syncer.Now())
	}
	if c.walk.number == was.number {
		c.walk.after, c.walk.over = host, !ok || host <= was.after // from the beginning again
	}
	return true, nil
}

// put has a host looked at, at a time or earlier. It needs mu.
func (c *schedule) put(host string, at time.Time) {
	now := c.syncer.Now()
	if at.Before(now) {
		at = now // behind those that wait already
	}
	c.agenda.add(host, c.lanes.of(host, now).lane, at)
}

// wake has a host looked at, at a time or earlier, by who waits for work.
func (c *schedule) wake(host string, at time.Time) {
	c.mu.Lock()
	c.put(host, at)
	c.mu.Unlock()
	c.bell.ring()
}

// turn takes the host whose turn it is off the agenda. If there is none, it says how long to
// wait, -1 until the bell rings.
func (c *schedule) turn() (host string, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var next *visit
	for l := range lanes {
		if v := c.agenda.first(l); v != nil && c.lanes.room(l) && (next == nil || v.before(next)) {
			next = v
		}
	}
	if next == nil {
		return "", -1
	}
	if wait := next.at.Sub(c.syncer.Now()); wait > 0 {
		return "", wait
	}
	c.agenda.take(next)
	return next.host, 0
}

// visit begins the resync of an account of a host, if there is one and the host may be asked.
// If there may be one later, the host is on the agenda again.
func (c *schedule) visit(ctx context.Context, host string) (*job, error) {
	j, wait, err := c.begin(ctx, host)
	if err == nil && wait >= 0 {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.put(host, c.syncer.Now().Add(wait))
	}
	return j, err
}

// blocked is how long it takes until a host may be asked, 0 if it may be now, -1 until one of
// its places is given back. It needs mu.
func (c *schedule) blocked(host string) (wait time.Duration) {
	if f, ok := c.failing.Peek(host); ok {
		if d := f.until.Sub(c.syncer.Now()); d > 0 {
			return d
		}
	}
	most := c.syncer.Limits.HostResyncs
	if !c.lanes.of(host, c.syncer.Now()).proved() {
		most = 1
	}
	if c.busy[host] >= most {
		return -1
	}
	return 0
}

// enter takes a place of a host, or else says how long it takes until one may be free, as
// blocked does. It needs mu.
func (c *schedule) enter(host string) (p place, wait time.Duration) {
	if wait := c.blocked(host); wait != 0 {
		return place{}, wait
	}
	l := c.lanes.of(host, c.syncer.Now()).lane
	if !c.lanes.room(l) {
		return place{}, 1 // it has no turn before there is
	}
	if wait := c.hostRate.Take(host); wait > 0 {
		return place{}, wait
	}
	c.busy[host]++
	c.lanes.take(l, 1)
	return place{host, l}, 0
}

// found enters the host where an account is, as was looked up. If there is no place, that is
// kept.
func (c *schedule) found(id *identity.Identity) (p place, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p, wait = c.enter(id.PDS); wait != 0 {
		c.lookUps.found.Add(id.DID, finding{id, c.syncer.Now()})
	}
	return p, wait
}

// leave gives a place back.
func (c *schedule) leave(p place) {
	if p.host == "" {
		return
	}
	c.mu.Lock()
	if c.busy[p.host]--; c.busy[p.host] == 0 {
		delete(c.busy, p.host)
	}
	c.lanes.take(p.lane, -1)
	c.mu.Unlock()
	c.wake(p.host, c.syncer.Now())
}

// patience is how long a host may take until it must keep to the rate.
func (c *schedule) patience(host string) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lanes.of(host, c.syncer.Now()).patience()
}

// took notes how long a host was waited for in a resync, and whether a repository came.
func (c *schedule) took(host string, waited time.Duration, came bool) {
	if host == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lanes.noted(host, waited, came, c.syncer.Now())
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
		c.put(host, f.until)
	}
}

// begin begins the resync of the account of a host that has waited the longest. There is none
// if none is due, or the host may not be asked. wait is how long it takes until there may be
// one, as blocked says, -1 also if the host has none that is to be fetched.
func (c *schedule) begin(ctx context.Context, host string) (j *job, wait time.Duration, err error) {
	s := c.syncer
	c.mu.Lock()
	wait = c.blocked(host)
	c.mu.Unlock()
	if wait != 0 {
		return nil, wait, nil // without asking for its accounts
	}
	var p place
	defer func() {
		if j == nil || j.place.host == "" {
			c.leave(p)
		}
	}()
	for {
		did, next, err := s.Store.Due(ctx, host)
		if err != nil || did == "" {
			return nil, -1, err
		}
		if wait := next.Sub(s.Now()); wait > 0 {
			return nil, wait, nil
		}
		a, wait := c.admit(host, did, &p)
		if wait != 0 {
			return nil, wait, nil
		}
		if j, err = c.claim(ctx, did, a); j != nil || err != nil {
			return j, 0, err
		}
		if c.lookedUp(did, &a); a.putOff > 0 {
			return nil, 1, nil // other hosts have their turn before the next one
		}
	}
}

// admit admits an account of a host whose turn it is, or else says how long it takes until
// there may be room for one, as blocked does. p is the place that one before it has not used.
func (c *schedule) admit(host string, did syntax.DID, p *place) (a admission, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, m := c.lookUps, methodOf(did)
	id := l.of(did, host, c.syncer.Now())
	switch {
	case host != "" && (m == plc || id != nil):
		if p.host == "" {
			if *p, wait = c.enter(host); wait != 0 {
				return a, wait
			}
		}
		l.found.Remove(did)
		return admission{place: *p, id: id}, 0
	case m == web && (len(l.queue) > 0 || !l.room(m)):
		l.join(did)
		return admission{putOff: c.syncer.Limits.MaxPause}, 0 // those behind it may be others
	case !l.room(m):
		l.refused = true
		return a, -1
	}
	l.taken[m]++
	return admission{looksUp: true}, 0
}

// queued begins the resync of the first account that waits to be looked up, if there is room.
func (c *schedule) queued(ctx context.Context) (j *job, err error) {
	for j == nil && err == nil {
		c.mu.Lock()
		did := c.lookUps.next()
		c.mu.Unlock()
		if did == "" {
			return nil, nil //nolint:nilnil // there is none
		}
		a := admission{looksUp: true}
		if j, err = c.claim(ctx, did, a); j == nil {
			c.lookedUp(did, &a)
		}
	}
	return j, err
}

// lookUp reports whether a job that has no place at a host may be looked up anew.
func (c *schedule) lookUp(j *job) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, m := c.lookUps, methodOf(j.repo.DID)
	if l.taken[m] >= 2*l.most {
		return false
	}
	l.taken[m]++
	j.looksUp = true
	return true
}

// lookedUp gives the place among look-ups back.
func (c *schedule) lookedUp(did syntax.DID, a *admission) {
	if !a.looksUp {
		return
	}
	a.looksUp = false
	c.mu.Lock()
	l := c.lookUps
	l.taken[methodOf(did)]--
	waits := l.refused || len(l.queue) > 0
	if l.refused {
		c.put("", c.syncer.Now())
		l.refused = false
	}
	c.mu.Unlock()
	if waits {
		c.bell.ring()
	}
}

// claim makes an account one that is in progress, unless it was put off, or fetched too often
// of late, or too many of its events wait to be delivered.
func (c *schedule) claim(ctx context.Context, did syntax.DID, a admission) (j *job, err error) {
	s := c.syncer
	wait, why := c.held(did, a)
	err = s.change(ctx, did, func(r *Repo) (*Change, error) {
		j = nil
		if r == nil || r.State != Desynchronized || r.Next.IsZero() {
			return nil, nil //nolint:nilnil // nothing changes
		}
		if r.Reason == ReasonRefused && s.outbox.recall(ctx, did) {
			wait, why = s.Limits.Pause, ReasonRefused
		}
		if wait > 0 {
			r.Next = s.Now().Add(wait + time.Millisecond) // not before that, as stores round times
			r.Reason = cmp.Or(why, r.Reason)
			return &Change{Repo: *r}, nil
		}
		due := r.Next
		if now := s.Now(); due.After(now) {
			due = now // it was put off
		}
		r.State, r.Next, r.Epoch = InProgress, zero, s.epochs.Add(1)
		j = &job{repo: *r, due: due, admission: a}
		return &Change{Repo: *r}, nil
	})
	return j, err
}

// held is how long an account waits that is due, and why: "" for the reason that it has. One
// that was found before has been counted then.
func (c *schedule) held(did syntax.DID, a admission) (wait time.Duration, why sync.Reason) {
	if a.putOff > 0 {
		return a.putOff, ""
	}
	if why := c.syncer.outbox.crowded(did); why != "" {
		return c.syncer.Limits.Pause, why
	}
	if a.id != nil {
		return 0, ""
	}
	return c.accounts.Take(did), ReasonThrottled
}
