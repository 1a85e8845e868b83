package sync_test

import (
	"context"
	"fmt"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// speechless is a source where the server of every did:web says nothing, which takes as long as a
// resolver waits.
type speechless struct {
	identity.Source

	ids map[syntax.DID]*identity.Identity

	mu    stdsync.Mutex
	asked map[syntax.DID]int
}

func (s *speechless) ResolveDID(ctx context.Context, did syntax.DID) (*identity.Identity, error) {
	s.mu.Lock()
	s.asked[did]++
	s.mu.Unlock()
	if did.Method() == "plc" {
		return s.ids[did], nil
	}
	if err := sleep(ctx, 3*time.Second); err != nil {
		return nil, err
	}
	return nil, &identity.Error{Name: string(did), Reason: "nobody answers", Err: identity.ErrUnavailable}
}

func (s *speechless) ResolveHandle(context.Context, syntax.Handle) (syntax.DID, error) {
	return "", identity.ErrNotFound
}

// TestServersThatHangAreRemembered_SN41 has 500 accounts of one stream whose servers hang, which
// write much, and 25 others among them. A directory that remembers who says nothing has all events
// of the others accepted within a minute, and all of the 500 told of.
func TestServersThatHangAreRemembered_SN41(t *testing.T) {
	t.Parallel()
	const accounts, goods, each = 500, 25, 6
	s := &speechless{ids: map[syntax.DID]*identity.Identity{}, asked: map[syntax.DID]int{}}
	h := &host{identities: s.ids}
	var hang, found []*world
	for i := range accounts {
		hang = append(hang, h.world(t, syntax.DID(fmt.Sprintf("did:web:account%d.example.com", i)), byte(1+i%200)))
	}
	for i := range goods {
		found = append(found, h.world(t, syntax.DID(fmt.Sprintf("did:plc:%024d", i)), byte(201+i)))
	}
	for k := range each {
		for i, w := range hang {
			h.post(t, w, keyOf(k))
			h.post(t, found[i%goods], keyOf(k*accounts+i))
		}
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		d := identity.NewDirectory(s, identity.CacheOptions{})
		defer d.Close()
		r := h.relayed(t, d)
		r.Verifier.Now = func() time.Time { return noon.Add(time.Hour + time.Since(start)) }
		r.during(t, time.Minute, len(h.events))
		if r.handled != len(h.events) {
			t.Errorf("%d events were handled, of %d", r.handled, len(h.events))
		}
		for _, w := range found {
			if got := r.verdicts[w.did]["accepted"]; got != each*accounts/goods {
				t.Errorf("%s: %v", w.did, r.verdicts[w.did])
			}
		}
		for _, w := range hang {
			if n := s.asked[w.did]; r.verdicts[w.did][fmt.Sprint(sync.Gap, sync.ReasonUnavailable)] != each || n > 3 {
				t.Errorf("%s: %v, and its server was asked %d times", w.did, r.verdicts[w.did], n)
			}
		}
	})
}
