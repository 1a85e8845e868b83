package sync_test

import (
	"context"
	"errors"
	"slices"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// The accounts of a crowd: one that cannot be looked up, and another one.
const lost, other = "did:web:account0.example.com", "did:web:account1.example.com"

// A crowd sees the events of both, and has the lost one found again before its last two.
type crowd struct {
	count     int // of each
	directory *steady
	start     time.Time
	stop      func()

	mu      stdsync.Mutex
	handled map[syntax.DID]int
	gaps    int
	took    time.Duration // until all of the other one were handled
}

func (c *crowd) handle(_ context.Context, _ int64, r *sync.Result) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.handled[r.DID]++
	if r.Verdict == sync.Gap && r.Reason == sync.ReasonUnavailable {
		c.gaps++
	}
	switch {
	case r.DID == other && c.handled[other] == c.count:
		c.took = time.Since(c.start)
	case r.DID == lost && c.handled[lost] == c.count-2:
		c.directory.mu.Lock()
		c.directory.down = nil
		c.directory.mu.Unlock()
	}
	if c.handled[lost]+c.handled[other] == 2*c.count {
		c.stop()
	}
	return nil
}

// TestAnAccountThatCannotBeLookedUpHoldsUpNobody has an account whose identity is not
// available, with more events than may wait: commits, or what says how it is. All of another
// one are handled within half a minute, and those of the account leave gaps. When it can be
// looked up again its next event is verified.
func TestAnAccountThatCannotBeLookedUpHoldsUpNobody_SN41(t *testing.T) {
	t.Parallel()
	const count = 1200
	h := newHost(t, 2, count)
	statuses := &host{events: slices.Clone(h.events), identities: h.identities}
	for i, e := range h.events[:len(h.events)-2] {
		if sync.AccountOf(e) == lost {
			statuses.events[i] = &comatproto.SyncSubscribeReposAccount{DID: lost, Seq: int64(i + 1), Active: true, Time: "2026-06-01T12:00:00Z"}
		}
	}
	for name, h := range map[string]*host{"commits": h, "statuses": statuses} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				w := &crowd{
					count: count, directory: &steady{ids: h.identities, down: map[syntax.DID]int{lost: 1 << 30}},
					start: time.Now(), stop: stop, handled: map[syntax.DID]int{},
				}
				c := h.consumer(t, &sync.MemoryAccounts{}, &cursors{}, w.handle)
				c.Verifier.Directory = w.directory
				if err := c.Run(ctx); !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
				if w.took == 0 || w.took > 30*time.Second || w.gaps < count-3 || w.gaps >= count {
					t.Errorf("%v until all of the other one were handled; %d gaps of %d", w.took, w.gaps, count)
				}
			})
		})
	}
}
