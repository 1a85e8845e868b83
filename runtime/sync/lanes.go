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
	most    int           // bytes that all of it may need
	freed   chan struct{} // has an item after some were given back

	mu    stdsync.Mutex
	bytes int // that it needs now
	queue map[syntax.DID][]work
	wait  stdsync.WaitGroup
}

// work is something to do, with the bytes that it needs in memory until then.
type work struct {
	do    func()
	bytes int
}

func newLanes(pending, working, most int) *lanes {
	return &lanes{
		pending: make(chan struct{}, pending), working: make(chan struct{}, working), most: most, freed: make(chan struct{}, 1),
		queue: map[syntax.DID][]work{},
	}
}

// add does work after what was added for the account before. It waits while there is
// too much, until ctx ends. There is one call of it at a time.
func (l *lanes) add(ctx context.Context, did syntax.DID, w work) error {
	select {
	case l.pending <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	for !l.reserve(w.bytes) {
		select {
		case <-l.freed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting, busy := l.queue[did]
	l.queue[did] = append(waiting, w)
	if !busy {
		l.wait.Go(func() { l.drain(did) })
	}
	return nil
}

// reserve takes bytes if there are enough. What needs more than all of them is taken by
// itself.
func (l *lanes) reserve(bytes int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bytes > 0 && l.bytes+bytes > l.most {
		return false
	}
	l.bytes += bytes
	return true
}

// release gives bytes back.
func (l *lanes) release(bytes int) {
	l.mu.Lock()
	l.bytes -= bytes
	l.mu.Unlock()
	select {
	case l.freed <- struct{}{}:
	default:
	}
}

// drain does the work of an account until there is no more.
func (l *lanes) drain(did syntax.DID) {
	for {
		w, ok := l.next(did)
		if !ok {
			return
		}
		l.working <- struct{}{}
		w.do()
		l.release(w.bytes)
		<-l.working
		<-l.pending
	}
}

func (l *lanes) next(did syntax.DID) (work, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.queue[did]
	if len(waiting) == 0 {
		delete(l.queue, did)
		return work{}, false
	}
	l.queue[did] = waiting[1:]
	return waiting[0], true
}
