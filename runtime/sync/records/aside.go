package records

import (
	"context"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// refusals are what is known of applications that do not take the events of some accounts.
// deliveries guard them.
type refusals struct {
	answers int64                // how many events were taken
	last    time.Time            // when that was, or an account was set aside, whichever is later
	since   map[syntax.DID]int64 // how many had been when the next event of an account was given back first
	stuck   ranking              // accounts of which it was given back again while others were taken, by what of them counts
	aside   map[syntax.DID]bool  // accounts that were set aside, until an event of theirs is taken
}

func newRefusals(now time.Time) refusals {
	return refusals{last: now, since: map[syntax.DID]int64{}, aside: map[syntax.DID]bool{}}
}

// taken notes that the application has taken an event of an account.
func (r *refusals) taken(did syntax.DID, now time.Time) {
	r.answers++
	r.last = now
	delete(r.aside, did)
}

// forget is for an account that goes on with another event.
func (r *refusals) forget(did syntax.DID) {
	delete(r.since, did)
	r.stuck.remove(did)
}

// refused notes that it has given one back, of an account of which some count.
func (r *refusals) refused(did syntax.DID, counted int) {
	if at, again := r.since[did]; !again {
		r.since[did] = r.answers
	} else if r.answers > at && !r.aside[did] {
		r.stuck.set(did, int64(counted))
	}
}

// counted notes how many events of an account count.
func (r *refusals) counted(did syntax.DID, count int) {
	if r.stuck.has(did) {
		r.stuck.set(did, int64(count))
	}
}

// stalled is how long an outbox is full, and nothing of it taken, before an account is set
// aside all the same, and the next one: the application may be away.
const stalled = 5 * time.Minute

// full reports whether as many events wait as may. Then it says which account is to be set
// aside, "" if none is, and how long that stays so if nothing happens.
func (o *deliveries) full() (full bool, did syntax.DID, pause time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.counted < o.limit {
		return false, "", 0
	}
	most := 1 // what remains of one that is set aside
	if d, n := o.denied.stuck.first(); n > int64(most) {
		return true, d, 0
	}
	now := o.now()
	if pause = stalled - now.Sub(o.denied.last); pause > 0 {
		return true, "", pause
	}
	o.denied.last = now
	for d, l := range o.lanes {
		_, refused := o.denied.since[d]
		if n := o.tallies[d].counted; n > most && (refused || l.out) && !o.denied.aside[d] {
			did, most = d, n
		}
	}
	return true, did, stalled
}

// room waits until fewer events wait to be delivered than the limit. Those of an account
// that the application does not take, while it takes others, are dropped for that: the
// account is set aside.
func (s *Syncer) room(ctx context.Context) error {
	for {
		t := s.outbox.bell.ticket(ctx)
		full, pause, err := s.makeRoom(ctx)
		if full && err == nil {
			err = t.wait(s.Sleep, pause)
		}
		t.drop()
		if err != nil || !full {
			return err
		}
	}
}

// makeRoom sets accounts aside, one after another, as long as there are too many events.
func (s *Syncer) makeRoom(ctx context.Context) (full bool, pause time.Duration, err error) {
	s.setting.Lock()
	defer s.setting.Unlock()
	for {
		full, did, pause := s.outbox.full()
		if did == "" {
			return full, pause, nil
		}
		if err := s.setAside(ctx, did); err != nil {
			return full, 0, err
		}
	}
}

// setAside drops the events of an account that wait, so that one says how it is. When that
// was taken, its repository is fetched, and held against what the application was told of
// its records, as far as that is known. Of one that is not kept any more nothing is left.
func (s *Syncer) setAside(ctx context.Context, did syntax.DID) error {
	kept, was := false, Desynchronized
	err := s.change(ctx, did, func(row *Repo) (*Change, error) {
		if kept = row != nil; !kept {
			return &Change{Repo: Repo{DID: did}, Forget: true, Clear: true, Drop: DropAll}, nil
		}
		was = row.State
		c := s.desynchronize(row, "", ReasonRefused)
		if !c.Repo.Next.IsZero() {
			c.Repo.Attempts++
			c.Repo.Next = s.Now().Add(s.Limits.pause(c.Repo.Attempts))
		}
		c.Drop = DropAll
		c.tell()
		return c, nil
	})
	if err != nil {
		return err
	}
	s.outbox.setAside(did, kept)
	if kept && was == Desynchronized {
		s.Observer.Moved(did, was, was, ReasonRefused)
	}
	return nil
}

// setAside notes that an account was, and whether it is kept.
func (o *deliveries) setAside(did syntax.DID, kept bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.denied.last = o.now()
	o.denied.forget(did)
	if kept {
		o.denied.aside[did] = true
	}
}

// recall reports whether an account that was set aside in an earlier run still is so: of the
// events that waited when this one began, the one that says how it is comes next.
func (o *deliveries) recall(ctx context.Context, did syntax.DID) bool {
	o.mu.Lock()
	id := o.next(did)
	o.mu.Unlock()
	if id == 0 || id > o.loaded {
		return false
	}
	e, err := o.store.Event(ctx, id)
	if err != nil || e == nil || e.Account == nil {
		return false // it is fetched, and set aside again if need be
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.next(did) != id { // it was taken
		return false
	}
	o.denied.stuck.remove(did)
	o.denied.aside[did] = true
	return true
}
