package cli

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// TestRedirectsToPrivateAddressesNeedDevelopment has a service on loopback, which the user
// has named, and which redirects calls and streams to another one there.
func TestRedirectsToPrivateAddressesNeedDevelopment_XR15(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{}`))
	})
	plain, secure := httptest.NewServer(answer), httptest.NewTLSServer(answer)
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	for _, c := range []struct {
		to          string
		development bool
		allowed     bool
	}{
		{plain.URL, false, false},
		{secure.URL, false, false},
		{plain.URL, true, true},
		{"", false, true}, // the service itself
	} {
		service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/there" {
				answer(w, r)
				return
			}
			http.Redirect(w, r, c.to+"/there", http.StatusFound)
		}))
		t.Cleanup(service.Close)
		client := xrpc.NewClient(service.URL, xrpc.WithHTTPClient(serviceClient(service.URL, c.development, nil)), xrpc.WithAttempts(1))
		reached.Store(0)
		err := client.Do(t.Context(), &xrpc.Call{Method: &xrpc.Method{NSID: "com.example.get", Output: "application/json"}, Output: new(json.RawMessage)})
		if (err == nil) != c.allowed || errors.Is(err, guard.ErrForbidden) == c.allowed {
			t.Errorf("a call that %q is to answer: %v", c.to, err)
		}
		stream := &xrpc.Subscription[*url.Values, lex.Object]{NSID: "com.example.watch"}
		for _, err := range stream.Subscribe(t.Context(), client, &url.Values{}) {
			if err == nil || errors.Is(err, guard.ErrForbidden) == c.allowed {
				t.Errorf("a stream from %q: %v", c.to, err)
			}
		}
		if got := reached.Load() > 0; got != c.allowed {
			t.Errorf("%q was reached: %t", c.to, got)
		}
	}
}
