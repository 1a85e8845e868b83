package records

import (
	"context"
	"errors"
	"fmt"
	"io"
	stdsync "sync"
	"time"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

var zero time.Time

// errStale says that something else has happened to an account since its resync began.
var errStale = errors.New("overtaken")

// work begins one resync after another, each as soon as there is room for it, until ctx
// ends.
func (s *Syncer) work(ctx context.Context) error {
	if err := s.cursor.wait(ctx, s.Sleep, s.Limits.FirstEvent); err != nil {
		return nil
	}
	var jobs stdsync.WaitGroup
	defer jobs.Wait()
	for {
		j, err := s.schedule.next(ctx)
		if ctx.Err() != nil {
			return nil // it is as after a crash
		}
		if err != nil {
			return err
		}
		jobs.Go(func() {
			if err := s.resync(ctx, j); err != nil && ctx.Err() == nil {
				s.breaks(err)
			}
		})
	}
}

// resync fetches the repository of an account, and brings its records in step. An error
// is one of the store; what others do wrong is noted, and tried again later.
func (s *Syncer) resync(ctx context.Context, j *job) error {
	f, came := &fetch{syncer: s, job: j}, false
	defer func() { f.leave(came) }()
	err := f.run(ctx)
	if came = err == nil; came {
		err = s.drain(ctx, j)
	}
	if _, final := errors.AsType[*storeError](err); final {
		return err
	}
	if err == nil || errors.Is(err, errStale) || ctx.Err() != nil {
		return nil
	}
	if why, ok := errors.AsType[*failure](err); ok && why.reason == ReasonNotFound {
		if _, err := s.ask(ctx, j.repo.DID); err != nil { // perhaps it was deleted
			return finalOf(err)
		}
	}
	return s.failed(ctx, j, err)
}

// finalOf returns an error that ends a Syncer, nil for another one.
func finalOf(err error) error {
	if _, final := errors.AsType[*storeError](err); final {
		return err
	}
	return nil
}

// A failure is why a resync has failed.
type failure struct {
	reason sync.Reason
	err    error
	status string // of an account that is not active where its server says so
	wait   bool   // it is no failure of the account, nor of its server
}

func (f *failure) Error() string { return fmt.Sprintf("%s: %v", f.reason, f.err) }
func (f *failure) Unwrap() error { return f.err }

// mine changes the account of a resync, unless that was overtaken.
func (s *Syncer) mine(ctx context.Context, j *job, decide func(r *Repo) *Change) error {
	return s.change(ctx, j.repo.DID, func(r *Repo) (*Change, error) {
		if r == nil || r.State != InProgress || r.Epoch != j.repo.Epoch {
			return nil, errStale
		}
		return decide(r), nil
	})
}

// failed has an account wait after a failure, the longer the more there were. What is
// queued is dropped.
func (s *Syncer) failed(ctx context.Context, j *job, err error) error {
	why := &failure{reason: sync.ReasonUnavailable, err: err}
	if f, ok := errors.AsType[*failure](err); ok {
		why = f
	}
	err = s.mine(ctx, j, func(r *Repo) *Change {
		j.located(r)
		switch {
		case why.reason == ReasonDeleted:
			return s.removed(r)
		case why.status != "":
			c := s.says(r, false, why.status)
			c.Repo.Reason, c.Repo.Next = why.reason, s.Now().Add(s.Limits.MaxPause) // should nobody say that it is active again
			return c
		case why.wait:
			c := s.desynchronize(r, "", r.Reason)
			if !j.due.IsZero() {
				c.Repo.Next = j.due // it keeps its turn
			}
			return c
		}
		return s.postpone(r, "", why.reason)
	})
	if errors.Is(err, errStale) {
		return nil
	}
	return err
}

// locate is for whose the account is, as the directory says, and takes a place at its
// server.
func (f *fetch) locate(id *identity.Identity, err error) error {
	s, j := f.syncer, f.job
	switch {
	case tombstoned(j.repo.DID, err):
		return &failure{reason: ReasonDeleted, err: err}
	case errors.Is(err, identity.ErrUnavailable):
		return &failure{reason: sync.ReasonUnavailable, err: err}
	case err != nil:
		return &failure{reason: sync.ReasonNoIdentity, err: err}
	case id.Broken():
		return &failure{reason: sync.ReasonNoKeyOrPDS, err: errors.New("the DID document has no signing key, or no server")}
	}
	f.id, j.server = id, id.PDS
	if j.place.host == id.PDS {
		return nil
	}
	f.leave(false)
	var wait time.Duration
	if j.place, wait = s.schedule.found(id); wait != 0 {
		return &failure{reason: "", wait: true, err: errors.New("its server is busy")}
	}
	return nil
}

// drain applies the events that were queued while the repository was fetched, drops
// those that it had already, and ends the resync (SN-43).
func (s *Syncer) drain(ctx context.Context, j *job) error {
	for {
		queued, err := s.Store.Queue(ctx, j.repo.DID, 1)
		if err != nil {
			return storeFailed(j.repo.DID, err)
		}
		done := false
		err = s.mine(ctx, j, func(r *Repo) *Change {
			j.located(r)
			switch {
			case len(queued) > 0:
				return s.dequeue(r, &queued[0])
			case r.Queued > 0: // one has come in between
				return nil
			}
			done = true
			return s.settle(r)
		})
		if err != nil || done {
			return err
		}
	}
}

// settle ends a resync that has nothing left to do.
func (s *Syncer) settle(r *Repo) *Change {
	if r.Want > r.Rev { // a later one was seen, and is neither fetched nor queued
		return s.desynchronize(r, "", ReasonStale)
	}
	r.State, r.Attempts, r.Reason, r.QueuedRev, r.QueuedBytes = Synchronized, 0, "", "", 0
	return &Change{Repo: *r, Dequeue: AllQueued}
}

// dequeue applies a queued event.
func (s *Syncer) dequeue(r *Repo, q *Queued) *Change {
	r.Queued--
	r.QueuedBytes -= q.size()
	switch {
	case q.Rev <= r.Rev:
		return &Change{Repo: *r, Dequeue: q.Rev}
	case !s.follows(r, q):
		return s.postpone(r, q.Rev, ReasonQueue)
	}
	r.Rev, r.Data, r.Want = q.Rev, q.Data, max(r.Want, q.Rev)
	c := &Change{Repo: *r, Dequeue: q.Rev}
	c.add(q.Records)
	return c
}

// Import brings the records of an account in step with the repository in a CAR file,
// as a resync does with the one that it fetches, and returns how many have changed. id
// is whose it must be. The account is kept from then on, and is as active as before. An
// event that comes meanwhile is queued. After an error, that of ctx too, the repository is
// fetched, unless something else has happened to the account in between. If not even that
// can be stored, [Syncer.Run] ends.
func (s *Syncer) Import(ctx context.Context, id repo.Identity, file io.Reader) (changed int, err error) {
	if err := s.Track(ctx, id.DID); err != nil {
		return 0, err
	}
	j := &job{}
	err = s.change(ctx, id.DID, func(r *Repo) (*Change, error) {
		if r == nil {
			return nil, errStale
		}
		c := s.desynchronize(r, "", ReasonRequested)
		c.Repo.State, c.Repo.Next, c.Repo.Epoch = InProgress, zero, s.epochs.Add(1)
		j.repo = c.Repo
		return c, nil
	})
	if err != nil {
		return 0, err
	}
	f := &fetch{syncer: s, job: j}
	why := &failure{reason: ReasonRestarted, wait: true, err: errors.New("the import was given up")} // by a panic of file
	defer func() {
		if why != nil {
			err = errors.Join(err, s.giveUp(context.WithoutCancel(ctx), j, why))
		}
	}()
	if err = f.read(ctx, id, file); err == nil {
		err = s.drain(ctx, j)
	}
	switch {
	case err == nil:
		why = nil
	case ctx.Err() == nil && finalOf(err) == nil:
		why, _ = errors.AsType[*failure](classified(err))
	}
	return f.changed, err
}

// giveUp ends a resync that was no task of Run. What cannot be stored would stay in
// progress: Run ends, so that the next one begins with it.
func (s *Syncer) giveUp(ctx context.Context, j *job, why *failure) error {
	err := s.failed(ctx, j, why)
	if err != nil {
		s.breaks(err)
	}
	return err
}

// breaks ends Run with an error of the store.
func (s *Syncer) breaks(err error) {
	select {
	case s.broken <- err:
	default: // another one has ended it
	}
}

// unbroken waits until ctx ends, or something could not be stored in a resync.
func (s *Syncer) unbroken(ctx context.Context) error {
	select {
	case err := <-s.broken:
		return err
	case <-ctx.Done():
		return nil
	}
}

// identityOf is whose a fetched repository must be.
func identityOf(did syntax.DID, id *identity.Identity) repo.Identity {
	return repo.Identity{DID: did, Key: id.SigningKey}
}
