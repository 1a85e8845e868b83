package sync

import (
	"context"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// A wait is that of the work of an account for a server, which holds up what is behind it: a
// question to the server, or a pause before the next one. It ends early where that is too much.
type wait struct {
	alone  bool // it is for a server that no other account needs
	yields bool // it ends early for what is behind it, too
	fair   bool // it has had its time, and may end early

	of    *lane
	end   context.CancelFunc
	ended bool // early
}

// fairTime is what a server has to answer before the wait for it ends early.
const fairTime = time.Second

// pause is a wait that asks nobody. It reports whether it is to be the last one: it ended as too
// much of the account waits, or as accounts that wait alone left no room. One that is firm does
// not. sleep ends early if its context ends.
func (l *lanes) pause(ctx context.Context, did syntax.DID, firm bool, sleep func(context.Context) error) (last bool, err error) {
	w := &wait{alone: alone(did), yields: true, fair: !firm}
	l.during(ctx, did, w, func(ctx context.Context) { err = sleep(ctx) })
	if w.ended {
		err = nil
	}
	return w.ended, err
}

// question is a wait for the answer of a server. It reports whether it ended early, as accounts
// that wait alone left no room: none before fairTime is over, and none that is for a server of
// many.
func (l *lanes) question(ctx context.Context, did syntax.DID, ask func(context.Context)) (ended bool) {
	if !alone(did) {
		l.away(func() { ask(ctx) })
		return false
	}
	w := &wait{alone: true}
	l.during(ctx, did, w, func(ctx context.Context) {
		l.after(ctx, fairTime, func() { l.hadItsTime(w) })
		ask(ctx)
	})
	return w.ended
}

// alone reports whether an account is looked up at a server that no other one needs. All of
// did:plc have one directory.
func alone(did syntax.DID) bool { return did.Method() != "plc" }

// during lets other work be done while an account waits. The context of do ends with the wait.
func (l *lanes) during(ctx context.Context, did syntax.DID, w *wait, do func(context.Context)) {
	ctx, w.end = context.WithCancel(ctx)
	l.begin(did, w)
	l.away(func() {
		do(ctx)
		l.over(w)
	})
}

// begin has an account wait, if there is work of it, and that does not wait yet.
func (l *lanes) begin(did syntax.DID, w *wait) {
	most := l.most()
	l.mu.Lock()
	defer l.mu.Unlock()
	w.of = l.accounts[did]
	if w.of == nil || l.waiting[w.of] != nil {
		return
	}
	l.waiting[w.of] = w
	l.disperse(w.of)
	l.makeRoom(most)
	l.lookAgain()
}

// over notes that a wait has ended, early or not.
func (l *lanes) over(w *wait) {
	w.end()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting[w.of] == w {
		delete(l.waiting, w.of)
	}
}

// hadItsTime lets a wait end early.
func (l *lanes) hadItsTime(w *wait) {
	most := l.most()
	l.mu.Lock()
	defer l.mu.Unlock()
	w.fair = true
	l.makeRoom(most)
}

func (w *wait) stop() {
	w.ended = true
	w.end()
}

// disperse ends the wait of an account of which too much is behind it.
func (l *lanes) disperse(a *lane) {
	if w := l.waiting[a]; w != nil && w.yields && w.fair && len(a.queue) > l.crowd {
		w.stop()
	}
}

// lacksRoom notes that there is no room for more, and makes some.
func (l *lanes) lacksRoom() {
	most := l.most()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.full = true
	l.makeRoom(most)
}

// makeRoom ends waits where there is no room, until the accounts that wait alone have no more
// than half of it: first that of the account with the most.
func (l *lanes) makeRoom(mostBytes int) {
	for l.full {
		var largest *lane
		places, bytes := 0, 0
		for a, w := range l.waiting {
			if !w.alone || w.ended {
				continue
			}
			places += 1 + len(a.queue)
			bytes += a.bytes
			if w.fair && (largest == nil || l.part(a, mostBytes) > l.part(largest, mostBytes)) {
				largest = a
			}
		}
		if largest == nil || 2*places <= cap(l.pending) && 2*bytes <= mostBytes {
			return
		}
		l.waiting[largest].stop()
	}
}

// part is which part of the room an account has, in places or in bytes.
func (l *lanes) part(a *lane, mostBytes int) float64 {
	return max(float64(1+len(a.queue))/float64(cap(l.pending)), float64(a.bytes)/float64(mostBytes))
}
