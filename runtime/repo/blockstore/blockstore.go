package blockstore

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Block is the content of a block and the CID that names it.
type Block struct {
	CID  cid.CID
	Data []byte
}

// Source gives blocks by CID. A Source is safe for concurrent use, unless it
// says otherwise.
type Source interface {
	// Get returns the content of a block, which the caller must not change. A
	// block that the source does not have is a [*MissingError].
	Get(ctx context.Context, c cid.CID) ([]byte, error)
}

// Store is a Source that holds one repository and can be changed. Get, Head and
// Since show what has been committed, and nothing of a transaction that is open.
//
// A store counts how often each block is referenced, and has it as long as that
// is more than zero: one record may stand under several paths, and whoever
// removes it from one of them does not look for the others.
//
// As long as a transaction is open nobody else changes the store, so that who
// needs several reads of one state makes them inside of one.
type Store interface {
	Source

	// Head returns the CID of the latest commit, which is undefined where there
	// is none.
	Head(ctx context.Context) (cid.CID, error)

	// Since yields the latest commit, and then those other blocks whose rev is
	// greater than rev, in no order: all blocks for the empty rev, nothing where
	// there is no commit. The rev of a block is that with which it was put when
	// it was not there.
	//
	// All come from the state of the store when the loop began; transactions go
	// on beside it. Data must not be changed. A pair with an error, such as a
	// [*MissingError] about the latest commit, is the last one.
	Since(ctx context.Context, rev syntax.TID) iter.Seq2[Block, error]

	// Begin starts a transaction. A store has one at a time: Begin waits until
	// the one before has ended, or ctx is done. The transaction outlives ctx.
	Begin(ctx context.Context) (Tx, error)
}

// Tx is a set of changes that take effect together or not at all. It is for
// one goroutine.
//
// An error is final: what follows in the transaction returns it again, Commit
// too, which then changes nothing. After Commit or Rollback all but Rollback
// return [ErrTxDone].
type Tx interface {
	// Put adds a reference to each of the blocks, of which one may occur more
	// than once. Those that are not there come to the store, and have rev, that
	// of the commit to be made, as long as they stay. It believes the CIDs, which
	// must be defined, and keeps no data: the caller may use its memory again.
	Put(ctx context.Context, rev syntax.TID, blocks ...Block) error

	// Delete takes a reference away from each of the blocks, of which one may
	// occur more than once. One that has no reference left is removed. Those
	// that are not there are no error, and owe nothing to a later Put.
	Delete(ctx context.Context, cids ...cid.CID) error

	// SetHead makes next the latest commit in place of old; undefined stands
	// for none, on either side. If another one is the latest, it fails with
	// [ErrHeadMoved].
	SetHead(ctx context.Context, old, next cid.CID) error

	// Commit ends the transaction, whatever it returns, and makes its changes
	// durable and visible. After an error that the store reports it is open
	// whether all of them are or none: Head tells.
	Commit(ctx context.Context) error

	// Rollback ends the transaction and drops its changes. After Commit or
	// Rollback it does nothing.
	Rollback() error
}

var (
	// ErrHeadMoved says that somebody else has committed in between.
	ErrHeadMoved = errors.New("the latest commit is another one")
	// ErrTxDone says that the transaction has ended.
	ErrTxDone = errors.New("the transaction has ended")
	// ErrNoCID says that a block to be put has no defined CID.
	ErrNoCID = errors.New("a block has no CID")
)

// MissingError says that a source does not have a block.
type MissingError struct{ CID cid.CID }

// Error names the block.
func (e *MissingError) Error() string { return fmt.Sprintf("block %v is missing", e.CID) }
