package records_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// A mute is what answers at an origin: after a time with all that there is, or with no more
// than some bytes at once, and then nothing.
type mute struct {
	n     *network
	takes time.Duration
	bytes int
}

// RoundTrip implements [http.RoundTripper].
func (m *mute) RoundTrip(r *http.Request) (*http.Response, error) {
	m.n.mu.Lock()
	file := m.n.file(m.n.accounts[syntax.DID(r.URL.Query().Get("did"))]) //nolint:contextcheck // from memory
	m.n.mu.Unlock()
	var body io.Reader = bytes.NewReader(file)
	switch {
	case m.bytes > 0:
		body = io.MultiReader(io.LimitReader(body, int64(m.bytes)), &dribble{body, r.Context(), 100 * time.Hour})
	default:
		if err := sleep(r.Context(), m.takes); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/vnd.ipld.car"}}, Request: r, Body: io.NopCloser(body),
	}, nil
}

// TestHostsThatSendNothing has 200 hosts of which nothing comes, or a byte, with two accounts
// each, and behind them some that are new, too. Those are asked within three minutes. One
// that takes long before it sends is asked again until it has.
func TestHostsThatSendNothing_SN42(t *testing.T) {
	t.Parallel()
	for name, silent := range map[string]*mute{"nothing": {takes: 100 * time.Hour}, "a byte": {bytes: 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { sendsNothing(t, silent) })
		})
	}
}

func sendsNothing(t *testing.T, silent *mute) {
	t.Helper()
	const hosts, late = 200, "http://late.example.com"
	n, v := newNetwork(t), newView(t)
	for i := range 2 * hosts {
		n.join(i, fmt.Sprintf("http://silent%d.example.com", i%hosts), n.some(1)...)
	}
	slow := n.join(500, late, n.some(1)...)
	var honest []*account
	for i := range 10 {
		honest = append(honest, n.join(600+i, fmt.Sprintf("http://honest%d.example.com", i), n.some(1)...))
	}
	opts := n.options(&records.MemoryStore{})
	silent.n = n
	others := opts.Clients
	opts.Clients = func(at string) *xrpc.Client {
		var transport http.RoundTripper
		switch {
		case strings.HasPrefix(at, "http://silent"):
			transport = silent
		case at == late:
			transport = &mute{n: n, takes: 20 * time.Second}
		default:
			return others(at)
		}
		return xrpc.NewClient(at, xrpc.WithHTTPClient(&http.Client{Transport: transport}), xrpc.WithAttempts(1))
	}
	r := v.start(opts)
	defer r.stop()
	after(3 * time.Minute)
	for _, a := range honest {
		v.equals(n, a, nil)
	}
	for i := range 12 { // and so it stays
		after(20 * time.Minute)
		a := n.join(700+i, fmt.Sprintf("http://new%d.example.com", i), n.some(1)...)
		if err := r.Track(t.Context(), a.did); err != nil {
			t.Fatal(err)
		}
		after(3 * time.Minute)
		v.equals(n, a, nil)
	}
	v.equals(n, slow, nil)
}
