package sync_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
)

// TestAShareBoundsWhatWaits_SN41 has nobody process what comes to a consumer whose share is
// small, and later large.
func TestAShareBoundsWhatWaits_SN41(t *testing.T) {
	t.Parallel()
	h := newHost(t, 4, 5)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var share, read, handled atomic.Int64
		share.Store(1)
		gate := make(chan struct{})
		c := h.consumer(t, &sync.MemoryAccounts{}, &cursors{}, func(context.Context, int64, *sync.Result) error {
			<-gate
			if handled.Add(1) == int64(len(h.events)) {
				cancel()
			}
			return nil
		})
		c.Share = func() int { return int(share.Load()) }
		c.Admit = func(context.Context, int64, lex.Object) error { read.Add(1); return nil }
		done := make(chan error)
		go func() { done <- c.Run(ctx) }()
		reads := func(want int64) {
			t.Helper()
			synctest.Wait()
			if got := read.Load(); got != want {
				t.Errorf("%d were read, want %d", got, want)
			}
		}
		reads(2) // one that is processed, and one for which there is no room
		share.Store(1 << 30)
		gate <- struct{}{}
		reads(int64(len(h.events)))
		close(gate)
		if err := <-done; !errors.Is(err, context.Canceled) || handled.Load() != int64(len(h.events)) {
			t.Errorf("%d of %d were handled: %v", handled.Load(), len(h.events), err)
		}
	})
}
