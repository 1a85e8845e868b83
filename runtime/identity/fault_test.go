package identity_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// bound is what a fault may cost at most, however often it is met within the
// windows in which a Directory remembers it.
type bound struct {
	packets     int   // to the DNS; the Go resolver asks up to three servers twice
	connections int   // to servers and the directory
	requests    int   // to them
	bytes       int64 // from them, certificates included
}

// Bounds of what is asked for. A well-known file is 4 KiB at most and a document
// 256 KiB, and what stands in buffers when they are over is read, too.
var (
	oneDocument  = bound{connections: 1, requests: 1, bytes: 300 << 10}
	oneHandle    = bound{packets: 6, connections: 1, requests: 1, bytes: 64 << 10}
	oneRedirect  = bound{packets: 18, connections: 1, requests: 1, bytes: 64 << 10} // to a name that only the DNS knows
	allRedirects = bound{packets: 6, connections: 6, requests: 6, bytes: 64 << 10}
)

// deadline is generous: no fault may hold anybody up for longer.
const deadline = 20 * time.Second

// TestFaultsAreBounded has a network with one fault each. carol.org is a handle of
// alice, a did:plc, and bob.org one of a did:web of the same name; looked up is one
// of them 100 times, side by side and then one after another.
func TestFaultsAreBounded_ID01_ID08_ID50_ID51_ID52_ID53_ID54(t *testing.T) {
	t.Parallel()
	const carolTXT, bobTXT = "_atproto.carol.org", "_atproto.bob.org"
	inDNS := func(n *network) { n.records[carolTXT] = []string{"did=" + string(alice)} }
	serving := func(handler http.HandlerFunc) func(n *network) {
		return func(n *network) { n.hosts["carol.org"] = handler }
	}
	// directory has the handle in the DNS, and the fault in the directory.
	directory := func(handler http.HandlerFunc) func(n *network) {
		return func(n *network) { inDNS(n); n.documents[string(alice)] = handler }
	}
	// web has the handle in the DNS, and the fault at the host of the did:web.
	web := func(handler http.HandlerFunc) func(n *network) {
		return func(n *network) { n.records[bobTXT] = []string{"did=" + string(bob)}; n.hosts["bob.org"] = handler }
	}
	// certificate has a server that would answer well, had it another certificate.
	certificate := func(issued func(n *network) *tls.Certificate) func(n *network) {
		return func(n *network) {
			n.hosts["carol.org"] = says(string(alice))
			made := issued(n)
			n.certificate = func(string) *tls.Certificate { return made }
		}
	}
	packed() // before the clock runs
	for name, c := range map[string]struct {
		fault  func(n *network)
		look   syntax.AtIdentifier
		fired  string // the name that has met the fault; "" if it is the connection
		most   bound
		want   syntax.DID
		kind   error
		reason string
	}{
		// The directory of did:plc.
		"directory down":          {fault: func(n *network) { n.directory.Close() }, look: syntax.AtIdentifier(alice), most: bound{connections: 1}, kind: identity.ErrUnavailable, reason: "connection refused"},
		"directory silent":        {fault: directory(silent), look: syntax.AtIdentifier(alice), fired: string(alice), most: oneDocument, kind: identity.ErrUnavailable, reason: "deadline exceeded"},
		"directory drips":         {fault: directory(drips), look: syntax.AtIdentifier(alice), fired: string(alice), most: oneDocument, kind: identity.ErrUnavailable, reason: "deadline exceeded"},
		"directory endless":       {fault: directory(endless("x")), look: syntax.AtIdentifier(alice), fired: string(alice), most: oneDocument, kind: identity.ErrDocument, reason: "too large"},
		"directory with a bomb":   {fault: directory(bomb), look: syntax.AtIdentifier(alice), fired: string(alice), most: oneDocument, kind: identity.ErrDocument, reason: "too large"},
		"directory fails":         {fault: directory(fails(500)), look: syntax.AtIdentifier(alice), fired: string(alice), most: oneDocument, kind: identity.ErrUnavailable, reason: "answers 500"},
		"directory is overrun":    {fault: directory(fails(429)), look: syntax.AtIdentifier(alice), fired: string(alice), most: oneDocument, kind: identity.ErrUnavailable, reason: "answers 429"},
		"directory redirects":     {fault: directory(elsewhere("https://10.0.0.1/")), look: syntax.AtIdentifier(alice), fired: string(alice), most: oneDocument, kind: identity.ErrUnavailable, reason: "answers 302"},
		"directory has a page":    {fault: directory(says("<!doctype html>")), look: syntax.AtIdentifier(alice), fired: string(alice), most: oneDocument, kind: identity.ErrDocument, reason: "cannot be read"},
		"directory breaks off":    {fault: directory(breaksOff(documentOf(alice, "carol.org"))), look: syntax.AtIdentifier(alice), fired: string(alice), most: oneDocument, kind: identity.ErrUnavailable, reason: "unexpected EOF"},
		"document of another":     {fault: directory(says(documentOf(bob, "carol.org"))), look: syntax.AtIdentifier(alice), fired: string(alice), most: oneDocument, kind: identity.ErrDocument, reason: "(ID-01)"},
		"handle of a dead DID":    {fault: directory(fails(404)), look: "carol.org", fired: string(alice), most: bound{packets: 6, connections: 2, requests: 2, bytes: 300 << 10}, kind: identity.ErrNotFound, reason: "no such DID"},
		"document claims another": {fault: directory(says(documentOf(alice, "other.org"))), look: "carol.org", fired: string(alice), most: bound{packets: 6, connections: 2, requests: 2, bytes: 300 << 10}, kind: identity.ErrNotFound, reason: "(ID-53)"},

		// The host of a did:web.
		"did:web down":      {fault: func(n *network) { n.hosts["bob.org"] = silent; n.secure.Close() }, look: syntax.AtIdentifier(bob), most: bound{connections: 1}, kind: identity.ErrUnavailable, reason: "connection refused"},
		"did:web silent":    {fault: web(silent), look: syntax.AtIdentifier(bob), fired: "bob.org", most: oneDocument, kind: identity.ErrUnavailable, reason: "deadline exceeded"},
		"did:web endless":   {fault: web(endless(" ")), look: syntax.AtIdentifier(bob), fired: "bob.org", most: oneDocument, kind: identity.ErrDocument, reason: "too large"},
		"did:web redirects": {fault: web(elsewhere("https://carol.org/")), look: syntax.AtIdentifier(bob), fired: "bob.org", most: oneDocument, kind: identity.ErrUnavailable, reason: "status 302"},
		"did:web of nobody": {look: syntax.AtIdentifier(bob), fired: "bob.org", most: bound{packets: 12}, kind: identity.ErrNotFound, reason: "no such host"},
		"did:web of others": {fault: web(says(documentOf(alice, "bob.org"))), look: syntax.AtIdentifier(bob), fired: "bob.org", most: oneDocument, kind: identity.ErrDocument, reason: "(ID-01)"},

		// The DNS.
		"SERVFAIL":           {fault: func(n *network) { n.rcodes[carolTXT] = dns.RcodeServerFailure }, look: "carol.org", fired: carolTXT, most: oneRedirect, kind: identity.ErrUnavailable, reason: "does not answer for _atproto.carol.org"},
		"REFUSED":            {fault: func(n *network) { n.rcodes[carolTXT] = dns.RcodeRefused }, look: "carol.org", fired: carolTXT, most: oneRedirect, kind: identity.ErrUnavailable, reason: "does not answer for _atproto.carol.org"},
		"DNS silent":         {fault: func(n *network) { n.rcodes[carolTXT] = -1 }, look: "carol.org", fired: carolTXT, most: oneRedirect, kind: identity.ErrUnavailable, reason: "does not answer for _atproto.carol.org"},
		"NXDOMAIN":           {look: "carol.org", fired: carolTXT, most: oneRedirect, kind: identity.ErrNotFound, reason: "neither the DNS nor its server"},
		"no record":          {fault: func(n *network) { n.addresses[carolTXT] = []string{"192.0.2.1"} }, look: "carol.org", fired: carolTXT, most: oneRedirect, kind: identity.ErrNotFound, reason: "neither the DNS nor its server"},
		"two DIDs":           {fault: func(n *network) { n.records[carolTXT] = []string{"did=" + string(alice), "did=" + string(bob)} }, look: "carol.org", fired: carolTXT, most: oneRedirect, kind: identity.ErrConflict, reason: "(ID-50)"},
		"a DID over strings": {fault: func(n *network) { n.records[carolTXT] = []string{"did=did:p|lc:|" + string(alice)[8:]} }, look: "carol.org", fired: carolTXT, most: bound{packets: 18, connections: 1, requests: 1, bytes: 300 << 10}, want: alice},
		"a record of no DID": {fault: func(n *network) { n.records[carolTXT] = []string{"did=did:PLC:x"} }, look: "carol.org", fired: carolTXT, most: oneRedirect, kind: identity.ErrNotFound, reason: "is no DID"},
		"a thousand records": {fault: func(n *network) {
			n.records[carolTXT] = append(slices.Repeat([]string{"v=spf1"}, 999), "did="+string(alice))
		}, look: "carol.org", fired: carolTXT, most: oneRedirect, kind: identity.ErrNotFound, reason: "no TXT record"},
		"an endless DID": {fault: func(n *network) {
			n.records[carolTXT] = []string{"did=did:plc:" + strings.Repeat(strings.Repeat("a", 200)+"|", 100)}
		}, look: "carol.org", fired: carolTXT, most: oneRedirect, kind: identity.ErrNotFound, reason: "is no DID"},
		"DNS and server lie":  {fault: func(n *network) { inDNS(n); n.hosts["carol.org"] = says(string(bob)) }, look: "carol.org", fired: carolTXT, most: bound{packets: 6, connections: 2, requests: 2, bytes: 300 << 10}, want: alice},
		"SERVFAIL, no server": {fault: func(n *network) { n.rcodes[carolTXT], n.rcodes["carol.org"] = 2, 2 }, look: "carol.org", fired: "carol.org", most: oneRedirect, kind: identity.ErrUnavailable, reason: "its server does not answer"},

		// Certificates, and what else comes before a request.
		"certificate expired": {
			fault: certificate(func(n *network) *tls.Certificate { return n.authority.server("carol.org", time.Now().Add(-time.Hour)) }),
			look:  "carol.org", most: bound{packets: 6, connections: 1, bytes: 64 << 10}, kind: identity.ErrUnavailable, reason: "expired",
		},
		"certificate of another": {
			fault: certificate(func(n *network) *tls.Certificate { return n.authority.server("dave.org", time.Now().Add(time.Hour)) }),
			look:  "carol.org", most: bound{packets: 6, connections: 1, bytes: 64 << 10}, kind: identity.ErrUnavailable, reason: "valid for dave.org, not carol.org",
		},
		"certificate by nobody": {
			fault: certificate(func(n *network) *tls.Certificate {
				return newAuthority(n.authority.t).server("carol.org", time.Now().Add(time.Hour))
			}),
			look: "carol.org", most: bound{packets: 6, connections: 1, bytes: 64 << 10}, kind: identity.ErrUnavailable, reason: "unknown authority",
		},
		"no certificate":   {fault: certificate(func(*network) *tls.Certificate { return nil }), look: "carol.org", most: bound{packets: 6, connections: 1, bytes: 64 << 10}, kind: identity.ErrUnavailable, reason: "tls: "},
		"http where https": {fault: func(n *network) { n.hosts["carol.org"], n.deaf = says(string(alice)), true }, look: "carol.org", most: bound{packets: 6, connections: 1, bytes: 64 << 10}, kind: identity.ErrUnavailable, reason: "HTTP response to HTTPS client"},

		// The well-known file of a handle.
		"file behind a redirect":   {fault: serving(redirectsTo(1, alice)), look: "carol.org", fired: "carol.org", most: bound{packets: 6, connections: 2, requests: 3, bytes: 300 << 10}, want: alice},
		"redirects without end":    {fault: serving(redirectsTo(1000, alice)), look: "carol.org", fired: "carol.org", most: allRedirects, kind: identity.ErrNotFound, reason: "more than 5 redirects"},
		"a redirect to http":       {fault: serving(elsewhere("http://example.org/")), look: "carol.org", fired: "carol.org", most: oneRedirect, kind: guard.ErrForbidden, reason: "http instead of https"},
		"a redirect to the inside": {fault: serving(elsewhere("https://10.0.0.1/")), look: "carol.org", fired: "carol.org", most: oneRedirect, kind: guard.ErrForbidden, reason: "10.0.0.1"},
		"an endless file":          {fault: serving(endless("x")), look: "carol.org", fired: "carol.org", most: oneHandle, kind: identity.ErrNotFound, reason: "at length"},
		"a file with a bomb":       {fault: serving(bomb), look: "carol.org", fired: "carol.org", most: oneHandle, kind: identity.ErrNotFound, reason: "at length"},
		"a file that drips":        {fault: serving(drips), look: "carol.org", fired: "carol.org", most: oneHandle, kind: identity.ErrUnavailable, reason: "does not answer"},
		"a silent server":          {fault: serving(silent), look: "carol.org", fired: "carol.org", most: oneHandle, kind: identity.ErrUnavailable, reason: "does not answer"},
		"a file with spaces":       {fault: serving(says(" \t\r\n" + string(alice) + " \r\n\n")), look: "carol.org", fired: "carol.org", most: bound{packets: 6, connections: 2, requests: 2, bytes: 300 << 10}, want: alice},
		"a file of two lines":      {fault: serving(says(string(alice) + "\n" + string(bob))), look: "carol.org", fired: "carol.org", most: bound{packets: 6, connections: 2, requests: 2, bytes: 300 << 10}, want: alice},
		"a file with a BOM":        {fault: serving(says("\ufeff" + string(alice) + "\n")), look: "carol.org", fired: "carol.org", most: bound{packets: 6, connections: 2, requests: 2, bytes: 300 << 10}, want: alice},
		"a file in UTF-16":         {fault: serving(says("\xff\xfed\x00i\x00d\x00:\x00")), look: "carol.org", fired: "carol.org", most: oneHandle, kind: identity.ErrNotFound, reason: "is no DID"},
		"a page":                   {fault: serving(says("<!doctype html><title>did:plc:x</title>")), look: "carol.org", fired: "carol.org", most: oneHandle, kind: identity.ErrNotFound, reason: "is no DID"},
		"an empty file":            {fault: serving(says("")), look: "carol.org", fired: "carol.org", most: oneHandle, kind: identity.ErrNotFound, reason: "is no DID"},
		"no file":                  {fault: serving(fails(404)), look: "carol.org", fired: "carol.org", most: oneHandle, kind: identity.ErrNotFound, reason: "status 404"},
		"a server out of order":    {fault: serving(fails(500)), look: "carol.org", fired: "carol.org", most: oneHandle, kind: identity.ErrUnavailable, reason: "status 500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t)
			n.set(func() {
				n.documents[string(alice)] = says(documentOf(alice, "carol.org"))
				if c.fault != nil {
					c.fault(n)
				}
			})
			got, err := lookUpOften(t, n, c.look)
			if !errors.Is(err, c.kind) || (err == nil) != (c.kind == nil) || err != nil && !strings.Contains(err.Error(), c.reason) {
				t.Errorf("%v, want %v, %q", err, c.kind, c.reason)
			}
			if got != c.want {
				t.Errorf("it leads to %q, want %q", got, c.want)
			}
			if c.fired != "" && n.count(c.fired) == 0 || c.fired == "" && n.cost().connections == 0 {
				t.Error("the fault was not met")
			}
			if cost := n.cost(); !cost.within(c.most) {
				t.Errorf("it cost %+v, want at most %+v", cost, c.most)
			}
		})
	}
}

// cost is what was asked of the network so far. Some of its servers may still work.
func (n *network) cost() bound {
	n.mu.Lock()
	defer n.mu.Unlock()
	return bound{n.packets, n.connections, n.requests, n.read}
}

func (b bound) within(most bound) bool {
	return b.packets <= most.packets && b.connections <= most.connections && b.requests <= most.requests && b.bytes <= most.bytes
}

// lookUpOften returns what the last of 100 look-ups says. The time of the cache
// stands still, and all of them are over before the deadline.
func lookUpOften(t *testing.T, n *network, id syntax.AtIdentifier) (syntax.DID, error) {
	t.Helper()
	now := time.Now()
	d := identity.NewDirectory(n.newResolver(syntax.Production), identity.CacheOptions{Now: func() time.Time { return now }})
	defer d.Close()
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { _, _ = d.Lookup(ctx, id) })
	}
	all.Wait()
	var did syntax.DID
	var err error
	for range 50 {
		var i *identity.Identity
		if i, err = d.Lookup(ctx, id); err == nil {
			did = i.DID
		}
	}
	if ctx.Err() != nil {
		t.Errorf("it took longer than %s", deadline)
	}
	return did, err
}

// endless answers with a text over and over, until nobody reads it any more.
func endless(text string) http.HandlerFunc {
	chunk := bytes.Repeat([]byte(text), 1<<10)
	return func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
}

// drips sends a byte now and then.
func drips(w http.ResponseWriter, r *http.Request) {
	for {
		select {
		case <-r.Context().Done():
			return
		case <-time.After(20 * time.Millisecond):
			_, _ = w.Write([]byte(" "))
			_ = http.NewResponseController(w).Flush()
		}
	}
}

// packed is little that unpacks to 64 MiB.
var packed = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for chunk, n := make([]byte, 1<<20), 0; n < 64; n++ {
		_, _ = z.Write(chunk)
	}
	_ = z.Close()
	return b.Bytes()
})

// bomb sends what is packed.
func bomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	_, _ = w.Write(packed())
}

// redirectsTo redirects some times to itself before it answers with a DID.
func redirectsTo(times int, did syntax.DID) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if passed := len(r.URL.RawQuery); passed < times {
			http.Redirect(w, r, "/elsewhere?"+strings.Repeat("x", passed+1), http.StatusFound)
			return
		}
		says(string(did))(w, r)
	}
}

// TestTenThousandLookUpsOfADeadHost: a server that refuses connections is asked once
// in each window for its did:web, and once for its handle, and so is the DNS, which
// does not answer for that.
func TestTenThousandLookUpsOfADeadHost(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.set(func() { n.hosts["bob.org"] = silent; n.secure.Close() })
	opts, records := n.options(syntax.Production), &deadDNS{}
	opts.DNS = records
	clock := newHand()
	d := identity.NewDirectory(identity.NewResolver(opts), identity.CacheOptions{Now: clock.time})
	defer d.Close()
	for window := 1; window <= 3; window++ {
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				for range 100 {
					for _, id := range []syntax.AtIdentifier{syntax.AtIdentifier(bob), "bob.org"} {
						if _, err := d.Lookup(t.Context(), id); !errors.Is(err, identity.ErrUnavailable) {
							t.Errorf("%s: %v", id, err)
						}
					}
				}
			})
		}
		all.Wait()
		if n.cost().connections != 2*window || int(records.asked.Load()) != window {
			t.Errorf("%d connections and %d questions to the DNS in %d windows", n.cost().connections, records.asked.Load(), window)
		}
		clock.add(30 * time.Second)
	}
}

// deadDNS counts questions, and answers none.
type deadDNS struct{ asked atomic.Int64 }

func (d *deadDNS) LookupTXT(_ context.Context, name string) ([]string, error) {
	d.asked.Add(1)
	return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
}
