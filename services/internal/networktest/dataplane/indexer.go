package dataplane

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/internal/networktest"
)

// startIndexer starts the indexer with what it has stored.
func (s *System) startIndexer(alive *life) (end func(), ended <-chan error, err error) {
	ctx, stop := context.WithCancel(context.Background())
	cache := s.world.Directory.Cache()
	client := s.client("indexer")
	syncer, err := records.Open(ctx, records.Options{
		Upstream: xrpc.NewClient("https://"+RelayName, xrpc.WithHTTPClient(client), xrpc.WithWorld(xrpc.World{Float: shared(alive.chance.Uint64())})),
		Clients: func(origin string) *xrpc.Client {
			return xrpc.NewClient(origin, xrpc.WithHTTPClient(client), xrpc.WithAttempts(1))
		},
		Directory: moments{cache, s.world.Chance, "indexer"}, Store: recordStore{s.records, alive},
		Limits: records.Limits{
			Workers: manyWorkers, Resyncs: 50, HostResyncs: 50, AccountBurst: 20, Waiting: s.waiting, AccountWaiting: s.waiting / 4,
		},
		Observer: s.observer(),
		Now:      time.Now, Sleep: s.sleep,
	})
	if err != nil {
		stop()
		cache.Close()
		return nil, nil, err
	}
	over := make(chan error, 2)
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := syncer.Run(ctx); ctx.Err() == nil {
			over <- fmt.Errorf("the indexer has ended: %w", err)
		}
	})
	wait.Go(func() {
		if err := s.index(ctx, syncer); ctx.Err() == nil {
			over <- fmt.Errorf("the outbox has ended: %w", err)
		}
	})
	return func() {
		stop()
		wait.Wait()
		cache.Close()
	}, over, nil
}

// index folds the events of the outbox into the index. Some are refused at first.
func (s *System) index(ctx context.Context, syncer *records.Syncer) error {
	last := map[syntax.DID]int64{}
	for d, err := range syncer.Events(ctx, nil) {
		if err != nil {
			return err
		}
		chance := s.world.Chance.Of("outbox", d.DID, d.ID, time.Now().UnixNano())
		if chance.IntN(20) == 0 || s.refuses(d.DID) {
			d.Again(between(chance, time.Millisecond, 2*time.Second))
			continue
		}
		if d.ID <= last[d.DID] {
			s.wrongf("%s: event %d of the outbox comes after %d", d.DID, d.ID, last[d.DID])
		}
		last[d.DID] = d.ID
		s.index_.fold(&d.Event)
		s.trace.Addf("index "+string(d.DID), "%d %s", d.ID, eventText(&d.Event))
		d.Ack()
	}
	return nil
}

// refuses reports whether no event of an account is taken for now, by an index that does that.
func (s *System) refuses(did syntax.DID) bool {
	const length, share = 2 * time.Minute, 4
	at := time.Now().UnixNano()
	return s.waiting > 0 && !s.calm.Load() && s.world.Chance.Of("refused", did, at-at%int64(length)).IntN(share) == 0
}

func eventText(e *records.Event) string {
	if e.Record != nil {
		return fmt.Sprintf("%s %s %s %s", e.Record.Rev, e.Record.Action, e.Record.Path, e.Record.CID)
	}
	return fmt.Sprintf("active %t %s", e.Account.Active, e.Account.Status)
}

// An index is the sum of all events of the outbox.
type index struct {
	mu      sync.Mutex
	records map[syntax.DID]map[string]cid.CID
	status  map[syntax.DID]records.AccountEvent // of those of which something was told
}

func (x *index) fold(e *records.Event) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.records == nil {
		x.records, x.status = map[syntax.DID]map[string]cid.CID{}, map[syntax.DID]records.AccountEvent{}
	}
	of := x.records[e.DID]
	if of == nil {
		of = map[string]cid.CID{}
		x.records[e.DID] = of
	}
	switch {
	case e.Account != nil:
		x.status[e.DID] = *e.Account
		if e.Account.Status == records.StatusDeleted {
			clear(of)
		}
	case e.Record.CID.Defined():
		of[e.Record.Path] = e.Record.CID
	default:
		delete(of, e.Record.Path)
	}
}

func (x *index) of(did syntax.DID) map[string]cid.CID {
	x.mu.Lock()
	defer x.mu.Unlock()
	return maps.Clone(x.records[did])
}

// told returns what was told of the status of an account; ok is false if nothing was.
func (x *index) told(did syntax.DID) (e records.AccountEvent, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	e, ok = x.status[did]
	return e, ok
}

// observed notes what the indexer does, in the trace and in counts.
type observed struct{ *System }

func (s *System) observer() records.Observer { return observed{s} }

func (o observed) Handled(r *events.Result, state records.State) {
	o.Counts.Add("indexer: " + networktest.Said(r))
	o.trace.Addf("indexer "+string(r.DID), "%s, %s", networktest.Said(r), state)
	// The next event of the account comes at another moment than what this one has begun.
	time.Sleep(between(o.world.Chance.Of("handled", r.DID, time.Now().UnixNano()), 1, longestMoment))
}

func (o observed) Fetched(did syntax.DID, host string, _ time.Duration, changed int, reason events.Reason, err error) {
	o.Counts.Add("fetched " + string(reason))
	o.trace.Addf("fetched "+string(did), "from %s: %d changed %s %v", host, changed, reason, err)
}

func (o observed) Moved(did syntax.DID, from, to records.State, reason events.Reason) {
	if reason == records.ReasonRefused && to == records.Desynchronized {
		o.Counts.Add("set aside")
	}
	// Who has made the move tells of it after others have seen it, perhaps at one moment.
	o.trace.Addf("moved "+string(did)+" "+from.String(), "to %s %s", to, reason)
}
