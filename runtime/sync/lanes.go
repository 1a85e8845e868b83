package sync

import (
	"context"
	stdsync "sync"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// lanes do work for accounts: for one account in the order in which it comes, for
// different accounts side by side (SN-41). How much there is at a time is bounded, in
// number and in bytes. One goroutine adds.
type lanes struct {
	pending   chan struct{} // has an item for each work that waits or is done
	working   chan struct{} // has an item for each that is done
	freed     chan struct{} // has an item when there are fewer bytes than before
	mostBytes int
	share     func() int // if not nil, of mostBytes

	mu    stdsync.Mutex
	queue map[syntax.DID][]work
	bytes int // of the work that waits or is done
	wait  stdsync.WaitGroup
}

// work is what is to be done, which keeps some bytes in memory.
type work struct {
	do    func()
	bytes int
}

func newLanes(pending, working, mostBytes int) *lanes {
	return &lanes{
		pending: make(chan struct{}, pending), working: make(chan struct{}, working), freed: make(chan struct{}, 1), mostBytes: mostBytes,
		queue: map[syntax.DID][]work{},
	}
}

// add does work after what was added for the account before. It waits while there is
// too much, until ctx ends; one that alone is too much is added when there is no other one.
func (l *lanes) add(ctx context.Context, did syntax.DID, w work) error {
	select {
	case l.pending <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	for !l.fits(w.bytes) {
		select {
		case <-l.freed:
		case <-ctx.Done():
			<-l.pending
			return ctx.Err()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bytes += w.bytes
	waiting, busy := l.queue[did]
	l.queue[did] = append(waiting, w)
	if !busy {
		l.wait.Go(func() { l.drain(did) })
	}
	return nil
}

func (l *lanes) fits(bytes int) bool {
	most := l.mostBytes
	if l.share != nil {
		most = min(most, l.share())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes == 0 || l.bytes+bytes <= most
}

// free gives bytes back, and lets who adds look whether there is room now.
func (l *lanes) free(bytes int) {
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
		<-l.working
		l.free(w.bytes)
		<-l.pending
	}
}

// away is for work that waits for something, and lets other work be done meanwhile.
func (l *lanes) away(wait func()) {
	<-l.working
	defer func() { l.working <- struct{}{} }()
	wait()
}

// waiting is how much work of an account waits behind what is done.
func (l *lanes) waiting(did syntax.DID) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue[did])
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
