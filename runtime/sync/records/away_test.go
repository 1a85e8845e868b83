package records_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A tardy directory takes a time for accounts but one.
type tardy struct {
	*network

	but   syntax.DID
	takes time.Duration
}

func (d *tardy) LookupDID(ctx context.Context, did syntax.DID) (*identity.Identity, error) {
	if did != d.but {
		if err := sleep(ctx, d.takes); err != nil {
			return nil, err
		}
	}
	return d.network.LookupDID(ctx, did)
}

func (d *tardy) LookupUnnamed(ctx context.Context, did syntax.DID, _ bool) (*identity.Identity, error) {
	return d.LookupDID(ctx, did)
}

// TestWhoWaitsForStrangersHoldsUpNobody has more accounts than there are workers that are
// renamed, and whose servers then answer slowly; and as many that are not active, about which
// a slow upstream is asked. What another one writes is told at once.
func TestWhoWaitsForStrangersHoldsUpNobody_SN41(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(n *network, d *tardy, others []*account)
		wait   func(n *network, a *account)
	}{
		"renamed": {
			func(_ *network, d *tardy, _ []*account) { d.takes = 10 * time.Second },
			func(n *network, a *account) { n.renamed(a) },
		},
		"not active": {
			func(n *network, _ *tardy, others []*account) {
				for _, o := range others {
					n.says(o, false, "deactivated")
				}
				n.set(func() { n.statusTakes = 20 * time.Second })
			},
			func(n *network, a *account) { n.post(a, n.create(posts, "dropped", "1")) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n, v := newNetwork(t), newView(t)
				a := n.join(0, pds, n.some(1)...)
				var others []*account
				for i := range 20 {
					others = append(others, n.join(i+1, pds, n.some(1)...))
				}
				d := &tardy{network: n, but: a.did}
				opts := n.options(&records.MemoryStore{})
				opts.Directory = d
				r := v.start(opts)
				defer r.stop()
				after(time.Minute)
				c.before(n, d, others)
				after(time.Minute)
				v.says(a.did)
				for _, o := range others {
					c.wait(n, o)
				}
				n.post(a, n.create(posts, "told", "1"))
				after(time.Second)
				if got := v.says(a.did); got != "create com.example.feed.post/told live" {
					t.Errorf("it was told %q", got)
				}
				after(time.Hour)
			})
		})
	}
}

// TestIdentitiesThatChangeNothing_SN07 has an account renamed over and over to what it is called
// anyway, which any host may say, while its first event is not taken. It is told once, and what
// another one writes is told.
func TestIdentitiesThatChangeNothing_SN07(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a, b := n.join(1, pds, n.some(1)...), n.join(2, pds, n.some(1)...)
		opts := n.options(&records.MemoryStore{})
		opts.Limits.Waiting, opts.Limits.AccountWaiting = 20, 5
		r := v.start(opts)
		defer r.stop()
		n.renamed(b) // the first event
		after(time.Minute)
		n.renamed(a)
		after(time.Minute)
		before := v.says(a.did)
		for range 200 {
			n.renamed(a)
		}
		after(time.Minute)
		if got := v.says(a.did); got != "" {
			t.Errorf("it was told %q, and again %q", before, got)
		}
		v.says(b.did)
		n.post(b, n.create(posts, "told", "1"))
		after(time.Second)
		if got := v.says(b.did); got != "create com.example.feed.post/told live" {
			t.Errorf("of the other one it was told %q", got)
		}
	})
}
