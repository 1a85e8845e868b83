// Package ledger decides what a directory takes.
//
// [Ledger.Submit] is the rule for new operations: those of the method, which
// package plc of the runtime replays, and what a directory asks for beyond them. A
// [Batch] takes over operations that another directory has taken, or a backup
// holds, with their numbers and times: the same replay, without the limits that
// older operations need not have.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/plc/store"
)

// A Ledger decides about operations and keeps them. It is safe for concurrent
// use.
type Ledger struct {
	Store store.Store
	// Now tells the time.
	Now func() time.Time
}

// Submit takes a new operation, and returns its number. It is refused with an
// error of package plc, with ErrRate, or with store.ErrConflict if another
// operation of the DID was taken meanwhile.
//
// It reads the last 100 operations of the DID that were not undone, and at most
// two more, however long the log is. Only of a log that came from elsewhere, and has
// more than 100 within the time of a recovery, all of it may be read.
func (l *Ledger) Submit(ctx context.Context, did syntax.DID, op plc.Operation) (int64, error) {
	if err := plc.CheckLimits(op); err != nil {
		return 0, err
	}
	recent, err := l.Store.Recent(ctx, did, mostRecent)
	if err != nil {
		return 0, err
	}
	now := l.Now().UTC().Truncate(time.Millisecond)
	records, err := l.withPrevious(ctx, did, op.Previous(), recent, now)
	if err != nil {
		return 0, err
	}
	p, at := newReplay(did, records), timeOf(op, recent, now)
	nullified, err := p.history.Apply(op, at)
	if err != nil {
		return 0, err
	}
	if len(nullified) == 0 {
		if err := l.checkRates(ctx, did, recent, at); err != nil {
			return 0, err
		}
	}
	return l.Store.Append(ctx, p.addition(nullified))
}

// mostRecent is how many operations a decision needs: more are not taken in the
// longest time that matters, be it that of the rates or that of a recovery.
const mostRecent = 100

// withPrevious returns the recent operations with the one that prev names, unless
// there is none.
func (l *Ledger) withPrevious(ctx context.Context, did syntax.DID, prev cid.CID, recent []store.Record, now time.Time) ([]store.Record, error) {
	named := func(r store.Record) bool { return r.CID == prev }
	if len(recent) == 0 || !prev.Defined() || slices.ContainsFunc(recent, named) {
		return recent, nil
	}
	before, err := l.Store.Find(ctx, did, prev)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return recent, nil
	case err != nil:
		return nil, err
	case before.Nullified:
		return append([]store.Record{before}, recent...), nil
	}
	// It would undo all recent ones, and others before them.
	if passed := now.Sub(recent[0].CreatedAt); passed > plc.RecoveryWindow {
		return nil, &plc.Error{Index: -1, Err: plc.ErrLate, Reason: fmt.Sprintf(
			"it would undo operation %d after %s, and has %s for that (ID-31)", recent[0].Index, passed, plc.RecoveryWindow)}
	}
	return l.Store.Log(ctx, did) // which came from elsewhere: as many are not taken in that time
}

// timeOf returns the time of an operation that comes in now. Those of a DID rise
// strictly (ID-33); when the clock does not, an operation that follows on the
// last one is given the next millisecond. One that undoes others depends on the
// time, and is refused then.
func timeOf(op plc.Operation, recent []store.Record, now time.Time) time.Time {
	if len(recent) == 0 {
		return now
	}
	if last := &recent[len(recent)-1]; last.CID == op.Previous() && !now.After(last.CreatedAt) {
		return last.CreatedAt.Add(time.Millisecond)
	}
	return now
}
