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

// TestWhatIsPendingIsBoundedInBytes has events of some 2 kB, 10 kB of which may be under
// way. No more are read until some were handled, and then all of them are.
func TestWhatIsPendingIsBoundedInBytes_SN41(t *testing.T) {
	t.Parallel()
	const accounts, most = 20, 10_000
	h := newHost(t, accounts, 1)
	for _, c := range []struct {
		bytes     int
		least, up int64 // events that are read at first
	}{{most, 3, 9}, {1, 2, 2}, {0, accounts, accounts}} {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var read, handled atomic.Int64
			release, done := make(chan struct{}), make(chan error, 1)
			consumer := h.consumer(t, &sync.MemoryAccounts{}, &cursors{}, func(context.Context, int64, *sync.Result) error {
				<-release
				if handled.Add(1) == accounts {
					stop()
				}
				return nil
			})
			consumer.PendingBytes = c.bytes
			consumer.Admit = func(context.Context, int64, lex.Object) error { read.Add(1); return nil }
			go func() { done <- consumer.Run(ctx) }()
			synctest.Wait()
			if n := read.Load(); n < c.least || n > c.up {
				t.Errorf("with %d bytes %d events are read, want %d to %d", c.bytes, n, c.least, c.up)
			}
			close(release)
			if err := <-done; !errors.Is(err, context.Canceled) || handled.Load() != accounts {
				t.Errorf("%d were handled: %v", handled.Load(), err)
			}
		})
	}
}
