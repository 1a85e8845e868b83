package relay_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/relay/store"
)

// TestAccountsAreCountedOnce_SN54 has each step of the first event of an account fail once, as
// when the database is away. The event comes again, and the account is counted once.
func TestAccountsAreCountedOnce_SN54(t *testing.T) {
	t.Parallel()
	const steps = 8
	f := &gone{after: map[syntax.DID]int{}, times: map[syntax.DID]int{}}
	w := &world{network: newNetwork(), t: t, store: f, events: &sync.MemoryLog{}}
	w.start()
	h := w.follow(home)
	probe := h.account(t, "probe") // the first event of a host is where it is followed from
	probe.sendsPost()
	w.passes("commit probe key0000")
	for i := 1; i < steps; i++ {
		a := h.account(t, fmt.Sprint("a", i))
		f.mu.Lock()
		f.after[a.did], f.times[a.did] = i-1, 1
		f.mu.Unlock()
		a.sendsPost()
		w.until(a.name+" is stored", func() bool {
			known, err := f.Memory.Account(t.Context(), a.did)
			return err == nil && known.Rev == a.before.Rev
		})
	}
	if n := w.relay.Host(home).Accounts; n != steps {
		t.Errorf("%d accounts are counted, want %d", n, steps)
	}
}

// A doubtful store says of the first batches with an account that they were not stored.
type doubtful struct {
	store.Store

	times atomic.Int64
}

func (d *doubtful) Commit(ctx context.Context, b *store.Batch) error {
	err := d.Store.Commit(ctx, b)
	if len(b.Accounts) > 0 && d.times.Add(-1) >= 0 {
		return context.DeadlineExceeded
	}
	return err
}

// TestWhatIsStoredTwiceIsCountedOnce_SN54 has batches stored of which the store does not say so
// in time, so that they are stored again, and an account that moves.
func TestWhatIsStoredTwiceIsCountedOnce_SN54(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		w.end()
		d := &doubtful{Store: w.store}
		d.times.Store(3)
		w.store = d
		w.start()
		h, other := w.follow(home), w.follow(away)
		alice, bob := h.account(t, "alice"), h.account(t, "bob")
		alice.sendsPost()
		bob.sendsPost()
		w.until("they were stored", func() bool { return d.times.Load() < 0 })
		alice.host = other
		alice.lives("https://" + away)
		other.sends(t, alice.says(""))
		want := func() {
			t.Helper()
			for name, want := range map[string]int64{home: 1, away: 1} {
				w.until(fmt.Sprintf("%s has %d", name, want), func() bool {
					info, err := w.store.Host(t.Context(), name)
					return err == nil && info.Accounts == want && w.relay.Host(name).Accounts == want
				})
			}
		}
		want()
		w.end()
		w.start()
		want()
		h.account(t, "carol").sendsPost()
		w.until("carol is counted", func() bool {
			info, err := w.store.Host(t.Context(), home)
			return err == nil && info.Accounts == 2
		})
	})
}
