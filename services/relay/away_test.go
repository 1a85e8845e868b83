package relay_test

import (
	"context"
	"fmt"
	stdsync "sync"
	"testing"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/relay/store"
)

// A gone store does not read an account for a number of times from its n-th time on.
type gone struct {
	store.Memory

	mu    stdsync.Mutex
	after map[syntax.DID]int // how often it is read still
	times map[syntax.DID]int // how often it is not read then
}

func (g *gone) Account(ctx context.Context, did syntax.DID) (store.Account, error) {
	g.mu.Lock()
	away := g.after[did] == 0 && g.times[did] > 0
	if away {
		g.times[did]--
	} else if g.after[did] > 0 {
		g.after[did]--
	}
	g.mu.Unlock()
	if away {
		return store.Account{}, errAway
	}
	return g.Memory.Account(ctx, did)
}

// TestNothingIsLostWhileTheDatabaseIsAway has the database away from each step of the first
// event of an account on, for as many times as an event is tried that cannot be verified, and
// for one more or less. The event is passed on once, and the account is in step.
func TestNothingIsLostWhileTheDatabaseIsAway_SN40_SN41(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"", "deactivated"} {
		for step := range 6 {
			for _, times := range []int{1, 7, 8, 9, 20} {
				t.Run(fmt.Sprintf("%s from the %dth, %d times", status, step, times), func(t *testing.T) {
					t.Parallel()
					g := &gone{after: map[syntax.DID]int{}, times: map[syntax.DID]int{}}
					w := &world{network: newNetwork(), t: t, store: g, events: &sync.MemoryLog{}}
					w.start()
					h := w.follow(home)
					probe := h.account(t, "probe") // the first event of a host is where it is followed from
					probe.sendsPost()
					w.passes("commit probe key0000")
					alice := h.account(t, "alice")
					g.mu.Lock()
					g.after[alice.did], g.times[alice.did] = step, times
					g.mu.Unlock()
					want := "account alice inactive " + status
					if status != "" {
						h.sends(t, alice.says(status))
					} else {
						alice.sendsPost()
						want = "commit alice key0000"
					}
					w.passes(want)
					w.until("alice is stored", func() bool {
						known, err := g.Memory.Account(t.Context(), alice.did)
						return err == nil && known.Status == status && !known.Desynchronized && (status != "" || known.Rev == alice.before.Rev)
					})
					probe.sendsPost()
					w.passes("commit probe key0001")
					if got := w.rejected(home); got != "" {
						t.Error(got)
					}
				})
			}
		}
	}
}
