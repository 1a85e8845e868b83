package plc

import (
	"errors"
	"slices"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// RecoveryWindow is how long an operation can be undone by a key of higher
// authority than the one that signed it: exactly this long and no longer (ID-31).
const RecoveryWindow = 72 * time.Hour

// A History is a log that has been replayed, and is true: each operation was
// signed by a key that might, at a time when it might. The zero History has no
// operations yet.
type History struct {
	DID syntax.DID
	// Steps are the operations in the order in which they came in.
	Steps []Step
}

// A Step is an operation and what it did.
type Step struct {
	Operation Operation
	CID       cid.CID
	CreatedAt time.Time
	// Authority is the index of the key that signed, among the rotation keys of
	// the state before; of its own for the first operation.
	Authority int
	// Signer is this key, as the text of a did:key.
	Signer string
	// Before is the index of the step that this one follows on, -1 for the first.
	Before int
	// NullifiedBy is the index of the step that has undone this one, 0 if none
	// has.
	NullifiedBy int
}

// Active reports whether the step counts, because nothing has undone it.
func (s *Step) Active() bool { return s.NullifiedBy == 0 }

// lostRace tells somebody who might have signed, had nobody else been faster, that it
// is so.
const lostRace = "; another operation on this prev was taken first (ID-33)"

// Apply adds an operation that a directory takes at a time, and returns the
// indexes of the steps that it undoes, in their order. An operation that may not
// be taken is an error and changes nothing. What a directory demands beyond the
// rules of the method, such as lengths, is not asked for.
func (h *History) Apply(op Operation, now time.Time) (nullified []int, err error) {
	if len(h.Steps) == 0 {
		return nil, h.begin(op, now)
	}
	if !op.Previous().Defined() {
		return nil, failf(ErrOrder, "only the first operation has no prev (ID-21)")
	}
	before := slices.IndexFunc(h.Steps, func(s Step) bool { return s.CID == op.Previous() })
	if before < 0 {
		return nil, failf(ErrOrder, "prev names no operation of %s (ID-32)", h.DID)
	}
	if !h.Steps[before].Active() {
		return nil, failf(ErrOrder, "prev names operation %d, which was undone (ID-32)", before)
	}
	state := StateAfter(h.Steps[before].Operation)
	if state == nil {
		return nil, failf(ErrOrder, "prev names a tombstone, after which nothing comes (ID-32)")
	}
	nullified = h.activeAfter(before)
	if last := h.Steps[len(h.Steps)-1].CreatedAt; !now.After(last) {
		lost := ""
		if len(nullified) > 0 {
			lost = lostRace
		}
		return nil, failf(ErrOrder, "its time %s is not after that of the operation before, %s (ID-33)%s",
			now.UTC().Format(TimeFormat), last.UTC().Format(TimeFormat), lost)
	}
	if len(nullified) > 0 {
		return nullified, h.recover(op, state, before, nullified, now)
	}
	authority, err := VerifySignature(op, state.RotationKeys)
	if err != nil {
		return nil, err
	}
	h.add(op, now, state, authority, before)
	return nil, nil
}

// begin adds the first operation.
func (h *History) begin(op Operation, now time.Time) error {
	state := StateAfter(op)
	if state == nil || op.Previous().Defined() {
		return failf(ErrOrder, "the first operation must create the DID, and have no prev (ID-21)")
	}
	authority, err := VerifySignature(op, state.RotationKeys)
	if err != nil {
		return err
	}
	did := DID(op)
	if h.DID == "" {
		h.DID = did
	}
	if did != h.DID {
		return failf(ErrIdentity, "it makes %s, and not %s (ID-20)", did, h.DID)
	}
	h.add(op, now, state, authority, -1)
	return nil
}

// recover adds an operation that undoes others: its key must have a higher
// authority than that of the first of them, and come in time (ID-31).
func (h *History) recover(op Operation, state *State, before int, nullified []int, now time.Time) error {
	first := &h.Steps[nullified[0]]
	authority, err := VerifySignature(op, state.RotationKeys[:first.Authority])
	if err != nil {
		lost := ""
		if _, err := VerifySignature(op, state.RotationKeys[first.Authority:]); err == nil {
			lost = lostRace
		}
		return failf(errors.Join(ErrSignature, err),
			"it would undo operation %d, which rotation key %d has signed, and is not signed by one before that (ID-31)%s", nullified[0], first.Authority, lost)
	}
	if passed := now.Sub(first.CreatedAt); passed > RecoveryWindow {
		return failf(ErrLate, "it would undo operation %d after %s, and has %s for that (ID-31)", nullified[0], passed, RecoveryWindow)
	}
	for _, i := range nullified {
		h.Steps[i].NullifiedBy = len(h.Steps)
	}
	h.add(op, now, state, authority, before)
	return nil
}

func (h *History) add(op Operation, now time.Time, state *State, authority, before int) {
	h.Steps = append(h.Steps, Step{
		Operation: op, CID: CID(op), CreatedAt: now,
		Authority: authority, Signer: state.RotationKeys[authority], Before: before,
	})
}

// activeAfter returns the indexes of the active steps after one.
func (h *History) activeAfter(before int) []int {
	var after []int
	for i := before + 1; i < len(h.Steps); i++ {
		if h.Steps[i].Active() {
			after = append(after, i)
		}
	}
	return after
}

// Last returns the last active step. The history must not be empty.
func (h *History) Last() *Step {
	for i, s := range slices.Backward(h.Steps) {
		if s.Active() {
			return &h.Steps[i]
		}
	}
	return nil
}

// State returns what the DID stands for now, or nil if it has a tombstone.
func (h *History) State() *State { return StateAfter(h.Last().Operation) }

// StateAt returns what a directory would have answered at a time: nil before the
// first operation, and under a tombstone. What was undone later still counts.
func (h *History) StateAt(t time.Time) *State {
	known := slices.IndexFunc(h.Steps, func(s Step) bool { return s.CreatedAt.After(t) })
	if known < 0 {
		known = len(h.Steps)
	}
	for _, s := range slices.Backward(h.Steps[:known]) {
		if s.Active() || s.NullifiedBy >= known {
			return StateAfter(s.Operation)
		}
	}
	return nil
}

// Clone returns a copy to which operations can be applied without changing h.
func (h *History) Clone() *History {
	return &History{DID: h.DID, Steps: slices.Clone(h.Steps)}
}
