package sync_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// trapped is a source whose accounts have handles at servers that do not answer.
type trapped struct {
	ids   map[syntax.DID]*identity.Identity
	asked []syntax.Handle
}

func (s *trapped) ResolveDID(_ context.Context, did syntax.DID) (*identity.Identity, error) {
	id := *s.ids[did]
	id.Handle = syntax.Handle(string(did)[len("did:web:"):])
	return &id, nil
}

func (s *trapped) ResolveHandle(ctx context.Context, handle syntax.Handle) (syntax.DID, error) {
	s.asked = append(s.asked, handle)
	<-ctx.Done()
	return "", ctx.Err()
}

func (*trapped) ResolveAuthority(context.Context, syntax.NSID) (syntax.DID, error) {
	panic("it is not asked for")
}

// TestNobodyAsksForHandles has commits of accounts whose handles are at servers that do not
// answer. They are verified without asking those: keys and servers are in the DID documents.
func TestNobodyAsksForHandles_SN31_SN33(t *testing.T) {
	t.Parallel()
	h := newHost(t, 5, 3)
	synctest.Test(t, func(t *testing.T) {
		source := &trapped{ids: h.identities}
		start, last, accepted := time.Now(), time.Duration(0), 0
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		c := h.consumer(t, &sync.MemoryAccounts{}, &cursors{}, func(_ context.Context, _ int64, r *sync.Result) error {
			if r.Verdict == sync.Accepted {
				accepted++
			}
			last = time.Since(start)
			return nil
		})
		c.Workers = 1
		c.Verifier.Directory = identity.NewDirectory(source, identity.CacheOptions{Now: func() time.Time { return noon.Add(time.Since(start)) }})
		done := make(chan error, 1)
		go func() { done <- c.Run(ctx) }()
		time.Sleep(time.Minute)
		synctest.Wait()
		if accepted != len(h.events) || last != 0 || len(source.asked) != 0 {
			t.Errorf("%d of %d are accepted after %s; the handles %v were asked for", accepted, len(h.events), last, source.asked)
		}
		stop()
		<-done
	})
}
