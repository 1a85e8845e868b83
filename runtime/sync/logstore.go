package sync

import (
	"context"
	"errors"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// An Entry is an event in a log.
type Entry struct {
	Seq int64
	DID syntax.DID // whose event it is
	// Time is when it was appended, in whole milliseconds. It never falls from one
	// entry to the next.
	Time time.Time
	// Offset is where the frame begins in the log: the bytes of all frames before it,
	// of which some may be dropped. It rises like the seqs.
	Offset int64
	// Frame is what is sent (ES-03). Nobody may change it.
	Frame []byte
}

// end is where the frame of the next entry begins.
func (e *Entry) end() int64 { return e.Offset + int64(len(e.Frame)) }

// A LogState is what a store says of itself.
type LogState struct {
	// Window is what is kept. Latest is the largest seq that was given or skipped,
	// whatever was dropped or erased since.
	xrpc.Window

	// Erased is how often something was erased.
	Erased int64
}

// ErrFenced says that somebody else has taken over the log, see [OpenLog].
var ErrFenced = errors.New("somebody else appends to the same log")

// ErrUsed says that a seq was given or skipped already. Stores return it from Append when
// the first seq is not larger than all before.
var ErrUsed = errors.New("the seq is used already")

// A LogStore keeps the entries of a log. Implementations are safe for concurrent use,
// but for Append, of which there is one call at a time. Package logtest has the tests
// that each must pass.
type LogStore interface {
	// Own returns the number of a new owner, which is larger than all before; the first one
	// is 1. What an earlier one appends is refused from here on, and what it has appended is
	// in the state.
	Own(ctx context.Context) (owner int64, err error)
	// Append adds entries, all or none. Their seqs rise. It returns [ErrFenced] if the owner is
	// not the last one, which is 0 as long as nobody has called Own, and [ErrUsed] if the first
	// seq is not larger than any before. The entries are durable when it returns nil; after
	// another error they may be there all the same.
	Append(ctx context.Context, owner int64, entries []Entry) error
	// Read returns the first entries behind a seq, in their order: limit at most, and
	// one, or as many as have no more than so many bytes of frames together.
	Read(ctx context.Context, after int64, limit, bytes int) ([]Entry, error)
	// State says what is kept.
	State(ctx context.Context) (LogState, error)
	// Skip sets the latest seq, unless it is that far already (ES-14).
	Skip(ctx context.Context, latest int64) error
	// Drop removes all entries up to a seq.
	Drop(ctx context.Context, upTo int64) error
	// Erase removes the entries of an account up to a seq, as when it was deleted
	// (SN-23).
	Erase(ctx context.Context, did syntax.DID, upTo int64) error
}
