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
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/plc/store"
)

// ErrRate says that a DID has had too many operations of late (ID-29).
var ErrRate = errors.New("too many operations")

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
func (l *Ledger) Submit(ctx context.Context, did syntax.DID, op plc.Operation) (int64, error) {
	if err := plc.CheckLimits(op); err != nil {
		return 0, err
	}
	records, err := l.Store.Log(ctx, did)
	if err != nil {
		return 0, err
	}
	h := History(did, records)
	nullified, err := h.Apply(op, l.timeOf(op, h))
	if err != nil {
		return 0, err
	}
	step := &h.Steps[len(records)]
	if len(nullified) == 0 {
		if err := checkRate(records, step.CreatedAt); err != nil {
			return 0, err
		}
	}
	return l.Store.Append(ctx, addition(h, records, nullified))
}

// timeOf returns the time of an operation that comes in now. Those of a DID rise
// strictly (ID-33); when the clock does not, an operation that follows on the
// last one is given the next millisecond. One that undoes others depends on the
// time, and is refused then.
func (l *Ledger) timeOf(op plc.Operation, h *plc.History) time.Time {
	now := l.Now().UTC().Truncate(time.Millisecond)
	last := h.Last()
	if last != nil && last.CID == op.Previous() && !now.After(last.CreatedAt) {
		return last.CreatedAt.Add(time.Millisecond)
	}
	return now
}

// addition returns the last step of a history, that of all records and one more.
func addition(h *plc.History, records []store.Record, nullified []int) store.Addition {
	step := &h.Steps[len(records)]
	a := store.Addition{
		Record: store.Record{
			Entry:     plc.Entry{DID: h.DID, Operation: step.Operation, CID: step.CID, CreatedAt: step.CreatedAt},
			Authority: step.Authority,
		},
		Known: len(records),
	}
	for _, i := range nullified {
		a.Nullifies = append(a.Nullifies, records[i].Seq)
	}
	return a
}

// rates are how many operations of a DID are taken in which time (ID-29).
var rates = []struct {
	within time.Duration
	most   int
	name   string
}{
	{time.Hour, 10, "hour"},
	{24 * time.Hour, 30, "day"},
	{7 * 24 * time.Hour, 100, "week"},
}

// checkRate counts operations that were not undone. Recovery is exempt, or who
// has stolen a key could keep the owner from it.
func checkRate(records []store.Record, now time.Time) error {
	for _, rate := range rates {
		n := 0
		for i := range records {
			if !records[i].Nullified && records[i].CreatedAt.After(now.Add(-rate.within)) {
				n++
			}
		}
		if n >= rate.most {
			return fmt.Errorf("%w: more than %d within the last %s (ID-29)", ErrRate, rate.most, rate.name)
		}
	}
	return nil
}

// History returns the history that a store's log of a DID tells. It is replayed
// without looking at signatures, which were verified before the store took the
// operations.
func History(did syntax.DID, records []store.Record) *plc.History {
	h := &plc.History{DID: did}
	index := make(map[cid.CID]int, len(records))
	for i := range records {
		r := &records[i]
		step := plc.Step{Operation: r.Operation, CID: r.CID, CreatedAt: r.CreatedAt, Authority: r.Authority, Before: -1}
		state := plc.StateAfter(r.Operation)
		if before, ok := index[r.Operation.Previous()]; ok {
			step.Before, state = before, plc.StateAfter(records[before].Operation)
			for j := before + 1; j < i; j++ {
				if h.Steps[j].Active() {
					h.Steps[j].NullifiedBy = i
				}
			}
		}
		if state != nil && r.Authority < len(state.RotationKeys) {
			step.Signer = state.RotationKeys[r.Authority]
		}
		index[r.CID] = i
		h.Steps = append(h.Steps, step)
	}
	return h
}
