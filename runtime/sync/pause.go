package sync

import (
	"context"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// A pause is that of the work of an account that waits for a server, and holds up what is
// behind it. It ends early where that is too much.
type pause struct {
	end   context.CancelFunc
	alone bool // it is for a server that no other account needs
	ended bool // early
}

// pause waits, and lets other work be done meanwhile. It reports whether it is to be the last
// one: it ended as too much of the account waits, or as accounts that wait alone left no room.
// wait ends early if its context ends.
func (l *lanes) pause(ctx context.Context, did syntax.DID, alone bool, wait func(context.Context) error) (last bool, err error) {
	pausing, end := context.WithCancel(ctx)
	defer end()
	p := &pause{end: end, alone: alone}
	a := l.begin(did, p)
	l.away(func() { err = wait(pausing) })
	l.mu.Lock()
	defer l.mu.Unlock()
	a.pause = nil
	delete(l.pausing, a)
	if p.ended {
		err = nil
	}
	return p.ended, err
}

func (l *lanes) begin(did syntax.DID, p *pause) *lane {
	most := l.most()
	l.mu.Lock()
	defer l.mu.Unlock()
	a := l.accounts[did]
	a.pause = p
	l.pausing[a] = struct{}{}
	l.disperse(a)
	l.makeRoom(most)
	l.lookAgain()
	return a
}

// disperse ends the pause of an account of which too much waits.
func (l *lanes) disperse(a *lane) {
	if a.pause != nil && len(a.queue) > l.crowd {
		a.pause.stop()
	}
}

func (p *pause) stop() {
	p.ended = true
	p.end()
}

// lacksRoom notes that there is no room for more, and makes some.
func (l *lanes) lacksRoom() {
	most := l.most()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.full = true
	l.makeRoom(most)
}

// makeRoom ends pauses where there is no room, until the accounts that wait alone have no more
// than half of it: first that of the account with the most.
func (l *lanes) makeRoom(mostBytes int) {
	for l.full {
		var largest *lane
		places, bytes := 0, 0
		for a := range l.pausing {
			if !a.pause.alone || a.pause.ended {
				continue
			}
			places += 1 + len(a.queue)
			bytes += a.bytes
			if largest == nil || l.part(a, mostBytes) > l.part(largest, mostBytes) {
				largest = a
			}
		}
		if 2*places <= cap(l.pending) && 2*bytes <= mostBytes {
			return
		}
		largest.pause.stop()
	}
}

// part is which part of the room an account has, in places or in bytes.
func (l *lanes) part(a *lane, mostBytes int) float64 {
	return max(float64(1+len(a.queue))/float64(cap(l.pending)), float64(a.bytes)/float64(mostBytes))
}
