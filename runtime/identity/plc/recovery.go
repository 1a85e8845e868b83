package plc

import (
	"slices"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
)

// An Undo is an operation that can be undone, and with it all that came after.
type Undo struct {
	// Step is the index of the operation in the history.
	Step int
	// Until is the last moment at which a directory takes the operation that
	// undoes it (ID-31).
	Until time.Time
	// Keys may sign that, as texts of did:key, the highest authority first.
	Keys []string
	// Prev is what it has to name as the one before.
	Prev cid.CID
	// Nullifies are the indexes of all steps that it undoes. It shares memory with
	// that of other undos, and must not be changed.
	Nullifies []int
}

// Undos returns what can be undone at a time, in the order of the history. The
// first operation cannot, nor what was signed by the key of the highest
// authority.
func (h *History) Undos(now time.Time) []Undo {
	var all []Undo
	active := h.activeAfter(-1) // each follows on the one before it
	for at, i := range active {
		s := &h.Steps[i]
		until := s.CreatedAt.Add(RecoveryWindow)
		if s.Before < 0 || s.Authority == 0 || now.After(until) {
			continue
		}
		keys := StateAfter(h.Steps[s.Before].Operation).RotationKeys[:s.Authority]
		all = append(all, Undo{
			Step: i, Until: until, Keys: slices.Clone(keys),
			Prev: h.Steps[s.Before].CID, Nullifies: active[at:],
		})
	}
	return all
}

// HeldBy returns those of Keys that are among held, in the order of authority.
func (u *Undo) HeldBy(held []string) []string {
	var keys []string
	for _, key := range u.Keys {
		if slices.Contains(held, key) && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// Recovery returns the operation that undoes u and leaves the DID in a state,
// not signed yet. Sign it with one of u.Keys.
func (u *Undo) Recovery(state State) *Update {
	return &Update{State: state.Clone(), Prev: u.Prev}
}
