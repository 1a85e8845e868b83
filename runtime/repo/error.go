package repo

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// Kinds of [Error] about what strangers send, to be told apart with errors.Is.
var (
	// ErrFile says that a CAR file cannot be read, or has a block that is not
	// the one of its CID. The [car.Error] is wrapped, too.
	ErrFile = errors.New("not the file of a repository")
	// ErrCommit says that a commit does not have the form of one.
	ErrCommit = errors.New("not a commit")
	// ErrIdentity says that a commit belongs to another account, or is another
	// one than announced.
	ErrIdentity = errors.New("not what it should be")
	// ErrSignature says that the key did not sign the commit. The error of
	// package crypto is wrapped, too.
	ErrSignature = errors.New("not signed")
	// ErrTree says that a tree breaks a rule. The [mst.Error] is wrapped, too.
	ErrTree = errors.New("not a tree of records")
	// ErrMissing says that a block is not there. A [blockstore.MissingError]
	// is wrapped, too.
	ErrMissing = errors.New("missing")
	// ErrOrder says that a block is missing, or out of order: which of the two, one
	// would have to hold more than [VerifyOptions].MaxHeld to know. It comes with
	// ErrLimit.
	ErrOrder = errors.New("missing, or out of order")
	// ErrRecord says that a record, or the path of one, is none.
	ErrRecord = errors.New("not a record")
	// ErrOperation says that the operations of a message are not what its
	// commit did.
	ErrOperation = errors.New("not what the commit did")
	// ErrLimit says that something is larger than allowed.
	ErrLimit = errors.New("beyond a limit")
)

// Kinds of [Error] about what a caller asks for, to be told apart with
// errors.Is.
var (
	// ErrNotFound says that there is no record at a path.
	ErrNotFound = errors.New("there is no such record")
	// ErrExists says that there is a record at a path, or a repository in a
	// store, already.
	ErrExists = errors.New("it exists already")
	// ErrSwap says that a record or the commit is another one than a write
	// demands.
	ErrSwap = errors.New("it has changed in between")
	// ErrRev says that a rev would not be greater than the one before (RE-03).
	ErrRev = errors.New("not a later rev")
)

// An Error says what is refused, and why.
type Error struct {
	// Block is the block at fault; undefined where there is none.
	Block cid.CID
	// Path is the path of the record at fault; "" where there is none.
	Path string
	// Reason is a sentence fragment. Of what strangers send it ends with the
	// rule that is broken.
	Reason string
	// Err is one of the kinds above, joined with the error of the package that
	// found the fault, if that was another one.
	Err error
}

// Error returns the path, the block and the reason.
func (e *Error) Error() string {
	b := []byte("repo: ")
	if e.Path != "" {
		b = fmt.Appendf(b, "record %q: ", e.Path)
	}
	if e.Block.Defined() {
		b = fmt.Appendf(b, "block %v: ", e.Block)
	}
	return string(append(b, e.Reason...))
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// failf returns an Error of a kind about a block, which may be undefined.
func failf(kind error, block cid.CID, format string, args ...any) *Error {
	return &Error{Block: block, Reason: fmt.Sprintf(format, args...), Err: kind}
}

// failAtf returns an Error of a kind about a path.
func failAtf(kind error, path, format string, args ...any) *Error {
	return &Error{Path: path, Reason: fmt.Sprintf(format, args...), Err: kind}
}

// refused turns the errors of the packages below, which are about a stranger's
// blocks, into an Error. All others, such as those of a store, it returns as
// they are.
func refused(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*mst.Error](err); ok {
		return &Error{Block: e.CID, Reason: e.Reason, Err: joined(ErrTree, err)}
	}
	if e, ok := errors.AsType[*blockstore.MissingError](err); ok {
		return &Error{Block: e.CID, Reason: "it is missing (RE-32)", Err: joined(ErrMissing, err)}
	}
	if e, ok := errors.AsType[*car.Error](err); ok {
		return &Error{Block: e.Block, Reason: ruleOf(e), Err: joined(ErrFile, err)}
	}
	return err
}

// joined returns an error that is of a kind and wraps err.
func joined(kind, err error) error { return errors.Join(kind, err) }

// ruleOf adds to the error of a CAR file the rule that is broken.
func ruleOf(err *car.Error) string {
	if errors.Is(err, car.ErrHash) {
		return fmt.Sprintf("offset %d: it %s (RE-33)", err.Offset, err.Reason)
	}
	return strings.TrimPrefix(err.Error(), "car: ") + " (RE-30)"
}

// errDropped is what asking for a block returns that was in the file, but false:
// that has been reported.
var errDropped = errors.New("the block has been refused before")

// stopped reports whether err ends the work as a whole: it is about no block, or
// nothing more can be read.
func stopped(err error) bool {
	if errors.Is(err, errDropped) || errors.Is(err, car.ErrHash) {
		return false
	}
	_, ok := errors.AsType[*Error](err)
	return !ok || errors.Is(err, ErrFile) || errors.Is(err, ErrLimit)
}
