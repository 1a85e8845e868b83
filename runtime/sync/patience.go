package sync

import (
	"context"
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
	lanes    *lanes
	sleep    func(context.Context, time.Duration) error
	now      func() time.Time

	mu    stdsync.Mutex
	given *simplelru.LRU[syntax.DID, time.Time] // when an account was given up
}

const (
	maxGiven = 100_000          // accounts that are remembered
	givenFor = 10 * time.Minute // how long nobody waits for one that was waited for in vain
	leftFor  = 10 * time.Second // how long it is not even tried, while too much of it waits
)

func newPatience(c *Consumer, l *lanes) *patience {
	given, _ := simplelru.NewLRU[syntax.DID, time.Time](maxGiven, nil) // fails for sizes that are not positive
	return &patience{attempts: orDefault(c.Attempts, defaultAttempts), lanes: l, sleep: c.Sleep, now: c.Verifier.Now, given: given}
}

// of is how often an event of an account is tried. What says how the account is, is worth
// more than what is in its repository: a gap is all that would be left of the latter, and
// there is one already.
func (p *patience) of(did syntax.DID, status bool) int {
	if p.lanes.crowded(did) || p.gaveUp(did, givenFor) && !status {
		return 1
	}
	return p.attempts
}

// left reports whether an event of an account is not even tried: its server takes its time to
// say nothing, and as much for each of many.
func (p *patience) left(did syntax.DID) bool {
	return p.lanes.crowded(did) && p.gaveUp(did, leftFor)
}

// alone reports whether an account is looked up at a server that no other one needs. All of
// did:plc have one directory.
func alone(did syntax.DID) bool { return did.Method() != "plc" }

// gaveUp reports whether an account was given up within a time.
func (p *patience) gaveUp(did syntax.DID, within time.Duration) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.given.Peek(did)
	return ok && p.now().Before(at.Add(within))
}

// wait is the pause behind the n-th attempt. It reports whether that was the last one, as
// the account is in the way of others. The first pause is never cut short, as one question
// without an answer says little.
func (p *patience) wait(ctx context.Context, did syntax.DID, n int) (last bool, err error) {
	length := firstPause << (n - 1)
	if n == 1 {
		p.lanes.away(func() { err = p.sleep(ctx, length) })
		return false, err
	}
	return p.lanes.pause(ctx, did, alone(did), func(ctx context.Context) error { return p.sleep(ctx, length) })
}

// ended notes whether an event of an account was given up.
func (p *patience) ended(did syntax.DID, given bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if given {
		p.given.Add(did, p.now())
	} else {
		p.given.Remove(did)
	}
}
