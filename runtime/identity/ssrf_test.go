package identity_test

import (
	"errors"
	"testing"

	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestNothingInsideIsReached_ID08_ID51: a handle, a did:web, and what either redirects
// to are names that strangers may point to where they like. Package guard has the
// table of addresses; here it is that both ways lead through it.
func TestNothingInsideIsReached_ID08_ID51(t *testing.T) {
	t.Parallel()
	for _, addresses := range [][]string{
		{"127.0.0.1"}, {"10.0.0.1"}, {"169.254.169.254"}, {"100.64.0.1"}, {"192.0.2.1"}, {"224.0.0.1"}, {"0.0.0.0"},
		{"127.0.0.1", "192.168.0.1", "172.16.0.1"},
	} {
		n := newNetwork(t)
		n.set(func() {
			n.addresses["inside.org"] = addresses
			n.hosts["carol.org"] = elsewhere("https://inside.org/.well-known/atproto-did")
		})
		r := n.newResolver(syntax.Production)
		for _, handle := range []syntax.Handle{"inside.org", "carol.org"} {
			if _, err := r.ResolveHandle(t.Context(), handle); !errors.Is(err, guard.ErrForbidden) || !errors.Is(err, identity.ErrNotFound) {
				t.Errorf("%s at %v: %v", handle, addresses, err)
			}
		}
		if _, err := r.ResolveDID(t.Context(), "did:web:inside.org"); !errors.Is(err, guard.ErrForbidden) || !errors.Is(err, identity.ErrNotFound) {
			t.Errorf("did:web at %v: %v", addresses, err)
		}
		if n.count("carol.org") != 1 || n.cost().connections != 1 {
			t.Errorf("%d requests, %d connections", n.count("carol.org"), n.cost().connections)
		}
	}
}
