package mst

import (
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/runtime/cid"
)

// Kinds of [Error], to be told apart with errors.Is.
var (
	// ErrMalformed says that a node is not in the one encoding that it has.
	ErrMalformed = errors.New("malformed")
	// ErrStructure says that a node breaks a rule of the tree.
	ErrStructure = errors.New("not a tree")
	// ErrLimit says that a key, node or layer is beyond a limit.
	ErrLimit = errors.New("beyond a limit")
)

// Errors about what a caller gives, to be told apart with errors.Is.
var (
	// ErrKey says that a key is empty, or longer than [MaxKey].
	ErrKey = errors.New("not a key")
	// ErrValue says that a CID does not have the form that the protocol writes.
	ErrValue = errors.New("not a value")
	// ErrHash says that a block does not have the hash of its CID.
	ErrHash = errors.New("the hash does not fit")
	// ErrOrder says that entries to build from are not in ascending order.
	ErrOrder = errors.New("out of order")
)

// An Error says which node is refused, and why.
type Error struct {
	// CID is the node that is at fault; undefined where there was only data.
	CID cid.CID
	// Reason is a sentence fragment that ends with the rule that is broken.
	Reason string
	// Err is ErrMalformed, ErrStructure or ErrLimit.
	Err error
}

// Error returns the node and the reason.
func (e *Error) Error() string {
	if !e.CID.Defined() {
		return "mst: node: " + e.Reason
	}
	return fmt.Sprintf("mst: node %v: %s", e.CID, e.Reason)
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// malformedf and the two below return an Error without a CID, which load adds.
func malformedf(format string, args ...any) error {
	return &Error{Reason: fmt.Sprintf(format, args...), Err: ErrMalformed}
}

func structuref(format string, args ...any) error {
	return &Error{Reason: fmt.Sprintf(format, args...), Err: ErrStructure}
}

func limitf(format string, args ...any) error {
	return &Error{Reason: fmt.Sprintf(format, args...), Err: ErrLimit}
}

// at gives err the node that was being read.
func at(c cid.CID, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		e.CID = c
		return e
	}
	return fmt.Errorf("mst: node %v: %w", c, err)
}
