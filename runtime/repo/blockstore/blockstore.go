package blockstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/runtime/cid"
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

// Store is a Source that holds one repository and can be changed. Get and Head
// show what has been committed, and nothing of a transaction that is open.
//
// As long as a transaction is open nobody else changes the store, so that who
// needs several reads of one state makes them inside of one.
type Store interface {
	Source

	// Head returns the CID of the latest commit, which is undefined where there
	// is none.
	Head(ctx context.Context) (cid.CID, error)

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
	// Put adds blocks. Those that are there already are no error. It believes
	// the CIDs, which must be defined, and keeps no data: the caller may use
	// its memory again.
	Put(ctx context.Context, blocks ...Block) error

	// Delete removes blocks. Those that are not there are no error. Of Put and
	// Delete of one block the later counts.
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
