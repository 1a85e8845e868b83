package lexicon

import (
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// Kinds of [Error], to be told apart with errors.Is.
var (
	// ErrAuthority says that the DNS names nobody as the authority of the NSID, or
	// somebody who does not exist (LE-07).
	ErrAuthority = errors.New("no authority")
	// ErrAmbiguous says that the DNS names several (LE-08).
	ErrAmbiguous = errors.New("several authorities")
	// ErrNoServer says that the DID document of the authority has no server or no
	// key, so that its repository cannot be had (ID-07).
	ErrNoServer = errors.New("no server or no key")
	// ErrNotFound says that the authority has no such schema, and has proved it
	// (RE-45).
	ErrNotFound = errors.New("not published")
	// ErrUnproved says that the server says that there is no such schema or
	// repository, and proves nothing.
	ErrUnproved = errors.New("not proved")
	// ErrProof says that what the server sends does not prove the record: it is no
	// CAR file, a block is not the one of its CID, the way down the tree does not
	// lead there, or it is the repository of another account.
	ErrProof = errors.New("not a proof")
	// ErrSignature says that another key than that of the authority has signed the
	// commit.
	ErrSignature = errors.New("not signed by the authority")
	// ErrStale says that a proof is older than one that was seen before.
	ErrStale = errors.New("older than before")
	// ErrRecord says that the record is no schema: of another type or version, with
	// another id than its key, or refused by the Check of [Options].
	ErrRecord = errors.New("not the schema of the NSID")
	// ErrTooLarge says that an answer, a record or its text is longer than allowed.
	ErrTooLarge = errors.New("too large")
	// ErrForbidden says that the way leads to an address that is not public, or
	// without https.
	ErrForbidden = errors.New("forbidden destination")
	// ErrUnavailable says that the DNS, a directory or the server has not answered
	// as they should, so that nothing is known.
	ErrUnavailable = errors.New("not available")
)

// An Error says why there is no schema for an NSID.
type Error struct {
	NSID syntax.NSID
	// DID is the authority, "" if it is not known.
	DID syntax.DID
	// Reason is a sentence fragment: where it failed, and why.
	Reason string
	// Help says what to do about it, a sentence fragment.
	Help string
	// Err is one of the kinds above, joined with the error that caused it, if there
	// is one.
	Err error
}

// Error returns the NSID and the reason.
func (e *Error) Error() string { return fmt.Sprintf("lexicon %s: %s", e.NSID, e.Reason) }

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// fault is what goes wrong on the way, before it is known what for.
func fault(kind, cause error, help, format string, args ...any) *Error {
	if cause != nil {
		kind = errors.Join(kind, cause)
	}
	return &Error{Reason: fmt.Sprintf(format, args...), Help: help, Err: kind}
}
