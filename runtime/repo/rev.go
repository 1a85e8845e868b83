package repo

import (
	"github.com/lexgen/lexgen/runtime/syntax"
)

// nextRev returns the rev of a commit that follows one with the rev last, which
// is empty if there is none: that of the clock, or, if the clock is behind, the
// next one after last (RE-03).
func nextRev(clock *syntax.TIDClock, last syntax.TID) (syntax.TID, error) {
	rev, err := clock.Next()
	if err == nil && rev <= last {
		rev, err = syntax.TIDOf(last.Micros()+1, clock.ClockID())
	}
	if err == nil && rev <= last { // a rev with the highest bit set, which no clock makes
		err = failAtf(ErrRev, "", "no rev is left after %s (RE-03)", last)
	}
	return rev, err
}
