package records

import (
	"context"
	"errors"
	"fmt"
	stdsync "sync"
	"sync/atomic"
	"time"

	"github.com/lexgen/lexgen/internal/ratelimit"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Syncer keeps the records of accounts in step. Its methods may be called by any
// number of goroutines.
type Syncer struct {
	Options

	consumer *sync.Consumer
	cursor   *cursor
	outbox   *deliveries
	schedule *schedule
	listing  listing
	misses   misses
	passed   *recentAccounts                // of whose status something was said: a listing that was on its way may say what was before
	epochs   atomic.Int64                   // how many resyncs have begun
	asked    *ratelimit.Limiter[syntax.DID] // of whether an account is active
	broken   chan error                     // of the store, in a resync

	newcomers  roster // accounts that are kept because of an event that nobody could verify
	unanswered roster // accounts of whose status the upstream is to be asked again

	forgetting stdsync.RWMutex // for reading between reading an account and changing it
	setting    stdsync.Mutex   // one account at a time is set aside
}

// settingFilter has the fingerprint of the filter with which accounts were fetched.
const settingFilter = "filter"

// Open returns a Syncer that goes on where the last one with the same store was.
func Open(ctx context.Context, opts Options) (*Syncer, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	s := &Syncer{
		Options: opts, passed: newRecentAccounts(), broken: make(chan error, 1),
		asked: ratelimit.New[syntax.DID](ratelimit.Rate{Burst: 3, Every: time.Minute}, opts.Now),
	}
	s.outbox = &deliveries{store: s.Store, limit: s.Limits.Waiting, most: s.Limits.AccountWaiting, now: s.Now, sleep: s.Sleep}
	s.schedule = newSchedule(s)
	s.misses = misses{store: s.Store, bell: &s.listing.bell}
	s.cursor = &cursor{store: s.Store, misses: &s.misses}
	s.newcomers = roster{store: s.Store, name: settingNewcomers}
	s.unanswered = roster{store: s.Store, name: settingUnanswered}
	s.consumer = &sync.Consumer{
		Client: s.Upstream, Cursors: s.cursor, Handle: s.handle, Wants: s.wants, Broken: s.Broken, Info: s.told,
		Workers: s.Limits.Workers, Pending: s.Limits.Pending, Sleep: s.Sleep,
		Verifier: &sync.Verifier{Directory: s.Directory, Accounts: accounts{s.Store}, Host: s.Host, Lenient: s.Lenient, Now: s.Now},
	}
	for _, step := range []func(context.Context) error{
		s.restart, s.refilter, s.outbox.load, s.misses.load, s.newcomers.load, s.unanswered.load, s.loadListing, s.loadCursor,
	} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("records: open: %w", err)
		}
	}
	return s, nil
}

func (s *Syncer) restart(ctx context.Context) error { return s.Store.Restart(ctx, s.Now()) }

// refilter has all accounts fetched anew if the filter is another one, and listed, as those
// that came since the last listing were not kept if they had nothing that was wanted. After
// a crash in between that is done again.
func (s *Syncer) refilter(ctx context.Context) error {
	is := s.Filter.fingerprint()
	was, err := s.Store.Setting(ctx, settingFilter)
	if err != nil || was == is {
		return err
	}
	if was != "" {
		if err := s.Store.Resync(ctx, s.Now()); err != nil {
			return err
		}
		if s.Accounts == Everyone {
			if err := s.Store.SetSetting(ctx, settingMissed, "yes"); err != nil {
				return err
			}
		}
	}
	return s.Store.SetSetting(ctx, settingFilter, is)
}

func (s *Syncer) loadCursor(ctx context.Context) error {
	counts, err := s.Store.Counts(ctx)
	if err != nil {
		return err
	}
	some := len(counts) > 0
	for i := range s.listing.lists {
		some = some || s.listing.lists[i].Read > 0
	}
	return s.cursor.load(ctx, some)
}

// Run follows the stream, lists accounts and fetches repositories until ctx ends or
// something final happens: an error of the store, or one that the upstream sends, such
// as for a cursor that is ahead of the stream. It returns after all that it has begun
// has ended, and what was acknowledged is removed. It must run once.
func (s *Syncer) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	tasks := []func(context.Context) error{s.consumer.Run, s.outbox.run, s.backfill, s.askAgain, s.work, s.unbroken}
	var wait stdsync.WaitGroup
	for _, task := range tasks {
		wait.Go(func() {
			if err := task(ctx); err != nil {
				cancel(err)
			}
		})
	}
	wait.Wait()
	return context.Cause(ctx)
}

// Track has accounts kept, and fetched, whatever the scope and the filter. Those that
// are kept already stay as they are.
func (s *Syncer) Track(ctx context.Context, dids ...syntax.DID) error {
	repos := make([]Repo, len(dids))
	for i, did := range dids {
		if _, err := syntax.ParseDID(string(did)); err != nil {
			return fmt.Errorf("records: track: %w", err)
		}
		repos[i] = Repo{DID: did, Active: true, Next: s.Now()}
	}
	if _, err := s.add(ctx, repos); err != nil {
		return fmt.Errorf("records: track: %w", err)
	}
	return nil
}

// Forget has an account kept no longer. Events of it that wait are delivered all the
// same, but where the account is set aside (see [Limits]). With the scope [Everyone] its next event brings it back.
func (s *Syncer) Forget(ctx context.Context, did syntax.DID) error {
	// The versions of an account that is kept again begin anew: nobody may have read it
	// before it is forgotten, and change it when it is kept again.
	return s.replace(ctx, did, &s.forgetting, func(r *Repo) (*Change, error) {
		if r == nil {
			return nil, nil
		}
		return &Change{Repo: *r, Forget: true}, nil
	})
}

// Resync has an account fetched anew.
func (s *Syncer) Resync(ctx context.Context, did syntax.DID) error {
	return s.change(ctx, did, func(r *Repo) (*Change, error) {
		if r == nil {
			return nil, fmt.Errorf("records: %s is not kept: Track adds it", did)
		}
		return s.desynchronize(r, "", ReasonRequested), nil
	})
}

// change changes an account as decide says, which is called again if something else has
// changed it in between. r is nil if the account is not kept; without a Change, nothing
// happens.
func (s *Syncer) change(ctx context.Context, did syntax.DID, decide func(r *Repo) (*Change, error)) error {
	return s.replace(ctx, did, s.forgetting.RLocker(), decide)
}

// replace reads and changes an account while it holds a lock, and tells of it afterwards.
func (s *Syncer) replace(ctx context.Context, did syntax.DID, lock stdsync.Locker, decide func(r *Repo) (*Change, error)) error {
	for {
		c, was, err := s.attempt(ctx, did, lock, decide)
		switch {
		case errors.Is(err, ErrConflict) && ctx.Err() == nil:
			continue
		case err == nil && c != nil:
			s.changed(c, was)
		}
		return err
	}
}

func (s *Syncer) attempt(
	ctx context.Context, did syntax.DID, lock stdsync.Locker, decide func(r *Repo) (*Change, error),
) (c *Change, was State, err error) {
	lock.Lock()
	defer lock.Unlock()
	r, err := s.Store.Repo(ctx, did)
	if err != nil {
		return nil, was, storeFailed(did, err)
	}
	if r != nil {
		was = r.State
	}
	c, err = decide(r)
	if err != nil || c == nil {
		return nil, was, err
	}
	store := func() error { return s.Store.Change(ctx, c) }
	if c.Drop == DropNone {
		err = store()
	} else {
		err = s.outbox.change(c, store)
	}
	if err != nil {
		return nil, was, storeFailed(did, err)
	}
	return c, was, nil
}

// changed tells everyone who has to know.
func (s *Syncer) changed(c *Change, was State) {
	s.outbox.stored(c.Repo.DID, c.Events)
	if c.Repo.State != was && !c.Forget {
		s.Observer.Moved(c.Repo.DID, was, c.Repo.State, c.Repo.Reason)
	}
	if c.Repo.State == Desynchronized && !c.Repo.Next.IsZero() {
		s.schedule.wake(c.Repo.Host, c.Repo.Next)
	}
}

// A storeError ends a Syncer.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

func storeFailed(did syntax.DID, err error) error {
	return &storeError{fmt.Errorf("records: %s: %w", did, err)}
}

// accounts are what a Verifier knows. What it says of an account is stored by handle,
// together with all else.
type accounts struct{ store Store }

func (a accounts) Account(ctx context.Context, did syntax.DID) (*sync.Account, error) {
	r, err := a.store.Repo(ctx, did)
	if r == nil || err != nil {
		return nil, err
	}
	return r.account(), nil
}

func (accounts) SetAccount(context.Context, *sync.Account) error { return nil }

// wants says whether a message is one of an account that is kept, or is to be. What is
// of nobody is for the verifier, which says why: only DIDs are asked for in the store.
func (s *Syncer) wants(ctx context.Context, m lex.Object) (bool, error) {
	did, named := s.names(m)
	if _, err := syntax.ParseDID(string(did)); named || err != nil {
		return true, nil //nolint:nilerr // it is to be refused and counted
	}
	if _, status := m.(*accountEvent); status {
		s.passed.add(did) // before it is looked whether it is passed over
	}
	r, err := s.Store.Repo(ctx, did)
	return r != nil, err
}
