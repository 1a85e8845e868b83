package relay_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/services/relay"
	"github.com/lexgen/lexgen/services/relay/store"
)

// A failing store does not store the first batch with an account.
type failing struct {
	store.Store

	failed atomic.Bool
}

func (f *failing) Commit(ctx context.Context, b *store.Batch) error {
	if len(b.Accounts) > 0 && f.failed.CompareAndSwap(false, true) {
		return errors.New("the disk is full")
	}
	return f.Store.Commit(ctx, b)
}

// TestATakedownIsStoredBehindWhatFailed_SN59 takes an account down after a batch could not be
// stored, and before that is tried again. When the operator is told that it is done, it is.
func TestATakedownIsStoredBehindWhatFailed_SN59(t *testing.T) {
	t.Parallel()
	s := &failing{Store: &store.Memory{}}
	w := &world{network: newNetwork(), t: t, store: s, events: &sync.MemoryLog{}, change: func(o *relay.Options) {
		soon := o.Sleep
		o.Sleep = func(ctx context.Context, d time.Duration) error {
			if d == 100*time.Millisecond { // behind the first failure
				<-ctx.Done()
				return ctx.Err()
			}
			return soon(ctx, d)
		}
	}}
	w.start()
	h := w.follow(home)
	alice := h.account(t, "alice")
	alice.sendsPost()
	w.passes("commit alice key0000")
	w.until("a batch has failed", s.failed.Load)
	if err := w.relay.TakeDown(t.Context(), alice.did, true); err != nil {
		t.Fatal(err)
	}
	if a, err := s.Account(t.Context(), alice.did); err != nil || !a.Takedown || a.Rev != alice.before.Rev {
		t.Errorf("%+v: %v", a, err)
	}
}
