package identity

import (
	"errors"
	"fmt"
)

// Kinds of [Error], to be told apart with errors.Is.
var (
	// ErrNotFound says that a name leads nowhere: who is in charge of it answered,
	// and there is no such account.
	ErrNotFound = errors.New("not found")
	// ErrNoRecord says that the DNS has no TXT record with a DID for a name, which is
	// one way not to be found.
	ErrNoRecord = errors.New("no record")
	// ErrUnavailable says that nobody who is in charge answered as they should,
	// so that nothing is known.
	ErrUnavailable = errors.New("not available")
	// ErrDocument says that a DID document is none, or is that of another DID.
	ErrDocument = errors.New("not the document of the DID")
	// ErrUnsupported says that a DID has another method than plc and web, or a
	// form or host that accounts must not have.
	ErrUnsupported = errors.New("not supported")
	// ErrConflict says that a handle leads to several DIDs, or that more than one record
	// of the DNS names who has the schemas of an NSID (LE-08).
	ErrConflict = errors.New("ambiguous")
)

// An Error says why a DID or handle does not lead to an identity.
type Error struct {
	// Name is the DID, handle or NSID.
	Name string
	// Reason is a sentence fragment about it.
	Reason string
	// Err is one of the kinds above, joined with the error that caused it, if
	// there is one.
	Err error
}

// Error returns the name and the reason.
func (e *Error) Error() string { return fmt.Sprintf("identity: %s: %s", e.Name, e.Reason) }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

func failf[N ~string](kind error, name N, format string, args ...any) *Error {
	return &Error{Name: string(name), Reason: fmt.Sprintf(format, args...), Err: kind}
}
