package relay_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/relay"
	"github.com/lexgen/lexgen/services/relay/store"
)

// A source is the network behind a directory that remembers. Handles lead back.
type source struct{ *network }

func (s source) ResolveDID(_ context.Context, did syntax.DID) (*identity.Identity, error) {
	return s.find(did)
}

func (source) ResolveHandle(_ context.Context, handle syntax.Handle) (syntax.DID, error) {
	return syntax.DID("did:web:" + string(handle)), nil
}

func (source) ResolveAuthority(context.Context, syntax.NSID) (syntax.DID, error) {
	return "", identity.ErrNotFound
}

// TestAHintBringsNobodyOutOfStep_SN07_ID09 has a host say that the identity of an account at another one
// has changed, and the account's own host, while nobody says where accounts are. What is remembered counts
// on. The new key of an account counts as soon as somebody says so again, without another hint.
func TestAHintBringsNobodyOutOfStep_SN07_ID09(t *testing.T) {
	t.Parallel()
	w := &world{network: newNetwork(), t: t, store: &store.Memory{}, events: &sync.MemoryLog{}}
	w.change = func(o *relay.Options) {
		d := identity.NewDirectory(source{w.network}, identity.CacheOptions{Now: o.Now})
		t.Cleanup(d.Close)
		o.Directory = d
	}
	w.start()
	h, other := w.follow(home), w.follow(away)
	alice, bob := h.account(t, "alice"), h.account(t, "bob")
	hint := func(from *pds, a *account) {
		t.Helper()
		from.sends(t, a.named(a.name+".example.com"))
		w.passes("identity " + a.name + " " + a.name + ".example.com")
	}
	down := func(is bool) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.down = is
	}
	key := bob.key
	bob.key = alice.key // which is not the one that he writes with
	bob.lives("https://" + home)
	hint(h, bob)
	alice.sendsPost()
	w.passes("commit alice key0000")
	down(true)
	for i, from := range []*pds{other, h} {
		hint(from, alice)
		alice.sendsPost()
		w.passes(fmt.Sprintf("commit alice key%04d", i+1))
	}
	bob.key = key
	bob.lives("https://" + home)
	hint(h, bob)
	down(false)
	w.clock.Add(30 * time.Second)
	bob.sendsPost()
	w.passes("commit bob key0000")
}
