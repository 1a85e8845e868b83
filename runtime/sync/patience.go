package sync

import (
	stdsync "sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// patience says how often an event is tried while something that it needs is not available.
// A server that many accounts need, such as a directory, is waited for, and so the stream is.
// One that a single account needs must not hold up the others: the account's events wait one
// behind another, and all of them take a place.
type patience struct {
	attempts int
	crowd    int // of how many events of one account that wait none is tried again
	lanes    *lanes
	now      func() time.Time

	mu    stdsync.Mutex
	given *simplelru.LRU[syntax.DID, time.Time] // until when nobody waits for an account that was waited for in vain
}

const (
	maxGiven = 100_000          // accounts that are remembered
	givenFor = 10 * time.Minute // how long
)

func newPatience(c *Consumer, l *lanes) *patience {
	const share, least = 32, 4
	given, _ := simplelru.NewLRU[syntax.DID, time.Time](maxGiven, nil) // fails for sizes that are not positive
	return &patience{
		attempts: orDefault(c.Attempts, defaultAttempts), crowd: max(least, cap(l.pending)/share), lanes: l, now: c.Verifier.Now, given: given,
	}
}

// of is how often an event of an account is tried. What says how the account is, is worth
// more than what is in its repository: a gap is all that would be left of the latter, and
// there is one already.
func (p *patience) of(did syntax.DID, status bool) int {
	if p.lanes.waiting(did) > p.crowd {
		return 1
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if until, ok := p.given.Peek(did); ok && p.now().Before(until) && !status {
		return 1
	}
	return p.attempts
}

// ended notes whether an event of an account was given up.
func (p *patience) ended(did syntax.DID, given bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if given {
		p.given.Add(did, p.now().Add(givenFor))
	} else {
		p.given.Remove(did)
	}
}
