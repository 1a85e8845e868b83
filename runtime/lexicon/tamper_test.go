package lexicon_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/lexgen/lexgen/internal/lexicontest"
	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/repo"
)

// sends has a server send a file, whatever it is asked for.
func sends(file []byte) func(http.Handler) http.Handler {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", repo.ExportMediaType)
			_, _ = w.Write(file)
		})
	}
}

// answers has a server answer with a status and a text of JSON.
func answers(status int, text string) func(http.Handler) http.Handler {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
		})
	}
}

// published is a record of com.example.post with these members instead of its own.
func published(t *testing.T, text string) repo.Write {
	t.Helper()
	data, err := lexicon.Encode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return repo.PutData(lexicon.Collection, "com.example.post", data)
}

// TestTampering_LE05_LE06_LE07_LE08_LE09_RE44_RE45_ID07 has a row for each way in which
// somebody between the reader and the author lies, fails or is mistaken. Each is refused
// with a kind and a reason of its own, and with a way out.
func TestTampering_LE05_LE06_LE07_LE08_LE09_RE44_RE45_ID07(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]tampering{
		"no TXT record": {
			func(_ *testing.T, n *lexicontest.Network, _ *lexicontest.Account) { n.Set("_lexicon.example.com") },
			lexicon.ErrAuthority, "the DNS has no TXT record of _lexicon.example.com",
		},
		"the domain above has one": {
			func(_ *testing.T, n *lexicontest.Network, _ *lexicontest.Account) {
				n.Set("_lexicon.example.com")
				n.Set("_lexicon.com", "did="+string(alice))
				n.Set("_lexicon.post.example.com", "did="+string(alice))
			},
			lexicon.ErrAuthority, "the DNS has no TXT record of _lexicon.example.com",
		},
		"two TXT values": {
			func(_ *testing.T, n *lexicontest.Network, _ *lexicontest.Account) {
				n.Set("_lexicon.example.com", "did="+string(alice), "did="+string(bob))
			},
			lexicon.ErrAmbiguous, "the DNS leads to ",
		},
		"two equal TXT values": { // who reads the first alone and who counts must not differ
			func(_ *testing.T, n *lexicontest.Network, _ *lexicontest.Account) {
				n.Set("_lexicon.example.com", "did="+string(alice), "did=|"+string(alice))
			},
			lexicon.ErrAmbiguous, "the DNS has did=" + string(alice) + " more than once for _lexicon.example.com (LE-08)",
		},
		"a value that is no DID": {
			func(_ *testing.T, n *lexicontest.Network, _ *lexicontest.Account) {
				n.Set("_lexicon.example.com", "did=example.com")
			},
			lexicon.ErrAuthority, "which is no DID",
		},
		"the DNS fails": {
			func(_ *testing.T, n *lexicontest.Network, _ *lexicontest.Account) {
				n.Fail("_lexicon.example.com", dns.RcodeServerFailure)
			},
			lexicon.ErrUnavailable, "the DNS does not answer for _lexicon.example.com",
		},
		"the DNS moved to who has no such schema": {
			func(_ *testing.T, n *lexicontest.Network, _ *lexicontest.Account) {
				n.Account(bob)
				n.Set("_lexicon.example.com", "did="+string(bob))
			},
			lexicon.ErrNotFound, "the authority " + string(bob) + " has no such schema, and proves it",
		},
		"the DID does not exist": {
			func(_ *testing.T, n *lexicontest.Network, _ *lexicontest.Account) { n.SetDocument(alice, "") },
			lexicon.ErrAuthority, "there is no such DID",
		},
		"the document has no server": {
			func(_ *testing.T, n *lexicontest.Network, a *lexicontest.Account) {
				n.SetDocument(alice, a.Document(a.SigningKey(), "mailto:nobody"))
			},
			lexicon.ErrNoServer, "has no server",
		},
		"the document has no key": {
			func(_ *testing.T, n *lexicontest.Network, a *lexicontest.Account) {
				n.SetDocument(alice, strings.Replace(a.Document(a.SigningKey(), a.URL), "Multikey", "Nokey", 1))
			},
			lexicon.ErrNoServer, "has no key",
		},
		"the server is gone": {
			func(_ *testing.T, n *lexicontest.Network, a *lexicontest.Account) {
				gone := httptest.NewServer(http.NotFoundHandler())
				gone.Close()
				n.SetDocument(alice, a.Document(a.SigningKey(), gone.URL))
			},
			lexicon.ErrUnavailable, "connection refused",
		},
		"the server fails": {
			func(_ *testing.T, _ *lexicontest.Network, a *lexicontest.Account) {
				a.Intercept(answers(503, `{"error":"Down"}`))
			},
			lexicon.ErrUnavailable, "Down (503)",
		},
		"absence without a proof": {
			func(_ *testing.T, _ *lexicontest.Network, a *lexicontest.Account) {
				a.Intercept(answers(400, `{"error":"RecordNotFound"}`))
			},
			lexicon.ErrUnproved, "says RecordNotFound for " + string(alice) + ", and proves nothing",
		},
		"absence that another key signed": {
			func(_ *testing.T, n *lexicontest.Network, a *lexicontest.Account) {
				a.SetKey(n.Key())
				a.Unpublish("com.example.post")
			},
			lexicon.ErrSignature, "the key of " + string(alice) + " did not sign it",
		},
		"absence": {
			func(_ *testing.T, _ *lexicontest.Network, a *lexicontest.Account) { a.Unpublish("com.example.post") },
			lexicon.ErrNotFound, "the authority " + string(alice) + " has no such schema, and proves it",
		},
		"another key": {
			func(_ *testing.T, n *lexicontest.Network, a *lexicontest.Account) {
				n.SetDocument(alice, a.Document(n.Key().PublicKey(), a.URL))
			},
			lexicon.ErrSignature, "did not sign it",
		},
		"the repository of another account": {
			func(_ *testing.T, n *lexicontest.Network, a *lexicontest.Account) {
				b := n.Account(bob)
				b.Publish(post)
				n.Set("_lexicon.example.com", "did="+string(alice))
				a.Intercept(sends(b.Proof("com.example.post")))
			},
			lexicon.ErrProof, "it is a commit of " + string(bob) + ", not of " + string(alice),
		},
		"the proof of another record": {
			func(_ *testing.T, _ *lexicontest.Network, a *lexicontest.Account) {
				for i := range 200 { // so that the way to another record is another one
					a.Publish(strings.Replace(post, "com.example.post", "com.example.other"+strings.Repeat("x", i), 1))
				}
				a.Intercept(sends(a.Proof("com.example.other")))
			},
			lexicon.ErrProof, "it is missing (RE-32)",
		},
		"an altered block": {
			func(_ *testing.T, _ *lexicontest.Network, a *lexicontest.Account) {
				file := a.Proof("com.example.post")
				a.Intercept(sends(bytes.Replace(file, []byte("maxLength"), []byte("minLength"), 1)))
			},
			lexicon.ErrProof, "(RE-33)",
		},
		"no block of the record": {
			func(_ *testing.T, _ *lexicontest.Network, a *lexicontest.Account) {
				file := a.Proof("com.example.post")
				a.Intercept(sends(file[:len(file)-300]))
			},
			lexicon.ErrProof, "",
		},
		"no CAR file": {
			func(_ *testing.T, _ *lexicontest.Network, a *lexicontest.Account) {
				a.Intercept(sends([]byte("hello")))
			},
			lexicon.ErrProof, "(RE-30)",
		},
		"nothing": {
			func(_ *testing.T, _ *lexicontest.Network, a *lexicontest.Account) { a.Intercept(sends(nil)) },
			lexicon.ErrProof, "(RE-30)",
		},
		"a page": {
			func(_ *testing.T, _ *lexicontest.Network, a *lexicontest.Account) {
				a.Intercept(answers(200, `{"cid":"x"}`))
			},
			lexicon.ErrUnavailable, `is "application/json"`,
		},
		"another id": {
			func(t *testing.T, _ *lexicontest.Network, a *lexicontest.Account) {
				a.Apply(published(t, `{"$type":"com.atproto.lexicon.schema","lexicon":1,"id":"com.example.other","defs":{}}`))
			},
			lexicon.ErrRecord, `the record has the id "com.example.other", which is not its key`,
		},
		"another version": {
			func(t *testing.T, _ *lexicontest.Network, a *lexicontest.Account) {
				a.Apply(published(t, `{"$type":"com.atproto.lexicon.schema","lexicon":2,"id":"com.example.post","defs":{}}`))
			},
			lexicon.ErrRecord, "the record has lexicon: 2, and this is version 1",
		},
		"no definitions": {
			func(t *testing.T, _ *lexicontest.Network, a *lexicontest.Account) {
				a.Apply(published(t, `{"$type":"com.atproto.lexicon.schema","lexicon":1,"id":"com.example.post","defs":[]}`))
			},
			lexicon.ErrRecord, "the record has no defs",
		},
		"no schema": {
			func(t *testing.T, _ *lexicontest.Network, a *lexicontest.Account) {
				a.Apply(published(t, `{"$type":"com.atproto.lexicon.schema","lexicon":1,"id":"com.example.post","defs":{"main":{}}}`))
			},
			lexicon.ErrRecord, "the record is no lexicon: line ",
		},
		"oversize": {
			func(_ *testing.T, _ *lexicontest.Network, a *lexicontest.Account) {
				a.Intercept(sends(make([]byte, 5<<20)))
			},
			lexicon.ErrTooLarge, "more than 4194304 bytes",
		},
		"slow": {
			func(_ *testing.T, _ *lexicontest.Network, a *lexicontest.Account) {
				a.Intercept(func(http.Handler) http.Handler {
					return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
				})
			},
			lexicon.ErrUnavailable, "no answer within 300ms",
		},
		"drop by drop": {
			func(_ *testing.T, _ *lexicontest.Network, a *lexicontest.Account) {
				a.Intercept(func(http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						w.Header().Set("Content-Type", repo.ExportMediaType)
						for r.Context().Err() == nil {
							_, _ = w.Write([]byte{0})
							_ = http.NewResponseController(w).Flush()
							time.Sleep(10 * time.Millisecond)
						}
					})
				})
			},
			lexicon.ErrUnavailable, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := lexicontest.New(t)
			account := n.Account(alice)
			account.Publish(post)
			c.tamper(t, n, account)
			c.resolve(t, n, name)
		})
	}
}

// A tampering is a way to lie, and what becomes of it.
type tampering struct {
	tamper func(t *testing.T, n *lexicontest.Network, a *lexicontest.Account)
	kind   error
	reason string
}

// resolve demands that the schema is refused.
func (c tampering) resolve(t *testing.T, n *lexicontest.Network, name string) {
	t.Helper()
	opts := options(n)
	switch name {
	case "slow":
		opts.Timeout = 300 * time.Millisecond
	case "drop by drop":
		opts.Client = &http.Client{Timeout: 300 * time.Millisecond}
	}
	found, err := lexicon.NewResolver(opts).Resolve(t.Context(), "com.example.post")
	refused, ok := errors.AsType[*lexicon.Error](err)
	if !ok || found != nil {
		t.Fatalf("resolved %v, %v", found, err)
	}
	if !errors.Is(err, c.kind) || !strings.Contains(refused.Reason, c.reason) || refused.Help == "" || refused.NSID != "com.example.post" {
		t.Errorf("%v\nhelp %q\nwant %v: %s", err, refused.Help, c.kind, c.reason)
	}
	for _, other := range kinds {
		if errors.Is(err, other) && !errors.Is(c.kind, other) {
			t.Errorf("it is %v, too", other)
		}
	}
}

// kinds are those of errors.
var kinds = []error{
	lexicon.ErrAuthority, lexicon.ErrAmbiguous, lexicon.ErrNoServer, lexicon.ErrNotFound, lexicon.ErrUnproved, lexicon.ErrProof,
	lexicon.ErrSignature, lexicon.ErrStale, lexicon.ErrRecord, lexicon.ErrTooLarge, lexicon.ErrForbidden, lexicon.ErrUnavailable,
}

// TestPrivateAddressesAreRefused resolves as in production, in a network on loopback.
func TestPrivateAddressesAreRefused_LE09(t *testing.T) {
	t.Parallel()
	n := lexicontest.New(t)
	account := n.Account(alice)
	account.Publish(post)
	opts := options(n)
	opts.Client = nil
	if _, err := lexicon.NewResolver(opts).Resolve(t.Context(), "com.example.post"); !errors.Is(err, lexicon.ErrForbidden) {
		t.Errorf("a server without https: %v", err)
	}
	n.SetDocument(alice, account.Document(account.SigningKey(), strings.Replace(account.URL, "http:", "https:", 1)))
	if _, err := lexicon.NewResolver(opts).Resolve(t.Context(), "com.example.post"); !errors.Is(err, lexicon.ErrForbidden) {
		t.Errorf("a server on loopback: %v", err)
	}
	if all, _ := account.Requests(); all != 0 {
		t.Errorf("the server got %d requests", all)
	}
}

// TestRedirectsToPrivateAddressesAreRefused has a public server, as which one on loopback
// is permitted, redirect to a private address.
func TestRedirectsToPrivateAddressesAreRefused_LE09(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"https://10.0.0.1/", "https://[::1]/", "http://example.com/", "https://169.254.169.254/latest/meta-data"} {
		n := lexicontest.New(t)
		account := n.Account(alice)
		account.Publish(post)
		public := httptest.NewTLSServer(http.RedirectHandler(target, http.StatusFound))
		t.Cleanup(public.Close)
		n.SetDocument(alice, account.Document(account.SigningKey(), public.URL))
		opts := options(n)
		opts.Client = guard.NewClient(permitted(t, public))
		_, err := lexicon.NewResolver(opts).Resolve(t.Context(), "com.example.post")
		if !errors.Is(err, lexicon.ErrForbidden) && !strings.Contains(err.Error(), "redirect") {
			t.Errorf("%s: %v", target, err)
		}
	}
}

// permitted are options of a client for which a server on loopback is a public one.
func permitted(t *testing.T, server *httptest.Server) guard.Options {
	t.Helper()
	address := netip.MustParseAddrPort(server.Listener.Addr().String())
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return guard.Options{
		TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, Redirects: 5,
		Allow: []netip.Prefix{netip.PrefixFrom(address.Addr(), 32)}, Ports: []uint16{address.Port(), 443},
	}
}
