package records_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A view is what an application makes of the events, over all runs of a syncer. It
// holds the order of each account against what was told before.
type view struct {
	t testing.TB

	mu      stdsync.Mutex
	records map[syntax.DID]map[string]string
	log     map[syntax.DID][]string
	account map[syntax.DID]records.AccountEvent
	ids     map[syntax.DID]int64 // the last one of each account
	run     map[syntax.DID]int64 // the same, of this run
	trouble []string             // what was fetched in vain, and why
	moves   []string
}

func newView(t testing.TB) *view {
	return &view{
		t: t, records: map[syntax.DID]map[string]string{}, log: map[syntax.DID][]string{}, ids: map[syntax.DID]int64{},
		account: map[syntax.DID]records.AccountEvent{}, run: map[syntax.DID]int64{},
	}
}

// apply folds an event into the view.
func (v *view) apply(e *records.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if e.ID <= v.run[e.DID] {
		v.t.Errorf("%s: the event %d comes after %d", e.DID, e.ID, v.run[e.DID])
	}
	v.ids[e.DID], v.run[e.DID] = max(v.ids[e.DID], e.ID), e.ID
	has := v.records[e.DID]
	if has == nil {
		has = map[string]string{}
		v.records[e.DID] = has
	}
	switch r := e.Record; {
	case e.Account != nil:
		v.account[e.DID] = *e.Account
		v.log[e.DID] = append(v.log[e.DID], fmt.Sprintf("account %s %v %s", e.Account.Handle, e.Account.Active, e.Account.Status))
		if e.Account.Status == records.StatusDeleted {
			clear(has)
		}
	case r.Action == repo.ActionDelete:
		delete(has, r.Path)
		v.log[e.DID] = append(v.log[e.DID], "delete "+r.Path)
	default:
		has[r.Path] = r.CID.String()
		live := ""
		if r.Live {
			live = " live"
		}
		v.log[e.DID] = append(v.log[e.DID], string(r.Action)+" "+r.Path+live)
	}
}

// says returns what was told of an account since the last time.
func (v *view) says(did syntax.DID) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	log := v.log[did]
	v.log[did] = nil
	return short(log)
}

// forget removes what was told of an account.
func (v *view) forget(did syntax.DID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.records, did)
}

// equals holds what was told of an account against what it has.
func (v *view) equals(n *network, a *account, filter records.Filter) {
	v.t.Helper()
	v.mu.Lock()
	got := maps.Clone(v.records[a.did])
	v.mu.Unlock()
	if got == nil {
		got = map[string]string{}
	}
	if diff := cmp.Diff(n.has(a, filter), got); diff != "" {
		v.t.Errorf("%s (-want +got):\n%s", a.did, diff)
	}
}

// An Observer that keeps what went wrong.

func (v *view) Handled(*sync.Result, records.State) {}

func (v *view) Fetched(did syntax.DID, host string, _ time.Duration, _ int, reason sync.Reason, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if (reason == "") != (err == nil) {
		v.t.Errorf("fetched %s: %q, %v", did, reason, err)
	}
	if reason != "" {
		v.trouble = append(v.trouble, host+" "+string(reason))
	}
}

func (v *view) Moved(did syntax.DID, _, to records.State, reason sync.Reason) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.moves = append(v.moves, fmt.Sprintf("%s %s %s", string(did[len(did)-2:]), to, reason))
}

// A run is a syncer at work, and a loop that takes its events, until stop.
type run struct {
	*records.Syncer

	stop func()
}

// start opens a syncer and runs it, in a bubble of synctest.
func (v *view) start(opts records.Options) *run {
	v.t.Helper()
	if opts.Observer == nil {
		opts.Observer = v
	}
	v.begin()
	s, stop := running(v.t, opts)
	leave := v.loop(s)
	return &run{s, func() { leave(); stop() }}
}

// loop applies the events of a syncer, until stop.
func (v *view) loop(s *records.Syncer) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wait stdsync.WaitGroup
	wait.Go(func() {
		for d, err := range s.Events(ctx, nil) {
			if err != nil {
				if !errors.Is(err, context.Canceled) {
					v.t.Errorf("events: %v", err)
				}
				return
			}
			v.apply(&d.Event)
			d.Ack()
		}
	})
	return func() { cancel(); wait.Wait() }
}

// after lets a time pass, and everything that happens then.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// begin begins another run, in which no event comes twice.
func (v *view) begin() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.run = map[syntax.DID]int64{}
}

// moved is which accounts came into which state, and why.
func (v *view) moved() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return short(v.moves)
}

// failures is how many fetches have failed.
func (v *view) failures() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.trouble)
}
