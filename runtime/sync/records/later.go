package records

import (
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// later are accounts whose event was not taken, with the one that is to be tried again
// first at hand: while an application is away there may be as many as events wait.
type later struct{ ranking }

func (l *later) add(did syntax.DID, at time.Time) { l.set(did, -at.UnixNano()) }

// due takes out an account whose time has come. If there is none, it says how long it
// takes until there is, -1 for ever.
func (l *later) due(now time.Time) (did syntax.DID, wait time.Duration) {
	did, number := l.first()
	if did == "" {
		return "", -1
	}
	if d := time.Duration(-number - now.UnixNano()); d > 0 {
		return "", d
	}
	l.remove(did)
	return did, 0
}

// earlier returns the shorter one of two times, of which negative ones are none.
func earlier(a, b time.Duration) time.Duration {
	if a < 0 || b >= 0 && b < a {
		return b
	}
	return a
}
