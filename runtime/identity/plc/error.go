package plc

import (
	"errors"
	"fmt"
)

// Kinds of [Error], to be told apart with errors.Is.
var (
	// ErrMalformed says that a text has not the form of what it should be.
	ErrMalformed = errors.New("malformed")
	// ErrSignature says that none of the keys that may sign an operation did.
	ErrSignature = errors.New("not signed by a key that may")
	// ErrOrder says that an operation does not follow on the one that it names.
	ErrOrder = errors.New("out of order")
	// ErrLate says that the time in which an operation could be undone is over.
	ErrLate = errors.New("too late to recover")
	// ErrIdentity says that a first operation is that of another DID.
	ErrIdentity = errors.New("of another DID")
	// ErrLog says that a log claims about an operation what is not so.
	ErrLog = errors.New("not what the operations say")
	// ErrLimit says that something is larger than allowed.
	ErrLimit = errors.New("beyond a limit")
)

// An Error says why an operation or a log is refused.
type Error struct {
	// Index is the place of the operation in its log, from 0; -1 where there is
	// no log.
	Index int
	// Reason is a sentence fragment that ends with the rule that is broken.
	Reason string
	// Err is one of the kinds above, joined with the error of package crypto if
	// that found the fault.
	Err error
}

// Error returns the place and the reason.
func (e *Error) Error() string {
	if e.Index < 0 {
		return "plc: " + e.Reason
	}
	return fmt.Sprintf("plc: operation %d of the log: %s", e.Index, e.Reason)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

func failf(kind error, format string, args ...any) *Error {
	return &Error{Index: -1, Reason: fmt.Sprintf(format, args...), Err: kind}
}

// at returns err, one of this package, with the place of an operation in its log.
func at(index int, err error) *Error {
	placed := Error{Reason: err.Error(), Err: err}
	if e, ok := errors.AsType[*Error](err); ok {
		placed = *e
	}
	placed.Index = index
	return &placed
}
