package repo

import (
	"fmt"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// MaxRevLead is how far the rev of a commit may be ahead of the clock of whoever
// reads it (SN-35, UN-21): clocks differ.
const MaxRevLead = 5 * time.Minute

// NextRev returns the rev of a commit that follows one with the rev last, which
// is empty if there is none: that of the clock, or, if the clock is behind, the
// next one after last (RE-03).
//
// The error is [ErrRev] where the clock is beyond the year 2255, in which revs
// end, and where none is left after last, which only a stranger can have made.
// Services refuse such a rev as one of the future (SN-35) and have kept to the
// one before, so that the records can go on in another store, under revs of the
// clock.
func NextRev(clock *syntax.TIDClock, last syntax.TID) (syntax.TID, error) {
	rev, err := clock.Next()
	if err != nil {
		return "", &Error{Reason: fmt.Sprintf("the clock gives no rev, and has to be set (RE-03): %v", err), Err: joined(ErrRev, err)}
	}
	if rev > last {
		return rev, nil
	}
	if isLastRev(last) {
		return "", failf(ErrRev, cid.CID{}, "no rev is left after %s (RE-03): the records can go on in an empty store", last)
	}
	return syntax.TIDOf(last.Micros()+1, clock.ClockID())
}

// isLastRev reports whether no rev is left after one: it is of the last moment
// that there is, or has the highest bit, which no clock sets.
func isLastRev(rev syntax.TID) bool {
	next, err := syntax.TIDOf(rev.Micros()+1, 0)
	return err != nil || next <= rev
}

// checkFuture refuses a rev that is too far ahead of a clock, which may be nil.
func checkFuture(head cid.CID, rev syntax.TID, now func() time.Time) error {
	if now == nil {
		return nil
	}
	if lead := rev.Time().Sub(now()); lead > MaxRevLead || isLastRev(rev) {
		return failf(ErrRev, head, "its rev %s is of the future, more than %v ahead of the clock (SN-35)", rev, MaxRevLead)
	}
	return nil
}
