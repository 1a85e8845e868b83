package relay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	stdsync "sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/relay/store"
)

// Sizes of what is in memory.
const (
	rememberedAccounts = 200_000
	mostPending        = 10_000 // accounts that wait to be stored, and entries of the index of collections; who changes more waits
	gatherFor          = 50 * time.Millisecond
)

// accounts are what is known of accounts, in front of the store. Changes of many, with
// the cursors of the hosts that told of them, are stored in one transaction: a cursor
// was moved after all that it covers was changed, so that it is stored with it or later.
type accounts struct {
	opts Options

	mu      stdsync.Mutex
	pending *changes
	storing map[syntax.DID]*store.Account // of the batch that is being stored
	known   *simplelru.LRU[syntax.DID, store.Account]
	members *members
	counts  map[string]int64 // how many are at which host
	stored  chan struct{}    // closed when a batch was stored
	err     error            // why the last one was not

	turn   stdsync.Mutex // held by who stores
	failed *store.Batch  // what could not be stored, and comes first
	wake   chan struct{}
}

// changes are what is to be stored next.
type changes struct {
	accounts map[syntax.DID]*store.Account
	batch    store.Batch
}

func newChanges() *changes {
	return &changes{accounts: map[syntax.DID]*store.Account{}, batch: store.Batch{Counts: map[string]int64{}, Seqs: map[string]int64{}}}
}

// full reports whether it is enough for one batch.
func (c *changes) full() bool {
	return max(len(c.accounts), len(c.batch.Memberships), len(c.batch.Forgotten)) >= mostPending
}

func newAccounts(opts Options) *accounts {
	known, _ := simplelru.NewLRU[syntax.DID, store.Account](rememberedAccounts, nil) // fails for sizes that are not positive
	return &accounts{
		opts: opts, pending: newChanges(), known: known, members: newMembers(), counts: map[string]int64{},
		stored: make(chan struct{}), wake: make(chan struct{}, 1),
	}
}

// get returns an account, nil if it is not known.
func (s *accounts) get(ctx context.Context, did syntax.DID) (*store.Account, error) {
	s.mu.Lock()
	a := s.current(did)
	s.mu.Unlock()
	if a != nil {
		return a, nil
	}
	read, err := s.opts.Store.Account(ctx, did)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil //nolint:nilnil // it is not known
	}
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.current(did); a != nil { // it was changed meanwhile
		return a, nil
	}
	s.known.Add(did, read)
	return &read, nil
}

// current returns a copy of what is in memory, or nil.
func (s *accounts) current(did syntax.DID) *store.Account {
	if a := s.pending.accounts[did]; a != nil {
		c := *a
		return &c
	}
	if a := s.storing[did]; a != nil {
		c := *a
		return &c
	}
	if a, ok := s.known.Get(did); ok {
		return &a
	}
	return nil
}

// update changes an account, which is a new one if it is not known, and returns it. It
// waits while too much is to be stored.
func (s *accounts) update(ctx context.Context, did syntax.DID, change func(*store.Account)) (*store.Account, error) {
	if err := s.room(ctx); err != nil {
		return nil, fmt.Errorf("relay: the account %s: %w", did, err)
	}
	return s.set(ctx, did, change)
}

// set is update for what is said in the stream already: it does not wait.
func (s *accounts) set(ctx context.Context, did syntax.DID, change func(*store.Account)) (*store.Account, error) {
	read, err := s.get(ctx, did)
	if err != nil {
		return nil, fmt.Errorf("relay: the account %s: %w", did, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.current(did)
	if a == nil {
		a = read // which memory has lost since
	}
	if a == nil {
		a = &store.Account{DID: did, Active: true, FirstSeen: s.opts.Now().UTC().Truncate(time.Millisecond)}
	}
	before := *a
	change(a)
	if *a == before {
		return a, nil
	}
	if a.Host != before.Host {
		if before.Host != "" {
			s.count(before.Host, -1)
		}
		s.count(a.Host, 1)
	}
	if isDeleted(a) && !isDeleted(&before) {
		s.forget(did)
	}
	changed := *a
	s.pending.accounts[did] = &changed
	s.knock()
	return a, nil
}

// count notes that accounts have come to a host, or left it.
func (s *accounts) count(host string, more int64) {
	s.counts[host] += more
	s.pending.batch.Counts[host] = s.counts[host]
}

func isDeleted(a *store.Account) bool { return !a.Active && a.Status == sync.StatusDeleted }

// room waits while too much is to be stored.
func (s *accounts) room(ctx context.Context) error {
	for {
		s.mu.Lock()
		full, stored := s.pending.full(), s.stored
		s.mu.Unlock()
		if !full {
			return nil
		}
		select {
		case <-stored:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// prepare reads what belong and set need to know of an account, and waits while too much is
// to be stored, so that neither fails when its event is in the stream.
func (s *accounts) prepare(ctx context.Context, did syntax.DID) error {
	if err := s.room(ctx); err != nil {
		return fmt.Errorf("relay: the account %s: %w", did, err)
	}
	if _, err := s.get(ctx, did); err != nil {
		return fmt.Errorf("relay: the account %s: %w", did, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.members.has(did) {
		return nil
	}
	s.mu.Unlock()
	read, err := s.opts.Store.Collections(ctx, did, mostCollections)
	s.mu.Lock()
	if err != nil {
		return fmt.Errorf("relay: the collections of %s: %w", did, err)
	}
	if !s.members.has(did) {
		s.members.put(did, read)
	}
	return nil
}

// belong notes that an account, which is prepared, has records in collections. Of those
// that are new to it no more are kept than mostCollections in all.
func (s *accounts) belong(did syntax.DID, collections []syntax.NSID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range collections {
		if s.members.add(did, c) {
			c = syntax.NSID(strings.Clone(string(c))) // it shares the memory of a frame
			s.pending.batch.Memberships = append(s.pending.batch.Memberships, store.Membership{DID: did, Collection: c})
			s.knock()
		}
	}
}

// forget has the collections of an account removed.
func (s *accounts) forget(did syntax.DID) {
	s.members.put(did, nil)
	b := &s.pending.batch
	b.Memberships = slices.DeleteFunc(b.Memberships, func(m store.Membership) bool { return m.DID == did })
	b.Forgotten = append(b.Forgotten, did)
}

// moveSeq notes how far the events of a host were processed.
func (s *accounts) moveSeq(host string, seq int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending.batch.Seqs[host] = seq
	s.knock()
}

func (s *accounts) knock() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run stores what has changed until ctx ends.
func (s *accounts) run(ctx context.Context) {
	for {
		select {
		case <-s.wake:
		case <-ctx.Done():
			return
		}
		pause := gatherFor
		for {
			if s.opts.Sleep(ctx, pause) != nil {
				return
			}
			err := s.flush(ctx)
			if err == nil {
				break
			}
			s.opts.Logger.ErrorContext(ctx, "accounts cannot be stored", "error", err)
			pause = min(2*pause, 10*time.Second)
		}
	}
}

// flush stores all that was changed before it was called, or returns an error. What
// fails is stored before anything else the next time.
func (s *accounts) flush(ctx context.Context) error {
	s.turn.Lock()
	defer s.turn.Unlock()
	if s.failed != nil {
		if err := s.commit(ctx, s.failed); err != nil {
			return err
		}
	}
	return s.commit(ctx, s.take())
}

// commit stores a batch, which is the failed one until it is stored.
func (s *accounts) commit(ctx context.Context, batch *store.Batch) error {
	s.failed = batch
	var err error
	if !batch.Empty() {
		err = s.opts.Store.Commit(ctx, batch)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil || ctx.Err() == nil { // who has called may have gone
		s.err = err
	}
	if err != nil {
		return err
	}
	s.failed = nil
	s.storing = nil
	for i := range batch.Accounts { // of which something newer may be pending, which comes first
		s.known.Add(batch.Accounts[i].DID, batch.Accounts[i])
	}
	close(s.stored)
	s.stored = make(chan struct{})
	return nil
}

// lastError is why the last batch could not be stored, nil if it was.
func (s *accounts) lastError() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// take makes a batch of what has changed.
func (s *accounts) take() *store.Batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.pending
	s.pending, s.storing = newChanges(), taken.accounts
	for _, a := range taken.accounts {
		taken.batch.Accounts = append(taken.batch.Accounts, *a)
	}
	return &taken.batch
}
