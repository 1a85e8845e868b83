package relay_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lexgen/lexgen/services/relay"
)

// A counter counts requests.
type counter struct {
	http.RoundTripper

	n atomic.Int64
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return c.RoundTripper.RoundTrip(r)
}

// TestStrangersDoNotEndTheBackOff_SN51_UN13 has strangers ask again and again for a host that is down.
// Each time there is one attempt, and then the pause goes on to grow, so that they cause no more
// than that. When the operator asks it begins with a short one.
func TestStrangersDoNotEndTheBackOff_SN51_UN13(t *testing.T) {
	t.Parallel()
	dials := &counter{}
	var long atomic.Int64 // pauses that are waited for; those of 20 s and less are over at once
	w := inMemory(t, func(o *relay.Options) {
		client, short := *o.Client, o.Sleep
		dials.RoundTripper = client.Transport
		client.Transport = dials
		o.Client = &client
		o.Sleep = func(ctx context.Context, d time.Duration) error {
			if d <= 20*time.Second {
				return short(ctx, d)
			}
			if d != time.Minute { // of the log
				long.Add(1)
			}
			<-ctx.Done()
			return ctx.Err()
		}
	})
	h := w.follow(home)
	h.set(func() { h.down = true })
	w.until("it waits", func() bool { return long.Load() == 1 })
	causes := func(want int64, what string, ask func()) {
		t.Helper()
		before, waits := dials.n.Load(), long.Load()
		ask()
		w.until("it waits again", func() bool { return long.Load() == waits+1 })
		if got := dials.n.Load() - before; got != want {
			t.Errorf("%s: %d attempts, want %d", what, got, want)
		}
	}
	for range 8 {
		causes(1, "a stranger", func() {
			w.clock.Add(10 * time.Second) // so often one host may be asked for
			if got := w.ask(home); got != "taken" {
				t.Error(got)
			}
		})
	}
	for what, ask := range map[string]func() error{
		"adding":     func() error { return w.relay.AddHost(t.Context(), home) },
		"crawling":   func() error { return w.relay.RequestCrawl(t.Context(), home, relay.Operator) },
		"connecting": func() error { return w.relay.ChangeHost(t.Context(), home, relay.HostChange{Restart: true}) },
	} {
		causes(6, "the operator, "+what, func() { // after 1, 2, 4, 8 and 16 s, and less by chance
			if err := ask(); err != nil {
				t.Error(err)
			}
		})
	}
	h.set(func() { h.down = false })
	w.clock.Add(10 * time.Second)
	w.ask(home)
	w.until("it is followed", func() bool { return w.relay.Host(home).Connected })
	if v := w.relay.Host(home); v.Status != "active" {
		t.Errorf("%+v", v)
	}
}
