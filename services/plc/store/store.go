// Package store says how a directory of did:plc keeps what it has taken.
//
// A [Store] is one sequence of operations. Each has a number, greater than all
// before it, that is never given to another operation: not after a crash, as the
// number is part of the same transaction, and not after a restore, which skips
// ahead. Who reads the sequence up to a number has seen all that it will ever hold
// up to there.
//
// Package storetest has what every implementation must prove; package sqlstore
// has two, for a file of SQLite and for PostgreSQL.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
)

var (
	// ErrNotFound says that a DID has no such operation.
	ErrNotFound = errors.New("no such operation")
	// ErrConflict says that the log of a DID is not as the caller knows it.
	ErrConflict = errors.New("the log has changed")
	// ErrSequence says that a number is not greater than all that were given.
	ErrSequence = errors.New("the number in the sequence was passed already")
)

// A Record is an operation that was taken.
type Record struct {
	plc.Entry

	// Seq is its number in the sequence, from 1.
	Seq int64
	// Index is its place in the log of its DID, from 0, where the undone ones
	// count.
	Index int
	// Authority is the index of the key that signed it, as in [plc.Step].
	Authority int
}

// Sequenced returns r as it is exported.
func (r *Record) Sequenced() plc.Sequenced { return plc.Sequenced{Entry: r.Entry, Seq: r.Seq} }

// An Addition is an operation to be taken, and what follows from it.
type Addition struct {
	// Record is what to add. Without Seq it gets the next number; either all
	// additions of a call have one or none. Its Index is the length that the log
	// has before it. Times are kept in milliseconds.
	Record

	// Nullifies are the numbers of the operations that it undoes.
	Nullifies []int64
}

// An Aside is a line of another directory's export that a mirror does not take.
type Aside struct {
	Seq    int64 // of the other directory; 0 if the line has none
	Reason string
	Line   []byte
}

// Logs are the operations by DID.
type Logs interface {
	// Log returns all operations of a DID in their order, and nothing if there are
	// none.
	Log(ctx context.Context, did syntax.DID) ([]Record, error)
	// Recent returns the last operations of a DID that were not undone, at most
	// limit, in their order. What it reads does not grow with the log, nor does
	// that of Find and At.
	Recent(ctx context.Context, did syntax.DID, limit int) ([]Record, error)
	// Find returns the operation of a DID with a CID, or ErrNotFound.
	Find(ctx context.Context, did syntax.DID, c cid.CID) (Record, error)
	// At returns the operation of a DID with an index, or ErrNotFound.
	At(ctx context.Context, did syntax.DID, index int) (Record, error)
}

// A Store keeps operations. All methods are safe for concurrent use, also by
// several processes. What a method has done when it returns stays done, whatever
// happens to the process or the machine.
type Store interface {
	// Append takes all additions, in their order, or none, and returns the number
	// of the last one. It fails with ErrConflict where a log has another length
	// than an index says, with ErrSequence where a number was passed already.
	Append(ctx context.Context, additions ...Addition) (int64, error)
	// Skip makes seq the last number that was given, unless that is greater.
	Skip(ctx context.Context, seq int64) error
	// Head returns the last number that was given, 0 if none was.
	Head(ctx context.Context) (int64, error)

	Logs

	// After returns at most limit operations with greater numbers than seq, in
	// the order of the sequence.
	After(ctx context.Context, seq int64, limit int) ([]Record, error)
	// Since returns at most limit operations that were taken later than t, in
	// the order of their times.
	Since(ctx context.Context, t time.Time, limit int) ([]Record, error)

	// SetAside keeps lines that were not taken. It is no error to do so again.
	SetAside(ctx context.Context, asides ...Aside) error
	// Asides returns how many lines were set aside.
	Asides(ctx context.Context) (int64, error)

	// Close ends the use of the store.
	Close() error
}
