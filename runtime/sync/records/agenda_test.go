package records_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestHostsThatCannotBeAskedAreNotLookedAt has few or many hosts that do not answer, with an
// account each that is due as soon as they do, and a host whose accounts are fetched one
// after another meanwhile. Looking for them takes a few steps each, however many the others
// are.
func TestHostsThatCannotBeAskedAreNotLookedAt_SN42(t *testing.T) {
	t.Parallel()
	for _, hosts := range []int{3, 100} {
		t.Run(fmt.Sprint(hosts), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { lookedAt(t, hosts) })
		})
	}
}

func lookedAt(t *testing.T, hosts int) {
	t.Helper()
	const fetches = 50
	n, v := newNetwork(t), newView(t)
	for i := range 2 * hosts {
		n.join(i, fmt.Sprintf("http://dead%d.example.com", i%hosts), n.some(1)...)
	}
	for i := range fetches {
		n.join(500+i, pds, n.some(1)...)
	}
	n.getRepo = func(origin string, _ syntax.DID, _ []byte) (io.Reader, error) {
		if strings.HasPrefix(origin, "http://dead") {
			return nil, refusal("UpstreamFailure")
		}
		return nil, errAsUsual
	}
	store := &counting{Store: &records.MemoryStore{}}
	opts := n.options(store)
	opts.Limits = records.Limits{FirstEvent: 1, Pause: time.Hour}
	r := v.start(opts)
	defer r.stop()
	after(time.Minute)
	before := store.turns.Load()
	for i := range fetches {
		a := n.accounts[didOf(500+i)]
		n.write(a, n.create(posts, "a", "1"))
		if err := r.Resync(t.Context(), a.did); err != nil {
			t.Fatal(err)
		}
		after(10 * time.Second)
		v.equals(n, a, nil)
	}
	if got := store.turns.Load() - before; got > 8*fetches {
		t.Errorf("hosts were looked at %d times for %d fetches", got, fetches)
	}
}

// TestTheHostsOfAStoreAreFound has accounts of some hosts that wait when the process ends.
// The next one fetches them all.
func TestTheHostsOfAStoreAreFound_SN42(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		for i := range 12 {
			n.join(i, fmt.Sprintf("http://host%d.example.com", i%5), n.some(1)...)
		}
		n.refuse("UpstreamFailure")
		opts := n.options(&records.MemoryStore{})
		r := v.start(opts)
		after(time.Minute)
		r.stop()
		n.refuse("")
		r = v.start(opts)
		defer r.stop()
		after(2 * time.Hour)
		for _, a := range n.accounts {
			v.equals(n, a, nil)
		}
	})
}
