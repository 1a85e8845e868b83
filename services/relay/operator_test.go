package relay_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/relay"
	"github.com/lexgen/lexgen/services/relay/admin"
	"github.com/lexgen/lexgen/services/relay/store"
)

// from sends a request from an address, and returns the answer.
func from(t *testing.T, h http.Handler, address, method, path, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "http://relay.test"+path, strings.NewReader(body))
	r.RemoteAddr = address + ":1234"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestTokensCannotBeGuessed tries wrong tokens at the endpoints of the operator. After some
// of them the right one is not looked at either, at the page neither, until it is time, and
// other addresses are as they were.
func TestTokensCannotBeGuessed(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	ask := func(address, guess string) int {
		t.Helper()
		return from(t, w.relay, address, http.MethodGet, "/admin/overview", "", func(r *http.Request) {
			if guess != "" {
				r.Header.Set("Authorization", "Bearer "+guess)
			}
		}).Code
	}
	const stranger, operator = "192.0.2.1", "192.0.2.2"
	for range 20 { // neither is a guess
		if a, b := ask(stranger, ""), ask(stranger, token); a != 401 || b != 200 {
			t.Fatal(a, b)
		}
	}
	for i := range 5 {
		if got := ask(stranger, fmt.Sprint(token, i)); got != 401 {
			t.Errorf("guess %d: %d", i, got)
		}
	}
	if a, b := ask(stranger, "x"), ask(stranger, token); a != 429 || b != 429 {
		t.Errorf("after five guesses: %d, and %d with the token", a, b)
	}
	page := admin.New(admin.Options{Relay: w.relay, Now: w.clock.Now})
	signIn := func(address string) *httptest.ResponseRecorder {
		t.Helper()
		return from(t, page, address, http.MethodPost, admin.Path+"sign-in", "token="+token, func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		})
	}
	if got := signIn(stranger); got.Code != 429 || got.Header().Get("Retry-After") != "20" {
		t.Errorf("at the page: %d %v", got.Code, got.Header())
	}
	if a, b := ask(operator, token), signIn(operator).Code; a != 200 || b != 303 {
		t.Errorf("somewhere else: %d, %d", a, b)
	}
	w.clock.Add(20 * time.Second)
	if got := ask(stranger, token); got != 200 {
		t.Errorf("later: %d", got)
	}
}

// TestWhoHasNotSignedInCausesNoWork asks for the sign-in, and guesses, at a relay with hosts:
// nobody looks at these for that, as who does asks for the time.
func TestWhoHasNotSignedInCausesNoWork(t *testing.T) {
	t.Parallel()
	hosts := &store.Memory{}
	for i := range 3 {
		if err := hosts.PutHost(t.Context(), store.Host{Name: fmt.Sprintf("pds%d.example.com", i), FirstSeen: plctest.Noon}); err != nil {
			t.Fatal(err)
		}
	}
	log, err := sync.OpenLog(t.Context(), &sync.MemoryLog{})
	if err != nil {
		t.Fatal(err)
	}
	n := newNetwork()
	var looks atomic.Int64
	r, err := relay.New(t.Context(), relay.Options{
		Store: hosts, Log: log, Directory: n, Client: http.DefaultClient, Float: func() float64 { return 0 }, AdminToken: token,
		Now: func() time.Time { looks.Add(1); return plctest.Noon },
	})
	if err != nil {
		t.Fatal(err)
	}
	page := admin.New(admin.Options{Relay: r, Now: n.clock.Now})
	looks.Store(0)
	for range 10 {
		from(t, page, "192.0.2.1", http.MethodGet, admin.Path+"sign-in", "")
	}
	if got := looks.Load(); got != 0 {
		t.Errorf("hosts were looked at %d times", got)
	}
}

// TestOneAddressLeavesRoomForOthers_SN51 has a stranger name as many hosts as the relay takes
// from one address, and more. The bounds of all addresses together are not used up by that.
func TestOneAddressLeavesRoomForOthers_SN51(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	ask := func(address, host string) int {
		t.Helper()
		return from(t, w.relay, address, http.MethodPost, "/xrpc/com.atproto.sync.requestCrawl", `{"hostname":"`+host+`"}`).Code
	}
	add := func(n int) string {
		name := fmt.Sprintf("pds%d.example.com", n)
		w.add(name)
		return name
	}
	count := func(n int, answer func(i int) int) map[int]int {
		got := map[int]int{}
		for i := range n {
			got[answer(i)]++
		}
		return got
	}
	const stranger, server = "192.0.2.1", "192.0.2.2"
	if got := count(10, func(i int) int { return ask(stranger, add(i)) }); got[200] != 5 || got[429] != 5 {
		t.Errorf("new hosts: %v", got)
	}
	if got := ask(server, add(100)); got != 200 {
		t.Errorf("another address: %d", got)
	}
	w.clock.Add(time.Hour)
	if got := count(1000, func(i int) int { return ask(stranger, fmt.Sprintf("no%d.example.com", i)) }); got[400] > 10 || got[429] < 990 {
		t.Errorf("hosts that are none: %v", got)
	}
	if got := ask(server, add(101)); got != 200 {
		t.Errorf("another address, after a flood: %d", got)
	}
	w.clock.Add(24 * time.Hour)
	if got := ask(stranger, add(200)); got != 200 {
		t.Errorf("a day later: %d", got)
	}
}
