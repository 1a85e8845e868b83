package faultstore

import "errors"

// Call is a kind of call of a store or of its transactions.
type Call int

// The calls. Any stands for all of them.
const (
	Any Call = iota
	Get
	Head
	Since // of which every pair is a call
	Begin
	Put
	Delete
	SetHead
	Commit
	Rollback
)

// calls is how many kinds there are, Any included.
const calls = int(Rollback) + 1

// String returns the name of the method.
func (c Call) String() string {
	names := [calls]string{"Any", "Get", "Head", "Since", "Begin", "Put", "Delete", "SetHead", "Commit", "Rollback"}
	if c < 0 || int(c) >= calls {
		return "unknown"
	}
	return names[c]
}

// Effect says what becomes of a call that fails, and of what follows.
type Effect int

const (
	// Before lets a call fail and do nothing.
	Before Effect = iota
	// After lets a call do its work and fail nevertheless, as when the answer
	// is lost.
	After
	// CrashBefore lets a call and all that follow fail with ErrCrashed and do
	// nothing. An open transaction is lost.
	CrashBefore
	// CrashAfter is CrashBefore for what follows a call that does its work.
	CrashAfter
)

// Effects are all effects.
func Effects() []Effect { return []Effect{Before, After, CrashBefore, CrashAfter} }

func (e Effect) crashes() bool { return e == CrashBefore || e == CrashAfter }

func (e Effect) works() bool { return e == After || e == CrashAfter }

// Fault says which call fails, and how.
type Fault struct {
	// Call is the kind of the call.
	Call Call
	// N is its number among those of its kind, from 1.
	N int
	// Effect is what becomes of it.
	Effect Effect
	// Err is what it returns where it does not crash. Nil stands for
	// ErrInjected.
	Err error
}

var (
	// ErrInjected is the error of a call that fails because a Fault says so.
	ErrInjected = errors.New("injected fault")
	// ErrCrashed is the error of all calls from a crash on.
	ErrCrashed = errors.New("injected crash")
)
