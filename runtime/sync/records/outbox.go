package records

import (
	"context"
	"slices"
	stdsync "sync"
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// deliveries hand out the events of a store: for one account one at a time and in order,
// for different accounts side by side. Their memory is 8 bytes for each event and some
// hundred for each account that has one.
type deliveries struct {
	store Outbox
	limit int // of what counts, before room waits
	most  int // of the records of one account that count
	sleep func(context.Context, time.Duration) error
	now   func() time.Time
	bell  bell

	loaded int64 // the last ID that was stored before this run

	scanning stdsync.Mutex // one at a time reads what is new

	mu      stdsync.Mutex // guards below
	lanes   map[syntax.DID]*outLane
	ready   []syntax.DID // accounts with an event that may be delivered
	later   later        // accounts whose event was not taken, until it is tried again
	scanned int64        // the last ID that was read
	fresh   bool         // there are more
	tallies map[syntax.DID]tally
	waiting int     // events that were not acknowledged
	counted int     // of them, against the limit
	acked   []int64 // events that were, and are still stored
	denied  refusals
}

// A tally is how many events of an account wait, and how many of them count.
type tally struct{ waiting, counted int }

// An outLane is the events of an account, as far as they were read, of which there is one
// at least.
type outLane struct {
	ids []int64
	out bool // the first one is being delivered
}

// readAtOnce is how many events, or records, are read from a store at a time.
const readAtOnce = 1000

// load reads all events that wait.
func (o *deliveries) load(ctx context.Context) error {
	o.lanes, o.tallies, o.fresh, o.denied = map[syntax.DID]*outLane{}, map[syntax.DID]tally{}, true, newRefusals(o.now())
	if err := o.scan(ctx); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.loaded = o.scanned
	for did, l := range o.lanes {
		o.count(did, len(l.ids), min(len(l.ids), o.most))
	}
	return nil
}

// count adds to what waits of an account, and to what of it counts, which is no more than
// that. For a moment it may be less than nothing, when an event is acknowledged before it
// is said that it was stored.
func (o *deliveries) count(did syntax.DID, waiting, counted int) {
	was := o.tallies[did]
	is := tally{waiting: was.waiting + waiting}
	is.counted = max(0, min(was.counted+counted, is.waiting))
	o.waiting += waiting
	o.counted += is.counted - was.counted
	o.denied.counted(did, is.counted)
	if o.tallies[did] = is; is.waiting == 0 {
		delete(o.tallies, did)
	}
}

// scan reads the events that were stored since the last time.
func (o *deliveries) scan(ctx context.Context) error {
	o.scanning.Lock()
	defer o.scanning.Unlock()
	for {
		o.mu.Lock()
		fresh, after := o.fresh, o.scanned
		o.fresh = false
		o.mu.Unlock()
		if !fresh {
			return nil
		}
		refs, err := o.store.Waiting(ctx, after, readAtOnce)
		o.mu.Lock()
		for _, r := range refs {
			o.enter(r)
		}
		o.fresh = o.fresh || err != nil || len(refs) == readAtOnce
		o.mu.Unlock()
		if err != nil {
			return err
		}
	}
}

func (o *deliveries) enter(r Ref) {
	o.scanned = r.ID
	l := o.lanes[r.DID]
	if l == nil {
		l = &outLane{}
		o.lanes[r.DID] = l
		o.ready = append(o.ready, r.DID)
	}
	l.ids = append(l.ids, r.ID)
}

// stored says that events of an account were. Those of the account itself count in any
// case: there are no more than two of them, as a later one has an earlier one dropped.
func (o *deliveries) stored(did syntax.DID, events []Event) {
	if len(events) == 0 {
		return
	}
	records := 0
	for i := range events {
		if events[i].Record != nil {
			records++
		}
	}
	o.mu.Lock()
	room := max(0, o.most-o.tallies[did].counted)
	o.count(did, len(events), len(events)-records+min(records, room))
	o.fresh = true
	o.mu.Unlock()
	o.bell.ring()
}

// change has a store remove events of an account. Meanwhile nothing is read: what was read
// before has been entered, so that it is known which of them were answered.
func (o *deliveries) change(c *Change, store func() error) error {
	o.scanning.Lock()
	defer o.scanning.Unlock()
	if err := store(); err != nil || len(c.Dropped) == 0 {
		return err
	}
	did, gone := c.Repo.DID, make(map[int64]bool, len(c.Dropped))
	o.mu.Lock()
	count := 0
	for _, id := range c.Dropped {
		gone[id] = true
		if id > o.scanned {
			count++
		}
	}
	if l := o.lanes[did]; l != nil {
		if l.out {
			delete(gone, l.ids[0]) // whoever has it answers
		}
		kept := slices.DeleteFunc(slices.Clone(l.ids), func(id int64) bool { return gone[id] })
		count += len(l.ids) - len(kept)
		o.follow(did, l, kept)
	}
	o.count(did, -count, 0)
	o.mu.Unlock()
	o.bell.ring()
	return nil
}

// follow has an account that has events go on with what remains of them.
func (o *deliveries) follow(did syntax.DID, l *outLane, ids []int64) {
	if len(ids) == 0 || ids[0] != l.ids[0] {
		o.denied.forget(did)
	}
	if l.ids = ids; len(ids) > 0 {
		return
	}
	delete(o.lanes, did)
	o.ready = slices.DeleteFunc(o.ready, func(d syntax.DID) bool { return d == did })
	o.later.remove(did)
}

// crowded says why there should be no more events of an account, "" if there may be.
func (o *deliveries) crowded(did syntax.DID) sync.Reason {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.denied.aside[did]:
		return ReasonRefused
	case o.tallies[did].waiting >= o.most:
		return ReasonBacklog
	}
	return ""
}

// waits reports whether an event of an account does.
func (o *deliveries) waits(did syntax.DID) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tallies[did].waiting > 0
}

// take waits for an event that may be delivered: the first one of an account of which
// none is out. Whoever takes it calls ack or release.
func (o *deliveries) take(ctx context.Context) (*Event, error) {
	for {
		if err := o.scan(ctx); err != nil {
			return nil, err
		}
		t := o.bell.ticket(ctx)
		id, did, pause := o.pick()
		var err error
		if id == 0 {
			err = t.wait(o.sleep, pause)
		}
		t.drop()
		if err != nil {
			return nil, err
		}
		if id == 0 {
			continue
		}
		e, err := o.store.Event(ctx, id)
		switch {
		case err != nil:
			o.release(did, 0)
			return nil, err
		case e == nil:
			o.dropped(did)
			continue
		}
		return e, nil
	}
}

// pick returns the next event, or how long it takes until there may be one; -1 for as
// long as nothing changes.
func (o *deliveries) pick() (id int64, did syntax.DID, pause time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	pause = o.wake()
	if o.fresh {
		pause = 0
	}
	if len(o.ready) == 0 {
		return 0, "", pause
	}
	did, o.ready = o.ready[0], o.ready[1:]
	l := o.lanes[did]
	l.out = true
	return l.ids[0], did, 0
}

// wake makes accounts ready whose time has come, and returns how long it takes until
// the next one, or -1.
func (o *deliveries) wake() time.Duration {
	for {
		did, wait := o.later.due(o.now())
		if wait != 0 {
			return wait
		}
		o.ready = append(o.ready, did)
	}
}

// ack says that the event of an account that is out was processed.
func (o *deliveries) ack(did syntax.DID) {
	o.mu.Lock()
	o.denied.taken(did, o.now())
	o.acked = append(o.acked, o.next(did))
	o.pass(did)
	o.mu.Unlock()
	o.bell.ring()
}

// dropped says that it is not there any more.
func (o *deliveries) dropped(did syntax.DID) {
	o.mu.Lock()
	o.pass(did)
	o.mu.Unlock()
	o.bell.ring()
}

// next returns the next event of an account, 0 if there is none. It needs mu.
func (o *deliveries) next(did syntax.DID) int64 {
	if l := o.lanes[did]; l != nil {
		return l.ids[0]
	}
	return 0
}

// pass goes on to the next event of an account. It needs mu.
func (o *deliveries) pass(did syntax.DID) {
	o.denied.forget(did)
	l := o.lanes[did]
	o.count(did, -1, 0)
	l.ids, l.out = l.ids[1:], false
	if len(l.ids) > 0 {
		o.ready = append(o.ready, did)
	} else {
		delete(o.lanes, did)
	}
}

// release says that it was not, and is to be delivered again after a pause.
func (o *deliveries) release(did syntax.DID, pause time.Duration) {
	o.mu.Lock()
	o.denied.refused(did, o.tallies[did].counted)
	o.lanes[did].out = false
	if pause > 0 {
		o.later.add(did, o.now().Add(pause))
	} else {
		o.ready = append(o.ready, did)
	}
	o.mu.Unlock()
	o.bell.ring()
}

// lastFlush is how long the removal of what was acknowledged may take when ctx has ended.
const lastFlush = 10 * time.Second

// run removes what was acknowledged, as much at a time as has come while it was at
// work, until ctx ends, and then the rest.
func (o *deliveries) run(ctx context.Context) error {
	for {
		t := o.bell.ticket(ctx)
		if o.hasAcked() == 0 {
			_ = t.wait(o.sleep, -1) // whether ctx has ended is asked below
		}
		t.drop()
		if ctx.Err() != nil {
			break
		}
		if err := o.flush(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFlush)
	defer cancel()
	return o.flush(last)
}

func (o *deliveries) hasAcked() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.acked)
}

// flush removes what was acknowledged so far.
func (o *deliveries) flush(ctx context.Context) error {
	for {
		o.mu.Lock()
		ids := slices.Clone(o.acked[:min(len(o.acked), readAtOnce)])
		o.acked = o.acked[len(ids):]
		o.mu.Unlock()
		if len(ids) == 0 {
			return nil
		}
		if err := o.store.Acknowledge(ctx, ids); err != nil {
			o.mu.Lock()
			o.acked = append(ids, o.acked...)
			o.mu.Unlock()
			return err
		}
	}
}

// backlog is how many events wait, of how many accounts the next one was given back, and
// how many accounts are set aside.
func (o *deliveries) backlog() (waiting, refused, aside int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.waiting, len(o.denied.since), len(o.denied.aside)
}
