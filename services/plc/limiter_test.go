package plc_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	did "github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/plc"
	"github.com/lexgen/lexgen/services/plc/store/storetest"
)

// submitFrom submits what is no operation, and returns the status, and when to try
// again.
func submitFrom(h http.Handler, remote string, forwarded ...string) string {
	r := httptest.NewRequest(http.MethodPost, "/did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", strings.NewReader("{}")) //nolint:noctx // nothing waits
	r.RemoteAddr = remote
	for _, value := range forwarded {
		r.Header.Add("X-Forwarded-For", value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return strings.TrimSpace(fmt.Sprint(w.Code, " ", w.Header().Get("Retry-After")))
}

// TestAddressesHaveARate takes four submissions an hour from an address of IPv4 or
// a network of IPv6, and one more each quarter of an hour.
func TestAddressesHaveARate(t *testing.T) {
	t.Parallel()
	clock := plctest.NewClock()
	direct := plc.New(plc.Options{Store: &storetest.Memory{}, Now: clock.Now, After: time.After, PerHour: 4})
	proxied := plc.New(plc.Options{Store: &storetest.Memory{}, Now: clock.Now, After: time.After, PerHour: 4, AddressHeader: "X-Forwarded-For"})
	for i, c := range []struct {
		after     time.Duration // since the start
		times     int
		server    *plc.Server
		remote    string
		forwarded []string
		want      string // of the last one
	}{
		{0, 4, direct, "192.0.2.1:1", nil, "400"},
		{0, 1, direct, "192.0.2.1:2", nil, "429 900"},
		{0, 1, direct, "[::ffff:192.0.2.1]:2", nil, "429 900"},
		{0, 1, direct, "192.0.2.2:1", nil, "400"},
		{time.Second, 1, direct, "192.0.2.1:3", nil, "429 899"},
		{15*time.Minute - time.Millisecond, 1, direct, "192.0.2.1:4", nil, "429 1"},
		{15 * time.Minute, 1, direct, "192.0.2.1:4", nil, "400"},
		{15 * time.Minute, 1, direct, "192.0.2.1:4", nil, "429 900"},
		{9 * time.Hour, 4, direct, "192.0.2.1:4", nil, "400"},
		{9 * time.Hour, 1, direct, "192.0.2.1:4", nil, "429 900"},

		{9 * time.Hour, 4, direct, "[2001:db8::1]:1", nil, "400"},
		{9 * time.Hour, 1, direct, "[2001:db8::ffff%eth0]:1", nil, "429 900"},
		{9 * time.Hour, 1, direct, "[2001:db8:0:1::1]:1", nil, "400"},
		{9 * time.Hour, 9, direct, "192.0.2.3:1", []string{"192.0.2.4"}, "429 900"}, // what the client says does not count

		{9 * time.Hour, 4, proxied, "192.0.2.9:1", []string{"192.0.2.1"}, "400"},
		{9 * time.Hour, 1, proxied, "192.0.2.9:1", []string{"192.0.2.1"}, "429 900"},
		{9 * time.Hour, 1, proxied, "192.0.2.9:1", []string{"192.0.2.2, 192.0.2.1"}, "429 900"}, // a client that pretends
		{9 * time.Hour, 1, proxied, "192.0.2.9:1", []string{"192.0.2.2, 192.0.2.3, 192.0.2.1"}, "429 900"},
		{9 * time.Hour, 1, proxied, "192.0.2.9:1", []string{"192.0.2.2", "192.0.2.1:8080"}, "429 900"},
		{9 * time.Hour, 1, proxied, "192.0.2.9:1", []string{"192.0.2.1, 192.0.2.2"}, "400"},
		{9 * time.Hour, 1, proxied, "192.0.2.9:1", []string{"unknown"}, "400"},
		{9 * time.Hour, 1, proxied, "192.0.2.9:1", nil, "400"},
	} {
		clock.Set(plctest.Noon.Add(c.after))
		got := ""
		for range c.times {
			got = submitFrom(c.server, c.remote, c.forwarded...)
		}
		if got != c.want {
			t.Errorf("case %d, from %s %s: %s, want %s", i, c.remote, c.forwarded, got, c.want)
		}
	}
}

// TestWhoHasNoAddressIsRefused says what the operator has to look at.
func TestWhoHasNoAddressIsRefused(t *testing.T) {
	t.Parallel()
	server := plc.New(plc.Options{Store: &storetest.Memory{}, Now: plctest.NewClock().Now, After: time.After, PerHour: 4, AddressHeader: "X-Real-IP"})
	if status, message := post(server, "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", &did.Tombstone{}); status != http.StatusBadRequest ||
		!strings.Contains(message, "the proxy does not say in X-Real-IP where the request comes from") {
		t.Error(status, message)
	}
}
