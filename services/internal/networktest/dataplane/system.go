package dataplane

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/networktest"
	"github.com/lexgen/lexgen/services/relay"
	"github.com/lexgen/lexgen/services/relay/store"
)

// A System is a relay that follows all hosts of a world, and an indexer and a witness
// that follow the relay. What they have stored outlives a call of Run.
type System struct {
	// Counts has what the indexer did, and how often which part has ended.
	Counts networktest.Counts
	// Calm has neither of the parts killed.
	calm atomic.Bool

	world *networktest.World
	trace *networktest.Trace

	log      *events.MemoryLog
	accounts *store.Memory
	records  *records.MemoryStore
	index_   index //nolint:revive // what index makes
	witness  witness
	waiting  int                    // how many events may wait for the index; 0 for as many as usual
	late     time.Time              // when the indexer is started first
	logged   map[syntax.DID]*logged // what the log says in the end; nil before

	mu     sync.Mutex // guards below
	relay  *relay.Relay
	starts []int64 // the last seq at each start of the relay
	faults []error
}

// Start makes a system whose parts are killed until it is told to calm down.
func Start(w *networktest.World, trace *networktest.Trace) (networktest.System, func(), error) {
	s, err := New(w, trace)
	return s, func() {}, err
}

// StartRefusing makes a system like that of Start, whose index refuses a quarter of all
// accounts for two minutes each time, and where hardly any events may wait for it. Who goes
// on first when there is room again does not come from the seed.
func StartRefusing(w *networktest.World, trace *networktest.Trace) (networktest.System, func(), error) {
	s, err := New(w, trace)
	if err == nil {
		s.waiting = 24
	}
	return s, func() {}, err
}

// New returns a system for a world.
func New(w *networktest.World, trace *networktest.Trace) (*System, error) {
	accounts, err := hostsOf(w)
	return &System{
		world: w, trace: trace, log: &events.MemoryLog{}, accounts: accounts, records: &records.MemoryStore{},
		late: time.Now().Add(between(w.Chance.Of("indexer"), 1, time.Minute)),
	}, err
}

// Counted implements [networktest.Counter].
func (s *System) Counted() *networktest.Counts { return &s.Counts }

// CalmDown implements [networktest.Calmer].
func (s *System) CalmDown() { s.calm.Store(true) }

// Run implements [networktest.System].
func (s *System) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wait sync.WaitGroup
	for _, do := range []func(context.Context) error{
		(&process{s, "relay", s.startRelay}).run, s.runIndexer, s.runWitness,
	} {
		wait.Go(func() {
			if err := do(ctx); err != nil {
				cancel(err)
			}
		})
	}
	wait.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

func (s *System) runIndexer(ctx context.Context) error {
	if networktest.Sleep(ctx, max(time.Until(s.late), 0)) != nil {
		return nil //nolint:nilerr // ctx has ended
	}
	return (&process{s, "indexer", s.startIndexer}).run(ctx)
}

// View implements [networktest.System]: what the indexer says.
func (s *System) View(did syntax.DID, _ *networktest.Host) networktest.View {
	r, err := s.records.Repo(context.Background(), did)
	if err != nil || r == nil {
		// Nobody is told of an account that was deleted before its first commit came.
		a, err := s.accounts.Account(context.Background(), did)
		return networktest.View{Known: err == nil && a.Rev == "" && !a.Active}
	}
	active := r.Active
	if told, ok := s.index_.told(did); ok && told.Active != active {
		s.wrongf("%s: the outbox says that active is %t, and the store that it is %t", did, told.Active, active)
	}
	return networktest.View{Known: true, Active: active, Records: s.index_.of(did)}
}

// wrongf notes something that must not be.
func (s *System) wrongf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fmt.Errorf(format, args...))
}

func (s *System) took() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.faults
	s.faults = nil
	return errors.Join(all...)
}

// began notes that the relay begins behind a seq.
func (s *System) began(latest int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starts = append(s.starts, latest)
}

// lifeOf returns in which life of the relay a seq was given.
func (s *System) lifeOf(seq int64) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, _ := slices.BinarySearch(s.starts, seq)
	return n
}

func (s *System) setRelay(r *relay.Relay) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.relay = r
}

// shared returns fractions for many users.
func shared(seed uint64) func() float64 {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // it is to be repeated
	return func() float64 {
		mu.Lock()
		defer mu.Unlock()
		return r.Float64()
	}
}
