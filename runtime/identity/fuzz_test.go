package identity_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// memory is a network in memory: one body for all hosts, one list of records for
// all names, none if nil. It keeps what was asked for.
type memory struct {
	body    []byte
	records []string

	mu    sync.Mutex
	urls  []string
	hosts []string
	names []string
}

func (m *memory) RoundTrip(r *http.Request) (*http.Response, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.urls, m.hosts = append(m.urls, r.URL.String()), append(m.hosts, r.URL.Host)
	return &http.Response{StatusCode: http.StatusOK, Request: r, Body: io.NopCloser(bytes.NewReader(m.body))}, nil
}

func (m *memory) LookupTXT(_ context.Context, name string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.names = append(m.names, name)
	if m.records == nil {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return m.records, nil
}

func (m *memory) resolver() *identity.Resolver {
	client := &http.Client{Transport: m}
	return identity.NewResolver(identity.ResolverOptions{Client: client, DirectoryClient: client, DNS: m})
}

// FuzzWellKnown demands that a body leads to a DID that stands on its first line, or
// nowhere, and that spaces around it do not count.
func FuzzWellKnown_ID51_ID54(f *testing.F) {
	for _, body := range []string{
		string(alice), " \r\n" + string(alice) + " \n", string(alice) + "\n" + string(bob), "\ufeff" + string(alice), "<!doctype html>", "", "\n\n", "did:", "did:web:a\x00", string(alice) + "\r" + string(bob),
		strings.Repeat(" ", 5000) + string(alice), "\"" + string(alice) + "\"", string(alice) + "#atproto", "did:web:bob.org%3A443",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		m := &memory{body: body}
		did, err := m.resolver().ResolveHandle(t.Context(), "carol.org")
		if err != nil {
			if did != "" || !errors.Is(err, identity.ErrNotFound) || len(err.Error()) > 1000 {
				t.Fatalf("%q, %v", did, err)
			}
			return
		}
		if _, err := syntax.ParseDID(string(did)); err != nil || !bytes.Contains(body, []byte(did)) || len(body) > 4<<10 {
			t.Fatalf("%q: %v", did, err)
		}
		m.body = slices.Concat([]byte(" \n\t"), bytes.TrimPrefix(body, []byte("\ufeff")), []byte("\r\n "))
		if again, err := m.resolver().ResolveHandle(t.Context(), "carol.org"); again != did && len(m.body) <= 4<<10 {
			t.Fatalf("with spaces it leads to %q, %v", again, err)
		}
	})
}

// FuzzTXT demands that records, one a line, lead to the DID that they all name, and
// that their order does not count.
func FuzzTXT_ID50(f *testing.F) {
	for _, records := range []string{
		"did=" + string(alice), "did=" + string(alice) + "\ndid=" + string(bob), "v=spf1\ndid=" + string(alice) + "\ndid=" + string(alice),
		"did=", "did=x\ndid=" + string(alice), " did=" + string(alice), "DID=" + string(alice), "did=" + string(alice) + " ", "\n\n", "did=did:web:bob.org#",
	} {
		f.Add(records)
	}
	f.Fuzz(func(t *testing.T, text string) {
		records := strings.Split(text, "\n")
		if len(records) > 100 {
			return // the rest is not read
		}
		named := map[string]bool{}
		for _, record := range records {
			if did, ok := strings.CutPrefix(record, "did="); ok {
				named[did] = true
			}
		}
		m := &memory{records: records}
		did, err := m.resolver().ResolveHandle(t.Context(), "carol.org")
		switch {
		case err == nil && (len(named) != 1 || !named[string(did)]):
			t.Fatalf("%q of %q", did, records)
		case err != nil && did != "":
			t.Fatalf("%q, %v", did, err)
		}
		slices.Reverse(m.records)
		if again, other := m.resolver().ResolveHandle(t.Context(), "carol.org"); again != did || (other == nil) != (err == nil) {
			t.Fatalf("%q, %v became %q, %v", did, err, again, other)
		}
	})
}

// FuzzNames demands of a text, whatever it is, that nothing but its own host is
// asked for it, and that only if it is a handle, a DID or an NSID.
func FuzzNames_ID08_ID50_ID51(f *testing.F) {
	for _, text := range []string{
		"carol.org", "Carol.ORG", "a.test", "localhost", "127.0.0.1", "a.b/c", "a@b.org", "a.org:80", "a.org.", "xn--bcher-kva.example", "bücher.org", "a.org#", "a.org?x",
		"did:web:bob.org", "did:web:bob.org:x", "did:web:bob.org%3A80", "did:web:localhost%3A80", "did:web:a%40b.org", "did:web:[::1]", "did:web:0x7f.1", "did:plc:ewvi7nxzyoun6zhxrhs64oiz", "did:plc:../../x",
		"app.toy.record", "app.toy", "com.example.fooBar#x",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		asHandle(t, text)
		asDID(t, text)
		asNSID(t, text)
	})
}

func asHandle(t *testing.T, text string) {
	t.Helper()
	m := &memory{body: []byte("x")}
	_, _ = m.resolver().ResolveHandle(t.Context(), syntax.Handle(text))
	var urls, hosts, names []string
	if handle, err := syntax.ParseHandle(text); err == nil && handle.AllowedTLD(syntax.Production) {
		host := string(handle.Normalize())
		urls, hosts, names = []string{"https://" + host + "/.well-known/atproto-did"}, []string{host}, []string{"_atproto." + host + "."}
	}
	if !slices.Equal(m.urls, urls) || !slices.Equal(m.hosts, hosts) || !slices.Equal(m.names, names) {
		t.Fatalf("asked for %v, of %v, and %v", m.urls, m.hosts, m.names)
	}
}

func asDID(t *testing.T, text string) {
	t.Helper()
	m, did := &memory{body: []byte("x")}, syntax.DID(text)
	if _, err := m.resolver().ResolveDID(t.Context(), did); err == nil {
		t.Fatal("what is no document is read")
	}
	var urls []string
	switch {
	case !did.Blessed() || !did.AllowedHost(syntax.Production):
	case did.Method() == "plc":
		urls = []string{"https://plc.directory/" + text}
	default:
		urls = []string{"https://" + did.Identifier() + "/.well-known/did.json"}
	}
	if !slices.Equal(m.urls, urls) || len(m.names) > 0 {
		t.Fatalf("asked for %v and %v", m.urls, m.names)
	}
}

func asNSID(t *testing.T, text string) {
	t.Helper()
	m := &memory{body: []byte("x")}
	if _, err := m.resolver().ResolveAuthority(t.Context(), syntax.NSID(text)); err == nil {
		t.Fatal("it leads somewhere without a record")
	}
	var names []string
	if nsid, err := syntax.ParseNSID(text); err == nil {
		names = []string{"_lexicon." + nsid.Authority() + "."}
	}
	if !slices.Equal(m.names, names) || len(m.urls) > 0 {
		t.Fatalf("asked for %v and %v", m.urls, m.names)
	}
}
