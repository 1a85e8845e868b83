package dataplane

import (
	"context"
	"fmt"
	"sync"
	"time"

	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/services/internal/networktest"
	"github.com/lexgen/lexgen/services/relay"
	"github.com/lexgen/lexgen/services/relay/store"
)

// RelayName is what the relay is called in the network.
const RelayName = "relay.test"

// manyWorkers is so many that nobody waits for one, for whom several may at one moment,
// in any order.
const manyWorkers = 1000

// startRelay starts the relay with what it has stored.
func (s *System) startRelay(alive *life) (end func(), ended <-chan error, err error) {
	ctx, stop := context.WithCancel(context.Background())
	log, err := events.OpenLog(ctx, relayLog{s.log, alive, s.world.Chance})
	if err != nil {
		stop()
		return nil, nil, err
	}
	s.began(log.Window().Latest)
	cache := s.world.Directory.Cache()
	r, err := relay.New(ctx, relay.Options{
		Store: relayStore{s.accounts, alive, s.world.Chance}, Log: log, Directory: moments{cache, s.world.Chance, "relay"},
		Client: s.client("relay"), Now: time.Now, Sleep: networktest.Sleep, Float: shared(alive.chance.Uint64()),
		Workers: manyWorkers, Pending: manyWorkers,
	})
	if err != nil {
		stop()
		return nil, nil, err
	}
	over := make(chan error, 1)
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := r.Run(ctx); err != nil && ctx.Err() == nil {
			over <- fmt.Errorf("the relay has ended: %w", err)
		}
	})
	s.setRelay(r)
	leave := s.world.Net.Serve(RelayName, r)
	return func() {
		stop()
		wait.Wait()
		_ = r.Close(ctx) // ctx has ended, so that connections are cut
		leave()
		cache.Close()
		s.setRelay(nil)
	}, over, nil
}

// hostsOf are the hosts that a relay follows from the first event that they have.
func hostsOf(w *networktest.World) (*store.Memory, error) {
	m := &store.Memory{}
	for _, h := range w.Hosts {
		err := m.PutHost(context.Background(), store.Host{Name: h.Name, AccountLimit: 1000, ByAdmin: true, FirstSeen: time.Now()})
		if err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Crawl has the relay follow a host again, as an operator does.
func (s *System) Crawl(ctx context.Context, h *networktest.Host) error {
	s.mu.Lock()
	r := s.relay
	s.mu.Unlock()
	return r.RequestCrawl(ctx, h.Name, relay.Operator)
}
