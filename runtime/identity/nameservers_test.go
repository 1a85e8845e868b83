package identity_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestNameserversInReserve_ID54 has a first name server and a second, and tells how
// the second one came in.
func TestNameserversInReserve_ID54(t *testing.T) {
	t.Parallel()
	const name = "_atproto.carol.org"
	for title, c := range map[string]struct {
		first  func(n *network)
		second func(n *network)
		want   syntax.DID
		kind   error
		asked  bool // the second
	}{
		"the first answers": {
			first: func(n *network) { n.records[name] = []string{"did=" + string(alice)} }, want: alice,
		},
		"the first has no record": {
			first: func(*network) {}, second: func(n *network) { n.records[name] = []string{"did=" + string(alice)} }, kind: identity.ErrNotFound,
		},
		"the first fails": {
			first:  func(n *network) { n.rcodes[name] = dns.RcodeServerFailure },
			second: func(n *network) { n.records[name] = []string{"did=" + string(alice)} }, want: alice, asked: true,
		},
		"the first is silent": {
			first:  func(n *network) { n.rcodes[name] = -1 },
			second: func(n *network) { n.records[name] = []string{"did=" + string(alice)} }, want: alice, asked: true,
		},
		"both fail": {
			first:  func(n *network) { n.rcodes[name] = dns.RcodeServerFailure },
			second: func(n *network) { n.rcodes[name] = dns.RcodeRefused }, kind: identity.ErrUnavailable, asked: true,
		},
		"the second knows of nothing": {
			first: func(n *network) { n.rcodes[name] = dns.RcodeServerFailure }, second: func(*network) {}, kind: identity.ErrNotFound, asked: true,
		},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			first, second := newNetwork(t), newNetwork(t)
			first.set(func() { c.first(first) })
			if c.second != nil {
				second.set(func() { c.second(second) })
			}
			first.set(func() { first.hosts["carol.org"] = fails(404) })
			opts := first.options(syntax.Production)
			opts.DNS = identity.Nameservers{Servers: []identity.TXT{first.resolver, second.resolver}, Each: 500 * time.Millisecond}
			did, err := identity.NewResolver(opts).ResolveHandle(t.Context(), "carol.org")
			if did != c.want || !errors.Is(err, c.kind) {
				t.Errorf("%q, %v, want %q, %v", did, err, c.want, c.kind)
			}
			if asked := second.count(name) > 0; asked != c.asked || first.count(name) == 0 {
				t.Errorf("the first was asked %d times, the second %d times", first.count(name), second.count(name))
			}
		})
	}
}

// text is a name server that waits for the end of its time.
type text struct{}

func (text) LookupTXT(ctx context.Context, name string) ([]string, error) {
	<-ctx.Done()
	return nil, &net.DNSError{Err: "timeout", Name: name, IsTimeout: true}
}

func TestNameserversTellAllErrors(t *testing.T) {
	t.Parallel()
	if _, err := (identity.Nameservers{}).LookupTXT(t.Context(), "a.org."); err == nil || !strings.Contains(err.Error(), "no name server") {
		t.Error(err)
	}
	all := identity.Nameservers{Servers: []identity.TXT{text{}, text{}}, Each: time.Millisecond}
	if _, err := all.LookupTXT(t.Context(), "a.org."); err == nil || strings.Count(err.Error(), "timeout") != 2 {
		t.Error(err)
	}
}
