package relay

import (
	"context"
	stdsync "sync"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// accountLocks are the locks of accounts, one for each. Who passes on an event of an account that
// depends on what is known of it, or that changes it, holds its lock from where it is looked at
// what is known to where the event is in the log and the change is noted. So:
//
//   - no content (a commit, or a #sync) of an account is in the log behind the #account that says
//     that it is taken down, before the one that says that this has ended, nor behind content with
//     a later rev of another host;
//   - the #account events of an account are in the log in the order in which their changes are
//     noted, so that the last one says what is known;
//   - the events of an account that was deleted are erased, and that is noted, before anything
//     else is said of its status;
//   - a takedown, or the end of one, is stored before the next one of that account begins.
//
// Accounts do not wait for each other. Who holds a lock may wait for the store, and takes no other
// one. An #identity says nothing of what is known here,
// and needs no lock. The zero value is ready, and safe for concurrent use.
type accountLocks struct {
	mu    stdsync.Mutex
	locks map[syntax.DID]*accountLock // those that somebody holds or waits for
}

type accountLock struct {
	held  chan struct{} // has an item while somebody holds it
	users int           // who hold it, or wait for it
}

// lock waits until nobody else holds the lock of an account, and returns what gives it back. An
// error is that of ctx, and then there is nothing to give back.
func (l *accountLocks) lock(ctx context.Context, did syntax.DID) (unlock func(), err error) {
	one := l.join(did)
	select {
	case one.held <- struct{}{}:
		return func() {
			<-one.held
			l.leave(did, one)
		}, nil
	case <-ctx.Done():
		l.leave(did, one)
		return nil, ctx.Err()
	}
}

// lock takes the lock of an account for an event of it, and holds up no other account while
// it waits.
func (h *host) lock(ctx context.Context, did syntax.DID) (unlock func(), err error) {
	sync.Away(ctx, func() { unlock, err = h.relay.locks.lock(ctx, did) })
	return unlock, err
}

func (l *accountLocks) join(did syntax.DID) *accountLock {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.locks == nil {
		l.locks = map[syntax.DID]*accountLock{}
	}
	one := l.locks[did]
	if one == nil {
		one = &accountLock{held: make(chan struct{}, 1)}
		l.locks[did] = one
	}
	one.users++
	return one
}

func (l *accountLocks) leave(did syntax.DID, one *accountLock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one.users--; one.users == 0 {
		delete(l.locks, did)
	}
}
