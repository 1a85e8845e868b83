package relay_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/relay"
	"github.com/lexgen/lexgen/services/relay/store"
)

// A held store stores a host, when it is armed, only after something is told.
type held struct {
	store.Memory

	armed  atomic.Bool
	begun  chan struct{}
	goOn   chan struct{}
	refuse atomic.Bool // to list who is throttled
}

func (h *held) PutHost(ctx context.Context, info store.Host) error {
	if h.armed.CompareAndSwap(true, false) {
		close(h.begun)
		<-h.goOn
	}
	return h.Memory.PutHost(ctx, info)
}

func (h *held) Throttled(ctx context.Context, host string, limit int) ([]store.Account, error) {
	if h.refuse.CompareAndSwap(true, false) {
		return nil, errors.New("the database is away")
	}
	return h.Memory.Throttled(ctx, host, limit)
}

func newHeld(t *testing.T) (*held, *world) {
	t.Helper()
	s := &held{begun: make(chan struct{}), goOn: make(chan struct{})}
	w := &world{network: newNetwork(), t: t, store: s, events: &sync.MemoryLog{}}
	w.start()
	return s, w
}

func (w *world) changes(name string, c relay.HostChange) {
	w.t.Helper()
	if err := w.relay.ChangeHost(w.t.Context(), name, c); err != nil {
		w.t.Fatal(err)
	}
}

// TestTheLastChangeIsStoredLast_SN51 bans a host while another change of it is being stored.
func TestTheLastChangeIsStoredLast_SN51(t *testing.T) {
	t.Parallel()
	s, w := newHeld(t)
	w.follow(home)
	s.armed.Store(true)
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- w.relay.ChangeHost(t.Context(), home, relay.HostChange{AccountLimit: new(int64(7))}) }()
	plctest.Await(t, "the first one is being stored", func() { <-s.begun })
	go func() { second <- w.relay.ChangeHost(t.Context(), home, relay.HostChange{Banned: new(true)}) }()
	done := false
	select {
	case err := <-second: // it has not waited for the first one
		done = err == nil
	case <-time.After(50 * time.Millisecond):
	}
	close(s.goOn)
	if !done {
		if err := <-second; err != nil {
			t.Error(err)
		}
	}
	if err := <-first; err != nil {
		t.Error(err)
	}
	if h, err := s.Host(t.Context(), home); err != nil || !h.Banned || h.AccountLimit != 7 {
		t.Errorf("%+v, %v", h, err)
	}
}

// TestALimitLetsIn_SN54 changes the limit of a host with accounts that are throttled, while
// the database is away, and once more.
func TestALimitLetsIn_SN54(t *testing.T) {
	t.Parallel()
	s, w := newHeld(t)
	h := w.follow(home)
	w.changes(home, relay.HostChange{AccountLimit: new(int64(2))})
	for i := range 7 {
		h.sends(t, h.account(t, fmt.Sprint("a", i)).says(""))
	}
	throttled := func() int64 {
		n, err := s.CountThrottled(t.Context(), home)
		if err != nil {
			t.Error(err)
		}
		return n
	}
	w.until("five are throttled", func() bool { return throttled() == 5 })
	s.refuse.Store(true)
	if err := w.relay.ChangeHost(t.Context(), home, relay.HostChange{AccountLimit: new(int64(4))}); err == nil {
		t.Error("the database was not away")
	}
	for _, c := range []struct {
		change relay.HostChange
		want   int64
	}{
		{relay.HostChange{AccountLimit: new(int64(4))}, 3},
		{relay.HostChange{AccountLimit: new(int64(4))}, 3}, // as it is
		{relay.HostChange{AccountLimit: new(int64(1))}, 3},
		{relay.HostChange{AccountLimit: new(int64(5))}, 2}, // 4 are in
		{relay.HostChange{Restart: true}, 2},
		{relay.HostChange{Trusted: new(true)}, 0},
	} {
		w.changes(home, c.change)
		if got := throttled(); got != c.want {
			t.Errorf("%+v: %d are throttled, want %d", c.change, got, c.want)
		}
	}
}

// TestABanEndsConnectionsToPorts_SN51 bans a name, and ends that, above hosts with ports.
func TestABanEndsConnectionsToPorts_SN51(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	names := []string{"evil.example.com:8443", "pds.evil.example.com:8443"}
	for _, name := range names {
		w.follow(name)
	}
	w.changes("evil.example.com", relay.HostChange{Banned: new(true)})
	for _, name := range names {
		w.until(name+" is cut", func() bool { return !w.relay.Host(name).Connected })
	}
	w.changes("evil.example.com", relay.HostChange{Banned: new(false)})
	for _, name := range names {
		w.until(name+" is followed", func() bool { return w.relay.Host(name).Connected })
	}
}

// TestAMovedSeqIsKept_ES12 moves the seq of a host that goes on sending meanwhile. It is
// stored when the operator is answered, and what the old connection still brings does not
// move it.
func TestAMovedSeqIsKept_ES12(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		h := w.follow(home)
		alice := h.account(t, "alice")
		for i := range 5 {
			alice.sendsPost()
			w.passes(fmt.Sprintf("commit alice key%04d", i))
		}
		w.until("they are processed", func() bool { return w.relay.Host(home).Seq == 5 })
		h.set(func() { h.down = true }) // there is no next connection for now
		w.changes(home, relay.HostChange{Seq: new(int64(2))})
		if info, err := w.store.Host(t.Context(), home); err != nil || info.Seq != 2 {
			t.Errorf("%+v, %v", info, err)
		}
		w.end()
		h.set(func() { h.down = false })
		asked := h.asked()
		w.start()
		w.until("it is asked for", func() bool { return h.asked() > asked })
		h.mu.Lock()
		defer h.mu.Unlock()
		if got := h.cursors[asked]; got != "2" {
			t.Errorf("it is asked for what is behind %s", got)
		}
	})
}

// TestStrangersDoNotForgive_UN13 has a host that is down, for which a stranger asks, and then
// the operator. The stranger has it tried once more, and the next pause is longer; the operator
// begins anew. Once there is a connection it is not offline any more.
func TestStrangersDoNotForgive_UN13(t *testing.T) {
	t.Parallel()
	w := inMemory(t, func(o *relay.Options) {
		short := o.Sleep
		o.Sleep = func(ctx context.Context, d time.Duration) error {
			if d < 200*time.Millisecond || d > 700*time.Millisecond && d < 8*time.Second { // but for long pauses
				return short(ctx, d)
			}
			<-ctx.Done()
			return ctx.Err()
		}
	})
	h := w.follow(home)
	h.set(func() { h.down = true })
	failures := func(n int) {
		t.Helper()
		w.until(fmt.Sprint(n, " have failed, and it waits"), func() bool { return w.relay.Host(home).Failures == n })
	}
	failures(5)
	if got := w.relay.Host(home).Status; got != "offline" {
		t.Error(got)
	}
	if got := w.ask(home); got != "taken" {
		t.Error(got)
	}
	failures(6)
	if err := w.relay.AddHost(t.Context(), home); err != nil {
		t.Fatal(err)
	}
	failures(5)
	h.set(func() { h.down = false })
	if got := w.ask(home); got != "taken" {
		t.Error(got)
	}
	w.until("it is there", func() bool { v := w.relay.Host(home); return v.Connected && v.Status == "active" })
}
