package sync_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/sync"
)

// A countedLog counts how often it is read.
type countedLog struct {
	sync.MemoryLog

	reads atomic.Int64
}

func (c *countedLog) Read(ctx context.Context, after int64, limit, bytes int) ([]sync.Entry, error) {
	c.reads.Add(1)
	return c.MemoryLog.Read(ctx, after, limit, bytes)
}

// TestLongEventsAreNotKeptInMemory appends 60 MB: who is far behind is served from the
// store, and who is not from memory.
func TestLongEventsAreNotKeptInMemory_ES08(t *testing.T) {
	t.Parallel()
	store := &countedLog{}
	l := openLog(t, store)
	const count = 60
	w := newWorld(t)
	long := edited(w.post(t, "a"), func(e *comatproto.SyncSubscribeReposCommit) { e.Blocks = make([]byte, 1<<20) })
	for range count {
		if _, err := l.Append(t.Context(), long); err != nil {
			t.Fatal(err)
		}
	}
	errCaughtUp := errors.New("it has caught up")
	for _, c := range []struct {
		after int64
		reads bool
	}{{0, true}, {count - 30, true}, {count - 10, false}, {count - 1, false}} {
		before, next := store.reads.Load(), c.after
		err := l.Follow(t.Context(), c.after, func(e sync.Entry) error {
			if next++; e.Seq != next {
				t.Errorf("%d, want %d", e.Seq, next)
			}
			if e.Seq == count {
				return errCaughtUp
			}
			return nil
		})
		if reads := store.reads.Load() > before; !errors.Is(err, errCaughtUp) || reads != c.reads {
			t.Errorf("behind %d: the store was read: %t; %v", c.after, reads, err)
		}
	}
}
