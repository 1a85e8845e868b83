package records_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// A wire is a server of which a byte comes from time to time, and nothing in between.
type wire struct {
	n     *network
	every func(size int) time.Duration
	asked int
}

// RoundTrip implements [http.RoundTripper].
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.n.mu.Lock()
	defer w.n.mu.Unlock()
	w.asked++
	file := w.n.file(w.n.accounts[syntax.DID(r.URL.Query().Get("did"))]) //nolint:contextcheck // from memory
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/vnd.ipld.car"}}, Request: r,
		Body: io.NopCloser(&dribble{bytes.NewReader(file), r.Context(), w.every(len(file))}),
	}, nil
}

type dribble struct {
	io.Reader

	ctx   context.Context //nolint:containedctx // that of the request
	every time.Duration
}

func (d *dribble) Read(b []byte) (int, error) {
	if err := sleep(d.ctx, d.every); err != nil {
		return 0, err
	}
	return d.Reader.Read(b[:1])
}

// at makes it what answers at an origin.
func (w *wire) at(origin string, opts *records.Options) {
	others := opts.Clients
	opts.Clients = func(at string) *xrpc.Client {
		if at == origin {
			return xrpc.NewClient(origin, xrpc.WithHTTPClient(&http.Client{Transport: w}), xrpc.WithAttempts(1))
		}
		return others(at)
	}
}

// TestSlowServersHoldNoWorkers has a server with many accounts that sends a byte every 20
// seconds, or none at all, and another one. It may hold as many places as a host has for
// little more than a minute, and then for shorter and shorter parts of the time.
func TestSlowServersHoldNoWorkers_SN42(t *testing.T) {
	t.Parallel()
	for name, every := range map[string]time.Duration{"slow": 20 * time.Second, "silent": time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			n, v := newNetwork(t), newView(t)
			const slow, other = "http://a.example.com", "http://b.example.com"
			for i := range 25 {
				n.join(i, []string{slow, slow, slow, slow, other}[i%5], n.some(1)...)
			}
			opts := n.options(&records.MemoryStore{})
			opts.Limits.Resyncs = 2
			w := &wire{n: n, every: func(int) time.Duration { return every }}
			w.at(slow, &opts)
			r := v.start(opts)
			defer r.stop()
			after(2 * time.Minute)
			for i := 4; i < 25; i += 5 {
				v.equals(n, n.accounts[didOf(i)], nil)
			}
			after(3 * time.Hour)
			n.mu.Lock()
			defer n.mu.Unlock()
			if w.asked < 10 || w.asked > 30 {
				t.Errorf("%s: it was asked %d times", name, w.asked)
			}
		})
	}
}

// TestASlowServerThatKeepsItsPace has one that needs a quarter of an hour for a repository,
// which is as long as it may take.
func TestASlowServerThatKeepsItsPace_SN42(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(30)...)
		opts := n.options(&records.MemoryStore{})
		opts.Limits.Time, opts.Limits.MinRate = 16*time.Minute, 1
		w := &wire{n: n, every: func(size int) time.Duration { return 15 * time.Minute / time.Duration(size) }}
		w.at(pds, &opts)
		r := v.start(opts)
		defer r.stop()
		after(20 * time.Minute)
		(&scene{n, v, a, r}).is("in the end")
		if w.asked != 1 {
			t.Errorf("%d fetches", w.asked)
		}
	})
}

// slowDisk is a store in which reading takes long, and ends with its context.
type slowDisk struct{ records.Store }

func (s slowDisk) Records(ctx context.Context, did syntax.DID, after string, limit int) ([]records.Entry, error) {
	if err := sleep(ctx, time.Hour); err != nil {
		return nil, err
	}
	return s.Store.Records(ctx, did, after, limit)
}

// TestTheTimeOfAFetchIsTheServers has a store that takes longer than a fetch may: the
// server is not to blame, and nothing ends.
func TestTheTimeOfAFetchIsTheServers_SN42(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(200)...)
		r := v.start(n.options(slowDisk{&records.MemoryStore{}}))
		defer r.stop()
		after(3 * time.Hour)
		(&scene{n, v, a, r}).is("in the end")
		if got := n.fetches(pds); got != 1 {
			t.Errorf("%d fetches", got)
		}
	})
}

// TestSlowServersLeavePlacesForOthers has servers that each send as slowly as they may,
// together for as many repositories at a time as are fetched, and one with many accounts that
// does not: its accounts do not wait for those of the slow ones, now or later.
func TestSlowServersLeavePlacesForOthers_SN42(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const other = "http://other.example.com"
		n, v := newNetwork(t), newView(t)
		opts := n.options(&records.MemoryStore{})
		opts.Limits.MinRate, opts.Limits.HostEvery, opts.Limits.AccountEvery = 1, time.Millisecond, time.Minute
		w := &wire{n: n, every: func(int) time.Duration { return 900 * time.Millisecond }}
		hosts := []string{other}
		for i := range 4 {
			hosts = append(hosts, fmt.Sprintf("http://slow%d.example.com", i))
			w.at(hosts[i+1], &opts)
		}
		for i := range 100 {
			n.join(i, hosts[i%len(hosts)], n.some(1)...)
		}
		r := v.start(opts)
		defer r.stop()
		for i := range 10 {
			after(5 * time.Minute)
			for j := 0; j < 100; j += len(hosts) {
				v.equals(n, n.accounts[didOf(j)], nil)
				n.write(n.accounts[didOf(j)], n.create(posts, fmt.Sprintf("k%d", i), "1"))
				if err := r.Resync(t.Context(), didOf(j)); err != nil {
					t.Fatal(err)
				}
			}
		}
		after(time.Minute)
		n.mu.Lock()
		defer n.mu.Unlock()
		if w.asked < 12 {
			t.Errorf("the slow ones were asked for %d repositories only", w.asked)
		}
	})
}
