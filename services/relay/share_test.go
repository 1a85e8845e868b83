package relay_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/relay"
)

// A gated directory says where accounts are whose names begin with slow when its gate is
// closed.
type gated struct {
	sync.Directory

	gate chan struct{}
}

func (g *gated) LookupUnnamed(ctx context.Context, did syntax.DID, fresh bool) (*identity.Identity, error) {
	if strings.HasPrefix(string(did), "did:web:slow") {
		<-g.gate
	}
	return g.Directory.LookupUnnamed(ctx, did, fresh)
}

// TestHostsShareMemory_SN41 has events of one host that cannot be verified for a while, and
// room in memory for hardly any. No more are read from that host, and those of another one
// pass.
func TestHostsShareMemory_SN41(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	w := inMemory(t, func(o *relay.Options) {
		o.Directory = &gated{o.Directory, gate}
		o.AllPendingBytes = 2
	})
	h, other := w.follow(home), w.follow(away)
	bob := other.account(t, "bob")
	const count = 10
	for i := range count {
		h.account(t, fmt.Sprint("slow", i)).sendsPost()
	}
	w.until("some have come", func() bool { return w.relay.Host(home).Events["commit"] == 2 })
	for range count {
		bob.sendsPost()
		w.next()
	}
	if n := w.relay.Host(home).Events["commit"]; n != 2 {
		t.Errorf("%d events of the host have come", n)
	}
	close(gate)
	for range count {
		w.next()
	}
}
