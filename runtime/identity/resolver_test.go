package identity_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const bob syntax.DID = "did:web:bob.org"

// TestHandles_ID50_ID51_ID52_ID54 tells what the DNS and the server of a handle say,
// and where it leads.
func TestHandles_ID50_ID51_ID52_ID54(t *testing.T) {
	t.Parallel()
	const handle = "carol.org"
	slow := func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(300 * time.Millisecond):
			says(string(bob))(w, r)
		}
	}
	for name, c := range map[string]struct {
		records []string
		rcode   int
		server  http.HandlerFunc
		want    syntax.DID
		kind    error
		reason  string
	}{
		"the DNS alone":               {records: []string{"did=" + string(alice)}, want: alice},
		"the server alone":            {server: says(string(bob)), want: bob},
		"the server, with spaces":     {server: says(" \n" + string(bob) + " \r\n"), want: bob},
		"the server, and more lines":  {server: says(string(bob) + "\nand more"), want: bob},
		"a slow server":               {server: slow, want: bob},
		"conflict":                    {records: []string{"did=" + string(alice)}, server: says(string(bob)), want: alice},
		"the DNS, and a dead server":  {records: []string{"did=" + string(alice)}, server: silent, want: alice},
		"the DNS fails":               {rcode: dns.RcodeServerFailure, server: says(string(bob)), want: bob},
		"the DNS is silent":           {rcode: -1, server: says(string(bob)), want: bob},
		"other records":               {records: []string{"v=spf1", "did", "DID=" + string(bob), "did=" + string(alice), ""}, want: alice},
		"the same record twice":       {records: []string{"did=" + string(alice), "did=" + string(alice)}, want: alice},
		"two DIDs":                    {records: []string{"did=" + string(alice), "did=" + string(bob)}, server: says(string(bob)), kind: identity.ErrConflict, reason: "(ID-50)"},
		"other records only":          {records: []string{"v=spf1"}, kind: identity.ErrNotFound, reason: "no TXT record of _atproto.carol.org with did= (ID-50)"},
		"no DID":                      {records: []string{"did=alice"}, kind: identity.ErrNotFound, reason: `"did=alice"`},
		"nobody":                      {kind: identity.ErrNotFound, reason: "neither the DNS nor its server"},
		"nobody answers":              {rcode: dns.RcodeServerFailure, server: fails(503), kind: identity.ErrUnavailable, reason: "status 503"},
		"the DNS fails, no file":      {rcode: dns.RcodeServerFailure, server: fails(404), kind: identity.ErrUnavailable, reason: "does not answer for _atproto.carol.org"},
		"too many requests":           {server: fails(429), kind: identity.ErrUnavailable, reason: "status 429"},
		"a page":                      {server: says("<!doctype html>"), kind: identity.ErrNotFound, reason: `"<!doctype html>", which is no DID`},
		"an endless file":             {server: says(strings.Repeat("x", 1<<20)), kind: identity.ErrNotFound, reason: "at length"},
		"a silent server":             {server: silent, kind: identity.ErrUnavailable, reason: "does not answer"},
		"one redirect":                {server: redirected(1), want: bob},
		"redirects without end":       {server: redirected(1000), kind: identity.ErrNotFound, reason: "more than 5 redirects"},
		"to an address of the inside": {server: elsewhere("https://inside.invalid/"), kind: identity.ErrNotFound, reason: "no such host"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t)
			n.set(func() {
				n.rcodes["_atproto."+handle] = c.rcode
				if c.records != nil {
					n.records["_atproto."+handle] = c.records
				}
				if c.server != nil {
					n.hosts[handle] = c.server
				}
			})
			got, err := n.newResolver(syntax.Production).ResolveHandle(t.Context(), "Carol.ORG")
			if got != c.want || !errors.Is(err, c.kind) || err != nil && !strings.Contains(err.Error(), c.reason) {
				t.Errorf("%q, %v, want %q, %v, %q", got, err, c.want, c.kind, c.reason)
			}
			if n.count(handle) > 7 {
				t.Errorf("its server was asked %d times", n.count(handle))
			}
		})
	}
}

// redirected redirects some times to itself before it answers.
func redirected(times int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if passed := len(r.URL.RawQuery); passed < times {
			http.Redirect(w, r, fmt.Sprintf("/elsewhere?%s", strings.Repeat("x", passed+1)), http.StatusFound)
			return
		}
		says(string(bob))(w, r)
	}
}

func elsewhere(location string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, location, http.StatusFound) }
}

// TestHandlesThatAreNotAsked has those of domains that are not public, and those that
// are none. That of tests is fine in development.
func TestHandlesThatAreNotAsked_SY07(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	r := n.newResolver(syntax.Production)
	for _, handle := range []syntax.Handle{
		"a.alt", "a.arpa", "a.example", "a.internal", "handle.invalid", "a.LOCAL", "a.localhost", "a.onion", "a.test",
		"localhost", "a..b", "", "a.b/c", "127.0.0.1",
	} {
		if _, err := r.ResolveHandle(t.Context(), handle); !errors.Is(err, identity.ErrUnsupported) {
			t.Errorf("%q: %v", handle, err)
		}
	}
	if len(n.asked) > 0 {
		t.Errorf("asked for %v", n.asked)
	}
	n.set(func() { n.plain["a.test"] = says(string(bob)) })
	if did, err := n.newResolver(syntax.Development).ResolveHandle(t.Context(), "a.test"); err != nil || did != bob {
		t.Errorf("%s, %v", did, err)
	}
}

// TestLongHandles_SY09 has handles that are at most as long as the DNS can be asked
// for, and longer: those lead to a DID by their server alone.
func TestLongHandles_SY09(t *testing.T) {
	t.Parallel()
	label := strings.Repeat("a", 63) + "."
	for length, asked := range map[int]int64{244: 1, 245: 0, 250: 0, 253: 0} {
		handle := strings.Repeat(label, 3) + strings.Repeat("b", length-3*len(label)-4) + ".org"
		n, records := newNetwork(t), &deadDNS{}
		n.set(func() { n.hosts[handle] = says(string(bob)) })
		opts := n.options(syntax.Production)
		opts.DNS = records
		if did, err := identity.NewResolver(opts).ResolveHandle(t.Context(), syntax.Handle(handle)); did != bob || len(handle) != length {
			t.Errorf("one of %d: %q, %v", length, did, err)
		}
		if records.asked.Load() != asked {
			t.Errorf("one of %d: %d questions to the DNS, want %d", length, records.asked.Load(), asked)
		}
	}
}

// TestDIDs_ID01_ID08 tells what is served for a DID, and what comes of it.
func TestDIDs_ID01_ID08(t *testing.T) {
	t.Parallel()
	good := documentOf(alice, "alice.org")
	for name, c := range map[string]struct {
		server http.HandlerFunc
		kind   error
		reason string
	}{
		"served":         {server: says(good)},
		"not registered": {server: fails(404), kind: identity.ErrNotFound, reason: "answers 404"},
		"tombstone":      {server: fails(410), kind: identity.ErrNotFound, reason: "answers 410"},
		"down":           {server: fails(500), kind: identity.ErrUnavailable, reason: "answers 500"},
		"silent":         {server: silent, kind: identity.ErrUnavailable, reason: "ask the directory"},
		"of another":     {server: says(documentOf(bob, "bob.org")), kind: identity.ErrDocument, reason: "(ID-01)"},
		"not JSON":       {server: says("<!doctype html>"), kind: identity.ErrDocument, reason: "cannot be read"},
		"too large":      {server: says(strings.Repeat(" ", identity.MaxDocument) + good), kind: identity.ErrDocument, reason: "too large"},
		"breaks off":     {server: breaksOff(good), kind: identity.ErrUnavailable, reason: "unexpected EOF"},
		"a page of errors": {server: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			says(strings.Repeat("x", 1<<20))(w, nil)
		}, kind: identity.ErrUnavailable, reason: "answers 502"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t)
			n.set(func() { n.documents[string(alice)] = c.server })
			i, err := n.newResolver(syntax.Production).ResolveDID(t.Context(), alice)
			if !errors.Is(err, c.kind) || err != nil && !strings.Contains(err.Error(), c.reason) || err == nil && i.DID != alice {
				t.Errorf("%v, %v, want %v, %q", i, err, c.kind, c.reason)
			}
		})
	}
}

// breaksOff promises more than it sends.
func breaksOff(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write([]byte(text))
	}
}

// TestDidWeb has hosts that are asked, and DIDs for which nobody is: a DID of another
// method is told apart from what is no DID, and both from one that does not resolve.
func TestDidWeb_SY02_ID08(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	var accept, path string
	n.set(func() {
		n.hosts["bob.org"] = func(w http.ResponseWriter, r *http.Request) {
			accept, path = r.Header.Get("Accept"), r.URL.Path
			says(documentOf(bob, "bob.org"))(w, r)
		}
		n.hosts["moved.org"] = elsewhere("https://bob.org/.well-known/did.json")
		n.plain["localhost"] = says(documentOf("did:web:localhost%3A2583", "bob.org"))
	})
	r := n.newResolver(syntax.Production)
	if i, err := r.ResolveDID(t.Context(), bob); err != nil || i.PDS != "https://pds.example.org" {
		t.Errorf("%v, %v", i, err)
	}
	if accept != "application/did+ld+json,application/json" || path != "/.well-known/did.json" {
		t.Errorf("asked for %s at %s", accept, path)
	}
	if _, err := r.ResolveDID(t.Context(), "did:web:moved.org"); !errors.Is(err, identity.ErrUnavailable) || !strings.Contains(err.Error(), "status 302") {
		t.Errorf("a redirect is followed: %v", err)
	}
	for did, isDID := range map[syntax.DID]bool{
		"did:web:localhost": true, "did:web:localhost%3A2583": true, "did:web:a.test": true, "did:web:a.local": true, "did:web:bob.org%3A8443": true,
		"did:web:bob.org:user": true, "did:web:127.0.0.1": true, "did:web:[::1]": false, "did:web:bob.org%2Fx": true, "did:web:a@bob.org": false,
		"did:key:zQ3sh": true, "did:plc:short": true, "did:plc:EWVI7NXZYOUN6ZHXRHS64OIZ": true, "did:WEB:bob.org": false, "bob.org": false, "": false,
	} {
		_, err := r.ResolveDID(t.Context(), did)
		if _, syntaxFault := errors.AsType[*syntax.Error](err); !errors.Is(err, identity.ErrUnsupported) || syntaxFault == isDID {
			t.Errorf("%s: %v", did, err)
		}
	}
	if n.count("bob.org") != 1 {
		t.Errorf("%d requests", n.count("bob.org"))
	}
	if i, err := n.newResolver(syntax.Development).ResolveDID(t.Context(), "did:web:localhost%3A2583"); err != nil || i.Broken() {
		t.Errorf("%v, %v", i, err)
	}
}

func TestAuthorities_LE06(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.set(func() {
		n.records["_lexicon.blogging.lab.dept.university.edu"] = []string{"did=" + string(alice)}
		n.records["_lexicon.toy.app"] = []string{"did=" + string(bob)}
	})
	r := n.newResolver(syntax.Production)
	for nsid, want := range map[syntax.NSID]syntax.DID{
		"edu.university.dept.lab.blogging.getBlogPost": alice,
		"app.toy.record":     bob,
		"app.toy.sub.record": "", // the domain above does not count
	} {
		if did, err := r.ResolveAuthority(t.Context(), nsid); did != want || (want == "") != errors.Is(err, identity.ErrNotFound) {
			t.Errorf("%s: %q, %v", nsid, did, err)
		}
	}
	if _, err := r.ResolveAuthority(t.Context(), "app.toy"); !errors.Is(err, identity.ErrUnsupported) {
		t.Errorf("%v", err)
	}
}

// TestQuestionsTakeThreeSeconds_ID54 has a resolver without options but a name server
// that does not answer.
func TestQuestionsTakeThreeSeconds_ID54(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, began := identity.NewResolver(identity.ResolverOptions{DNS: text{}}), time.Now()
		if _, err := r.ResolveAuthority(t.Context(), "org.carol.record"); !errors.Is(err, identity.ErrUnavailable) || time.Since(began) != 3*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

func TestResolvingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.set(func() {
		n.rcodes["_atproto.carol.org"] = -1
		n.hosts["carol.org"], n.documents[string(alice)] = silent, silent
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := n.newResolver(syntax.Production)
	if _, err := r.ResolveHandle(ctx, "carol.org"); !errors.Is(err, identity.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := r.ResolveDID(ctx, alice); !errors.Is(err, identity.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
