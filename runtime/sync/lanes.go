package sync

import (
	"context"
	stdsync "sync"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// lanes do work for accounts: for one account in the order in which it comes, for
// different accounts side by side (SN-41). How much there is at a time is bounded.
type lanes struct {
	pending chan struct{} // has an item for each work that waits or is done
	working chan struct{} // has an item for each that is done

	mu    stdsync.Mutex
	queue map[syntax.DID][]func()
	wait  stdsync.WaitGroup
}

func newLanes(pending, working int) *lanes {
	return &lanes{pending: make(chan struct{}, pending), working: make(chan struct{}, working), queue: map[syntax.DID][]func(){}}
}

// add does work after what was added for the account before. It waits while there is
// too much, until ctx ends.
func (l *lanes) add(ctx context.Context, did syntax.DID, work func()) error {
	select {
	case l.pending <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting, busy := l.queue[did]
	l.queue[did] = append(waiting, work)
	if !busy {
		l.wait.Go(func() { l.drain(did) })
	}
	return nil
}

// drain does the work of an account until there is no more.
func (l *lanes) drain(did syntax.DID) {
	for {
		work, ok := l.next(did)
		if !ok {
			return
		}
		l.working <- struct{}{}
		work()
		<-l.working
		<-l.pending
	}
}

func (l *lanes) next(did syntax.DID) (func(), bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.queue[did]
	if len(waiting) == 0 {
		delete(l.queue, did)
		return nil, false
	}
	l.queue[did] = waiting[1:]
	return waiting[0], true
}
