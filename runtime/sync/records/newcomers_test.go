package records_test

import (
	"context"
	"fmt"
	"strings"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A silence is a directory that cannot look up did:web, nor an account for a while.
type silence struct {
	*network

	mu  stdsync.Mutex
	did syntax.DID
}

func (s *silence) LookupDID(ctx context.Context, did syntax.DID) (*identity.Identity, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if did == s.did || strings.HasPrefix(string(did), "did:web:") {
		return nil, &identity.Error{Name: string(did), Reason: "nobody answers", Err: identity.ErrUnavailable}
	}
	return s.network.LookupDID(ctx, did)
}

func (s *silence) Refresh(ctx context.Context, did syntax.DID) (*identity.Identity, error) {
	return s.LookupDID(ctx, did)
}

func (s *silence) about(did syntax.DID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.did = did
}

// TestAccountsThatNobodyCanLookUpAreBounded has commits of very many accounts that there are
// not, whose DIDs lead to a server that does not answer, and of a real one, which is found
// later. The last 1,000 are kept, and those that were asked for.
func TestAccountsThatNobodyCanLookUpAreBounded_SN30(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const most = 1000
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(2)...)
		opts := n.options(&records.MemoryStore{})
		directory := &silence{network: n, did: a.did}
		opts.Directory, opts.Backfill = directory, records.NoBackfill
		opts.Limits.Pause, opts.Limits.MaxPause = 3*time.Hour, 3*time.Hour
		r := v.start(opts)
		defer func() { r.stop() }()
		after(time.Second)
		stranger := func(i int) syntax.DID { return syntax.DID(fmt.Sprintf("did:web:nobody%d.example.com", i)) }
		strangers := func(from, to int) {
			for i := from; i < to; i++ {
				commit := *a.last
				commit.Repo = stranger(i)
				n.tell(&commit)
			}
			after(10 * time.Minute)
		}
		n.post(a, n.create(posts, "told", "1"))
		strangers(0, 1)
		directory.about("")
		if err := r.Track(t.Context(), stranger(0)); err != nil {
			t.Fatal(err)
		}
		after(4 * time.Hour)
		for run := range 2 {
			strangers(1+run*most, 1+(run+1)*most+most/10)
			counts, err := r.Store.Counts(t.Context())
			if err != nil || counts[records.Desynchronized] > most+1 {
				t.Errorf("%v, %v", counts, err)
			}
			for _, did := range []syntax.DID{stranger(0), stranger(most + run*most), a.did} {
				if row, err := r.Store.Repo(t.Context(), did); err != nil || row == nil {
					t.Errorf("%s is not kept: %v", did, err)
				}
			}
			v.equals(n, a, nil)
			r.stop()
			r = v.start(opts)
		}
	})
}
