package plc

import (
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Verify replays the log of a DID and returns its history. The DID is derived
// from the first operation, each CID from its operation, and it is replayed which
// operations were undone; all must be as the log has it (ID-42). Times cannot be
// verified, other than that they rise; nor can it be seen that a directory leaves
// out the newest operations, or the last of those that were undone.
func (l Log) Verify(did syntax.DID) (*History, error) {
	var first error
	h := l.replay(did, func(e *Error) bool {
		first = e
		return false
	})
	if first != nil {
		return nil, first
	}
	return h, nil
}

// Violations replays the log of a DID as [Log.Verify] does, but goes on behind what
// is wrong and returns all of it; nothing if Verify takes the log. An operation that
// breaks a rule is left out, and what follows on it breaks the rules for that alone.
// Without the first operation none can be replayed. What was undone comes last, and
// is held against the log only if all operations count.
func (l Log) Violations(did syntax.DID) []*Error {
	var all []*Error
	l.replay(did, func(e *Error) bool {
		all = append(all, e)
		return true
	})
	return all
}

// replay holds a log against the rules, and asks refuse about each violation
// whether to go on.
func (l Log) replay(did syntax.DID, refuse func(*Error) (goOn bool)) *History {
	if len(l) == 0 {
		refuse(failf(ErrLog, "the log of %s is empty (ID-42)", did))
		return nil
	}
	r := &replay{history: &History{DID: did}, refused: map[cid.CID]int{}}
	for i, e := range l {
		if err := r.apply(i, e); err != nil && (!refuse(at(i, err)) || i == 0) {
			return nil
		}
		if c := CID(e.Operation); c != e.CID && !refuse(at(i, failf(ErrLog, "its CID is %s, and not %s (ID-25)", c, e.CID))) {
			return nil
		}
	}
	if len(r.refused) > 0 {
		return nil
	}
	for i, e := range l {
		undone := !r.history.Steps[i].Active()
		if undone != e.Nullified && !refuse(at(i, failf(ErrLog, "the log says that nullified is %t, and it is %t (ID-32)", e.Nullified, undone))) {
			return nil
		}
	}
	return r.history
}

// replay is a log that is being replayed.
type replay struct {
	history *History        // with a step for each entry
	refused map[cid.CID]int // numbers of the entries that do not count
}

// apply adds the next entry. One that breaks a rule leaves a step on which none
// can follow, so that steps have the numbers of their entries.
func (r *replay) apply(i int, e Entry) error {
	err := r.check(e)
	if err == nil {
		return nil
	}
	r.refused[CID(e.Operation)] = i
	if i > 0 {
		r.history.Steps = append(r.history.Steps, Step{CreatedAt: r.history.Steps[i-1].CreatedAt, NullifiedBy: i})
	}
	return err
}

func (r *replay) check(e Entry) error {
	if e.DID != r.history.DID {
		return failf(ErrLog, "it is one of %s, and not of %s (ID-42)", e.DID, r.history.DID)
	}
	if before, ok := r.refused[e.Operation.Previous()]; ok {
		return failf(ErrOrder, "it follows on operation %d, which breaks a rule (ID-42)", before)
	}
	_, err := r.history.Apply(e.Operation, e.CreatedAt)
	return err
}
