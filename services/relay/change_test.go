package relay_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/relay"
	"github.com/lexgen/lexgen/services/relay/store"
)

// changes has the operator change a host.
func (w *world) changes(name string, c relay.HostChange) {
	w.t.Helper()
	if err := w.relay.ChangeHost(w.t.Context(), name, c); err != nil {
		w.t.Error(err)
	}
}

// stored is what a relay that is started now knows of a host.
func (w *world) stored(name string) *relay.Host {
	w.t.Helper()
	log, err := sync.OpenLog(w.t.Context(), &sync.MemoryLog{})
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := relay.New(w.t.Context(), relay.Options{Store: w.store, Log: log, Directory: w.network, Client: w.http, Now: w.clock.Now})
	if err != nil {
		w.t.Fatal(err)
	}
	return r.Host(name)
}

// A holding store holds what is stored of a host, when it is asked to, until its gate is open.
type holding struct {
	store.Store

	next    atomic.Bool // the next one is held
	waiting chan struct{}
	gate    chan struct{}
}

func (h *holding) PutHost(ctx context.Context, info store.Host) error {
	if h.next.CompareAndSwap(true, false) {
		close(h.waiting)
		<-h.gate
	}
	return h.Store.PutHost(ctx, info)
}

// TestChangesOfOneHostAreStoredInOrder makes a change of a host while an earlier one is being
// stored. Both hold when the relay is started again, whichever the database has first.
func TestChangesOfOneHostAreStoredInOrder(t *testing.T) {
	t.Parallel()
	ban := relay.HostChange{Banned: new(true)}
	for name, c := range map[string]struct {
		known         bool
		first, second func(w *world)
		want          int64 // the limit
	}{
		"of a host that is known": {
			known:  true,
			first:  func(w *world) { w.changes(home, relay.HostChange{AccountLimit: new(int64(7))}) },
			second: func(w *world) { w.changes(home, ban) },
			want:   7,
		},
		"of one that is being added": {
			first:  func(w *world) { w.ask(home) },
			second: func(w *world) { w.changes(home, ban) },
			want:   100,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &holding{Store: &store.Memory{}, waiting: make(chan struct{}), gate: make(chan struct{})}
			w := &world{network: newNetwork(), t: t, store: s, events: &sync.MemoryLog{}}
			w.start()
			w.add(home)
			if c.known {
				w.crawl(home)
			}
			s.next.Store(true)
			first, second := make(chan struct{}), make(chan struct{})
			go func() { defer close(first); c.first(w) }()
			<-s.waiting
			go func() { defer close(second); c.second(w) }()
			select {
			case <-second:
			case <-time.After(50 * time.Millisecond): // it waits for its turn
			}
			close(s.gate)
			plctest.Await(t, "both are stored", func() { <-first; <-second })
			if v := w.stored(home); !v.Banned || v.AccountLimit != c.want {
				t.Errorf("%+v", v)
			}
		})
	}
}
