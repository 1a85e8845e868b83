package relay_test

import (
	"context"
	"errors"
	"fmt"
	stdsync "sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/relay"
	"github.com/lexgen/lexgen/services/relay/store"
)

// A lasting log holds what is erased, as that of an account with many events, until its gate is open.
type lasting struct {
	sync.LogStore

	erased  atomic.Bool
	waiting chan struct{}
	gate    chan struct{}
}

func (l *lasting) Erase(ctx context.Context, did syntax.DID, upTo int64) error {
	close(l.waiting)
	<-l.gate
	defer l.erased.Store(true)
	return l.LogStore.Erase(ctx, did, upTo)
}

// takesDown has the operator take an account down, and returns when that has ended.
func (w *world) takesDown(a *account) (ended <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := w.relay.TakeDown(w.t.Context(), a.did, true); err != nil {
			w.t.Error(err)
		}
	}()
	return done
}

// TestAnErasureHoldsUpNoOtherAccount_SN23_SN59 has an account deleted whose events take long to be
// erased. Another one is taken down meanwhile, and a third one's commit passes; what the operator
// says of the first one comes when that is over.
func TestAnErasureHoldsUpNoOtherAccount_SN23_SN59(t *testing.T) {
	t.Parallel()
	l := &lasting{LogStore: &sync.MemoryLog{}, waiting: make(chan struct{}), gate: make(chan struct{})}
	w := &world{network: newNetwork(), t: t, store: &store.Memory{}, events: l}
	w.start()
	h := w.follow(home)
	alice, bob, carol := h.account(t, "alice"), h.account(t, "bob"), h.account(t, "carol")
	for _, a := range []*account{alice, bob, carol} {
		w.passes(said(a.sendsPost()))
	}
	h.sends(t, alice.says("deleted"))
	w.passes("account alice inactive deleted")
	<-l.waiting
	first := w.takesDown(alice)
	other := w.takesDown(bob)
	w.passes("account bob inactive takendown")
	plctest.Await(t, "the takedown of another account has ended", func() { <-other })
	w.passes(said(carol.sendsPost()))
	select {
	case <-first:
		t.Error("the takedown of the account that is being erased has ended")
	default:
	}
	close(l.gate)
	w.passes("account alice inactive takendown")
	if !l.erased.Load() {
		t.Error("it was said before the events were erased")
	}
	plctest.Await(t, "the takedown has ended", func() { <-first })
}

// endless has the events of accounts erased when its gate is open.
type endless struct {
	sync.LogStore

	under atomic.Int64 // way
	gate  chan struct{}
}

func (l *endless) Erase(ctx context.Context, did syntax.DID, upTo int64) error {
	l.under.Add(1)
	<-l.gate
	return l.LogStore.Erase(ctx, did, upTo)
}

// TestManyErasuresHoldUpNoOtherAccount_SN23 has more accounts of a host deleted than events are
// processed at a time, whose own events take long to be erased.
func TestManyErasuresHoldUpNoOtherAccount_SN23(t *testing.T) {
	t.Parallel()
	const count = 80
	l := &endless{LogStore: &sync.MemoryLog{}, gate: make(chan struct{})}
	w := &world{network: newNetwork(), t: t, store: &store.Memory{}, events: l, change: func(o *relay.Options) { o.Limits.EventsPerSecond = 10 * count }}
	w.start()
	h := w.follow(home)
	carol := h.account(t, "carol")
	w.passes(said(carol.sendsPost()))
	for i := range count {
		a := h.account(t, fmt.Sprint("gone", i))
		w.passes(said(a.sendsPost()))
		h.sends(t, a.says("deleted"))
		w.passes(fmt.Sprintf("account gone%d inactive deleted", i))
	}
	w.until("all are being erased", func() bool { return l.under.Load() == count })
	w.passes(said(carol.sendsPost()))
	close(l.gate)
}

// TestNoContentComesBehindATakedown_SN59 has a commit come while what says that its account is taken
// down is being stored. It is not passed on behind that.
func TestNoContentComesBehindATakedown_SN59(t *testing.T) {
	t.Parallel()
	s := &slow{LogStore: &sync.MemoryLog{}, waiting: make(chan struct{}), gate: make(chan struct{})}
	w := &world{network: newNetwork(), t: t, store: &store.Memory{}, events: s}
	w.start()
	h := w.follow(home)
	alice := h.account(t, "alice")
	w.passes(said(alice.sendsPost()))
	s.next.Store(true)
	down := w.takesDown(alice)
	<-s.waiting
	for range 3 {
		alice.sendsPost()
	}
	w.until("they have come", func() bool { return w.relay.Host(home).Events["commit"] == 4 })
	close(s.gate)
	plctest.Await(t, "the account is taken down", func() { <-down })
	w.passes("account alice inactive takendown")
	w.rejects("takendown", "takendown", "takendown")
	w.nothing(h)
}

// locked takes the lock of an account.
func locked(t *testing.T, l *relay.AccountLocks, did syntax.DID) (unlock func()) {
	t.Helper()
	unlock, err := relay.Lock(l, t.Context(), did)
	if err != nil {
		t.Error(err)
	}
	return unlock
}

// TestOneHoldsTheLockOfAnAccount has many change what belongs to a few accounts. No lock is left
// behind.
func TestOneHoldsTheLockOfAnAccount(t *testing.T) {
	t.Parallel()
	const accounts, times = 3, 200
	var l relay.AccountLocks
	var wait stdsync.WaitGroup
	var counts [accounts]int
	for range 4 {
		for n := range accounts {
			wait.Go(func() {
				for range times {
					unlock := locked(t, &l, syntax.DID(fmt.Sprintf("did:web:account%d.example.com", n)))
					counts[n]++
					unlock()
				}
			})
		}
	}
	wait.Wait()
	if want := [accounts]int{4 * times, 4 * times, 4 * times}; counts != want || l.Len() != 0 {
		t.Errorf("%v, and %d locks are left", counts, l.Len())
	}
}

// TestWhoWaitsForALockMayGo has somebody wait for the lock of an account, and go. Others get it in
// turn, and that of another account is free.
func TestWhoWaitsForALockMayGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const alice, bob syntax.DID = "did:web:alice.example.com", "did:web:bob.example.com"
		var l relay.AccountLocks
		unlock := locked(t, &l, alice)
		locked(t, &l, bob)()
		ctx, gone := context.WithCancel(t.Context())
		went, got := make(chan error, 1), make(chan func(), 1)
		go func() {
			_, err := relay.Lock(&l, ctx, alice)
			went <- err
		}()
		go func() { got <- locked(t, &l, alice) }()
		synctest.Wait()
		gone()
		if err := <-went; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		select {
		case <-got:
			t.Fatal("two hold the lock")
		default:
		}
		unlock()
		(<-got)()
		if l.Len() != 0 {
			t.Errorf("%d locks are left", l.Len())
		}
	})
}
