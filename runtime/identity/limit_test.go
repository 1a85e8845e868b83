package identity_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
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

// hand is a clock that a test moves by hand.
type hand struct {
	mu  sync.Mutex
	now time.Time
}

func newHand() *hand { return &hand{now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)} }

func (h *hand) time() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hand) add(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// limited returns a resolver and a directory for the network, with one clock.
func (n *network) limited(t *testing.T, change func(*identity.ResolverOptions)) (*identity.Resolver, *identity.Directory, *hand) {
	t.Helper()
	clock, opts := newHand(), n.options(syntax.Production)
	opts.Now = clock.time
	change(&opts)
	r := identity.NewResolver(opts)
	d := identity.NewDirectory(r, identity.CacheOptions{Now: clock.time})
	t.Cleanup(d.Close)
	return r, d, clock
}

// TestRedirectsDoNotUseUpAHost has handles of a stranger that are redirected to the
// server of somebody's handle, as often as it may be asked and more. That handle is
// verified nevertheless: redirects have a rate of their own.
func TestRedirectsDoNotUseUpAHost_ID51_ID53(t *testing.T) {
	t.Parallel()
	const handles = 60
	n := newNetwork(t)
	n.set(func() {
		n.documents[string(alice)] = says(documentOf(alice, "carol.org"))
		n.hosts["carol.org"] = says(string(alice))
		for i := range handles {
			n.hosts[fmt.Sprintf("e%d.evil.org", i)] = elsewhere("https://carol.org/.well-known/atproto-did")
		}
	})
	_, d, _ := n.limited(t, func(*identity.ResolverOptions) {})
	refused := 0
	for i := range handles {
		if _, err := d.LookupHandle(t.Context(), syntax.Handle(fmt.Sprintf("e%d.evil.org", i))); errors.Is(err, identity.ErrLimited) {
			refused++
		}
	}
	if refused != 10 || n.count("carol.org") != 50 {
		t.Errorf("%d were refused, and %d let through", refused, n.count("carol.org"))
	}
	if got := handleOf(t, d, syntax.AtIdentifier(alice)); got != "carol.org" || n.count("carol.org") != 51 {
		t.Errorf("the handle is %s after %d requests", got, n.count("carol.org"))
	}
}

// TestAHostMayRedirectToItself: such a redirect counts like a request of its own, and
// not among those of strangers.
func TestAHostMayRedirectToItself_ID51(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.set(func() {
		n.hosts["carol.org"], n.hosts["evil.org"] = redirected(1), elsewhere("https://carol.org/?x")
	})
	r, _, _ := n.limited(t, func(o *identity.ResolverOptions) { o.HostRate = identity.Rate{Burst: 3, Every: time.Second} })
	for range 3 { // of carol.org
		if _, err := r.ResolveHandle(t.Context(), "evil.org"); err != nil {
			t.Fatal(err)
		}
	}
	if did, err := r.ResolveHandle(t.Context(), "carol.org"); did != bob {
		t.Error(err)
	}
	if _, err := r.ResolveHandle(t.Context(), "carol.org"); !errors.Is(err, identity.ErrLimited) || n.count("carol.org") != 6 {
		t.Errorf("%v after %d requests", err, n.count("carol.org"))
	}
}

// TestALimitIsNotRemembered has a handle whose server and name in the DNS may not be
// asked just now. That is no answer: as soon as they may be, they are.
func TestALimitIsNotRemembered_ID53(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.set(func() {
		n.documents[string(alice)] = says(documentOf(alice, "carol.org"))
		n.hosts["carol.org"] = says(string(alice))
		n.records["_lexicon.carol.org"] = []string{"did=" + string(alice)}
	})
	r, d, clock := n.limited(t, func(o *identity.ResolverOptions) { o.HostRate = identity.Rate{Burst: 1, Every: time.Second} })
	if _, err := r.ResolveHandle(t.Context(), "carol.org"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ResolveAuthority(t.Context(), "org.carol.record"); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if got := handleOf(t, d, syntax.AtIdentifier(alice)); got != syntax.HandleInvalid {
			t.Errorf("the handle is %s", got)
		}
		if _, err := d.LookupHandle(t.Context(), "carol.org"); !errors.Is(err, identity.ErrLimited) || !errors.Is(err, identity.ErrUnavailable) {
			t.Error(err)
		}
		_, err := d.LookupAuthority(t.Context(), "org.carol.record")
		if !errors.Is(err, identity.ErrLimited) || !errors.Is(err, identity.ErrUnavailable) || errors.Is(err, identity.ErrNotFound) {
			t.Error(err)
		}
	}
	clock.add(time.Second)
	if got := handleOf(t, d, syntax.AtIdentifier(alice)); got != "carol.org" || n.count("carol.org") != 2 || n.count(string(alice)) != 1 {
		t.Errorf("the handle is %s after %d requests, and %d for the DID", got, n.count("carol.org"), n.count(string(alice)))
	}
	if did, err := d.LookupAuthority(t.Context(), "org.carol.record"); did != alice {
		t.Error(err)
	}
}

// TestInventedDIDsHoldUpNobody looks up more of them than the directory may be asked
// for, and then one that exists.
func TestInventedDIDsHoldUpNobody(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.set(func() { n.documents[string(alice)] = says(documentOf(alice, "carol.org")) })
	_, d, clock := n.limited(t, func(*identity.ResolverOptions) {})
	limited := 0
	for _, r := range d.LookupAll(t.Context(), invented(3000)...) {
		if errors.Is(r.Err, identity.ErrLimited) {
			limited++
		}
	}
	if limited != 2000 || n.cost().requests != 1000 {
		t.Errorf("%d refused after %d requests", limited, n.cost().requests)
	}
	if _, err := d.LookupDID(t.Context(), alice); !errors.Is(err, identity.ErrLimited) || !errors.Is(err, identity.ErrUnavailable) {
		t.Error(err)
	}
	clock.add(2 * time.Millisecond)
	if i, err := d.LookupDID(t.Context(), alice); err != nil || i.DID != alice || n.count(string(alice)) != 1 {
		t.Errorf("%v after %d requests", err, n.count(string(alice)))
	}
}

// invented returns DIDs that nobody has.
func invented(count int) []syntax.AtIdentifier {
	const digits = "abcdefghijklmnopqrstuvwxyz234567"
	ids := make([]syntax.AtIdentifier, count)
	for i := range ids {
		ids[i] = syntax.AtIdentifier(fmt.Sprintf("did:plc:%s%c%c%c", strings.Repeat("a", 21), digits[i>>10], digits[i>>5&31], digits[i&31]))
	}
	return ids
}
