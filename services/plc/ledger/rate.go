package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/plc/store"
)

// ErrRate says that a DID has had too many operations (ID-29).
var ErrRate = errors.New("too many operations")

// rates are how many operations of a DID are taken in which time (ID-29).
var rates = []struct {
	within time.Duration
	most   int
	name   string
}{
	{time.Hour, 10, "hour"},
	{24 * time.Hour, 30, "day"},
	{week, mostRecent, "week"},
}

const week = 7 * 24 * time.Hour

// Limits that the reference does not have. Undone operations do not count for its
// rates, and each recovery makes room for more: with ten keys, of which each undoes
// what the next one has done, a DID could have millions of operations within an
// hour. So all of them count here, at a higher rate, and no log grows beyond what
// clients read: after the last ordinary operation, each of the mostRecent that can
// be undone, and what undoes it, can be undone by one key after the other.
const (
	mostInAll = 1000 // operations within a week
	mostEver  = plc.MaxLog - mostRecent*plc.MaxEntries
)

// checkRates counts the operations of a DID, of which recent are the last ones that
// were not undone. Recovery is exempt from all limits, or who has stolen a key
// could keep the owner from it.
func (l *Ledger) checkRates(ctx context.Context, did syntax.DID, recent []store.Record, now time.Time) error {
	for _, rate := range rates {
		n := 0
		for i := range recent {
			if recent[i].CreatedAt.After(now.Add(-rate.within)) {
				n++
			}
		}
		if n >= rate.most {
			return fmt.Errorf("%w: more than %d within the last %s (ID-29)", ErrRate, rate.most, rate.name)
		}
	}
	length := 0
	if len(recent) > 0 {
		length = recent[len(recent)-1].Index + 1 // what comes last is never undone
	}
	if length < mostInAll {
		return nil
	}
	if length >= mostEver {
		return fmt.Errorf("%w: it has had %d, and only a recovery is taken now", ErrRate, length)
	}
	switch r, err := l.Store.At(ctx, did, length-mostInAll); {
	case err != nil:
		return err
	case r.CreatedAt.After(now.Add(-week)):
		return fmt.Errorf("%w: more than %d within the last week, undone ones included", ErrRate, mostInAll)
	}
	return nil
}
