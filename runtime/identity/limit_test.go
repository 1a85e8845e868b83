package identity_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestHostsAreAskedAtARate asks one host 20 times at each time, of which a few are
// let through: the burst at once, and one more after each second.
func TestHostsAreAskedAtARate(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.set(func() {
		n.hosts["bob.org"], n.hosts["carol.org"] = says(documentOf(bob, "bob.org")), says(documentOf("did:web:carol.org", "carol.org"))
		n.documents[string(alice)] = says(documentOf(alice, "alice.org"))
	})
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	opts := n.options(syntax.Production)
	opts.HostRate = identity.Rate{Burst: 3, Every: time.Second}
	opts.DirectoryRate = identity.Rate{Burst: 5, Every: time.Minute}
	opts.Now = func() time.Time { return now }
	r := identity.NewResolver(opts)
	start := now
	for _, c := range []struct {
		at   time.Duration
		host int // requests in all
		plc  int
	}{
		{0, 3, 5},
		{999 * time.Millisecond, 3, 5},
		{time.Second, 4, 5},
		{3500 * time.Millisecond, 6, 5},
		{4 * time.Second, 7, 5},
		{time.Hour, 10, 10},
	} {
		now = start.Add(c.at)
		for range 20 {
			for _, did := range []syntax.DID{bob, alice} {
				if _, err := r.ResolveDID(t.Context(), did); err != nil && (!errors.Is(err, identity.ErrLimited) || !errors.Is(err, identity.ErrUnavailable)) {
					t.Errorf("%s: %v", did, err)
				}
			}
		}
		if n.count("bob.org") != c.host || n.count(string(alice)) != c.plc {
			t.Errorf("after %s: %d and %d requests, want %d and %d", c.at, n.count("bob.org"), n.count(string(alice)), c.host, c.plc)
		}
	}
	if _, err := r.ResolveDID(t.Context(), "did:web:carol.org"); err != nil {
		t.Errorf("another host: %v", err)
	}
}

// TestManyHandlesOfOneHostShareItsRate: each handle has a server of its own, which
// redirects to the host that they are to burden; each is asked of the DNS, too.
func TestManyHandlesOfOneHostShareItsRate(t *testing.T) {
	t.Parallel()
	const handles = 60
	n := newNetwork(t)
	n.set(func() {
		n.hosts["victim.org"] = fails(http.StatusNotFound)
		for i := range handles {
			n.hosts[fmt.Sprintf("a%d.org", i)] = elsewhere("https://" + []string{"victim", "VICTIM"}[i%2] + ".org/")
		}
	})
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	opts := n.options(syntax.Production)
	opts.HostRate, opts.Now = identity.Rate{Burst: 10, Every: time.Second}, func() time.Time { return now }
	r := identity.NewResolver(opts)
	for i := range handles {
		_, err := r.ResolveHandle(t.Context(), syntax.Handle(fmt.Sprintf("a%d.org", i)))
		if limited := i >= 10; errors.Is(err, identity.ErrLimited) != limited || limited && !strings.Contains(err.Error(), "victim.org, more than 10 times at once") {
			t.Errorf("handle %d: %v", i, err)
		}
	}
	if got := n.count("victim.org"); got != 10 {
		t.Errorf("%d requests", got)
	}
	for range 30 {
		_, _ = r.ResolveHandle(t.Context(), "nobody.org")
	}
	if n.count("_atproto.nobody.org") > 10 {
		t.Errorf("the DNS was asked %d times for one name", n.count("_atproto.nobody.org"))
	}
}
