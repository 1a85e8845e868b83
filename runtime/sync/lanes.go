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
	freed     chan struct{} // has an item when there may be room for more bytes than before
	mostBytes int
	share     func() int // if not nil, of mostBytes
	crowd     int        // behind how much work of an account none pauses

	mu       stdsync.Mutex
	accounts map[syntax.DID]*lane
	pausing  map[*lane]struct{} // those with a pause
	bytes    int                // of the work that waits or is done
	full     bool               // who adds waits for room
	wait     stdsync.WaitGroup
}

// A lane is the work of one account.
type lane struct {
	queue []work // behind what is done
	bytes int    // of what is done, too
	pause *pause // of what is done, nil if there is none
}

// work is what is to be done, which keeps some bytes in memory.
type work struct {
	do    func()
	bytes int
}

func newLanes(pending, working, mostBytes int) *lanes {
	const share, least = 32, 4
	return &lanes{
		pending: make(chan struct{}, pending), working: make(chan struct{}, working), freed: make(chan struct{}, 1), mostBytes: mostBytes,
		crowd: max(least, pending/share), accounts: map[syntax.DID]*lane{}, pausing: map[*lane]struct{}{},
	}
}

// add does work after what was added for the account before. It waits while there is
// too much, until ctx ends; one that alone is too much is added when there is no other one
// but those that pause.
func (l *lanes) add(ctx context.Context, did syntax.DID, w work) error {
	select {
	case l.pending <- struct{}{}:
	default:
		l.lacksRoom()
		select {
		case l.pending <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for !l.fits(w.bytes) {
		l.lacksRoom()
		select {
		case <-l.freed:
		case <-ctx.Done():
			<-l.pending
			return ctx.Err()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.full = false
	l.bytes += w.bytes
	a, busy := l.accounts[did]
	if !busy {
		a = &lane{}
		l.accounts[did] = a
		l.wait.Go(func() { l.drain(did, a) })
	}
	a.queue = append(a.queue, w)
	a.bytes += w.bytes
	l.disperse(a)
	return nil
}

// most is how many bytes there may be.
func (l *lanes) most() int {
	if l.share != nil {
		return min(l.mostBytes, l.share())
	}
	return l.mostBytes
}

func (l *lanes) fits(bytes int) bool {
	most := l.most()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bytes+bytes <= most {
		return true
	}
	pausing := 0
	for a := range l.pausing {
		pausing += a.bytes
	}
	return l.bytes == pausing && 2*pausing <= most
}

// free gives bytes back.
func (l *lanes) free(a *lane, bytes int) {
	l.mu.Lock()
	l.bytes -= bytes
	a.bytes -= bytes
	l.mu.Unlock()
	l.lookAgain()
}

// lookAgain lets who adds look whether there is room now.
func (l *lanes) lookAgain() {
	select {
	case l.freed <- struct{}{}:
	default:
	}
}

// drain does the work of an account until there is no more.
func (l *lanes) drain(did syntax.DID, a *lane) {
	for {
		w, ok := l.next(did, a)
		if !ok {
			return
		}
		l.working <- struct{}{}
		w.do()
		<-l.working
		l.free(a, w.bytes)
		<-l.pending
	}
}

// away is for work that waits for something, and lets other work be done meanwhile.
func (l *lanes) away(wait func()) {
	<-l.working
	defer func() { l.working <- struct{}{} }()
	wait()
}

// crowded reports whether more work of an account waits behind what is done than may wait
// for that.
func (l *lanes) crowded(did syntax.DID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.accounts[did].queue) > l.crowd
}

func (l *lanes) next(did syntax.DID, a *lane) (work, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(a.queue) == 0 {
		delete(l.accounts, did)
		return work{}, false
	}
	w := a.queue[0]
	a.queue = a.queue[1:]
	return w, true
}
