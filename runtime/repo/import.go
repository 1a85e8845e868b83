package repo

import (
	"context"
	"errors"
	"io"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Import verifies the repository in a CAR file as [Verify] does, and puts it into
// store in place of what is there. Only blocks that the commit reaches are stored
// (RE-36). It happens in one transaction: after an error the store is as before.
// All blocks have the rev of the new commit from then on, those that were there
// too: what happened between the two versions is not known, so that all of it is
// new to [ExportSince].
//
// The rev must be greater than that of the repository that is there, and leave
// room for one that is greater still (RE-03), else the error is [ErrRev]; see
// [VerifyOptions].Now, too. The account must be the same, else it is
// [ErrIdentity]. The signature stays: who takes an account over makes a commit
// with the new key next (RE-05).
func Import(ctx context.Context, store blockstore.Store, r io.Reader, id Identity, opts VerifyOptions) (_ *Contents, err error) {
	tx, err := store.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	old, err := openHead(ctx, store)
	if err != nil {
		return nil, err
	}
	// What goes is deleted first, so that all has the new rev.
	if err := old.deleteAll(ctx, tx); err != nil {
		return nil, err
	}
	i := intake{tx: tx, next: opts.Record}
	opts.Record = func(r Record) error { return i.record(ctx, r) }
	contents, err := verifyStream(ctx, r, id, opts, func(rev syntax.TID, b blockstore.Block) error {
		i.rev = rev
		return i.put(ctx, b)
	})
	if err != nil {
		return nil, err
	}
	if err := i.flush(ctx); err != nil {
		return nil, err
	}
	if err := old.precedes(contents); err != nil {
		return nil, err
	}
	if err := tx.SetHead(ctx, old.head, contents.Head); err != nil {
		return nil, err
	}
	if err := tx.Commit(ctx); err != nil {
		return nil, err
	}
	return contents, nil
}

// openHead opens the repository in a store. If there is none, its head is
// undefined.
func openHead(ctx context.Context, store blockstore.Store) (*Repo, error) {
	head, err := store.Head(ctx)
	if err != nil || !head.Defined() {
		return new(Repo), err
	}
	return Open(ctx, store, head)
}

// deleteAll deletes all blocks of r, each as often as it is referenced.
func (r *Repo) deleteAll(ctx context.Context, tx blockstore.Tx) error {
	if !r.head.Defined() {
		return nil
	}
	batch := []cid.CID{r.head}
	for item, err := range r.tree.Walk(ctx) {
		if err != nil {
			return refused(err)
		}
		if len(batch) == deleteBatch {
			if err := tx.Delete(ctx, batch...); err != nil {
				return err
			}
			batch = batch[:0]
		}
		if c := item.Node.CID; c.Defined() {
			batch = append(batch, c)
		} else {
			batch = append(batch, item.Entry.Value)
		}
	}
	return tx.Delete(ctx, batch...)
}

// deleteBatch is how many blocks are deleted at a time.
const deleteBatch = 100

// precedes reports whether the repository that was read may come after r.
func (r *Repo) precedes(next *Contents) error {
	switch {
	case isLastRev(next.Commit.Rev):
		return failf(ErrRev, next.Head, "no rev is left after its rev %s: no commit could follow it (RE-03)", next.Commit.Rev)
	case !r.head.Defined():
		return nil
	case next.Commit.DID != r.commit.DID:
		return failf(ErrIdentity, next.Head, "it is a commit of %s, and the store has one of %s", next.Commit.DID, r.commit.DID)
	case next.Commit.Rev <= r.commit.Rev:
		return failf(ErrRev, next.Head, "its rev %s is not greater than %s, which the store has (RE-03)", next.Commit.Rev, r.commit.Rev)
	}
	return nil
}

// intake puts blocks into a transaction, many at a time.
type intake struct {
	tx      blockstore.Tx
	rev     syntax.TID         // of the commit, which comes first
	next    func(Record) error // called with each record; may be nil
	pending []blockstore.Block
	size    int
}

// intakeSize is how many bytes an intake collects at most, but for one block.
const intakeSize = 1 << 20

// record takes the block of a record.
func (i *intake) record(ctx context.Context, r Record) error {
	if i.next != nil {
		if err := i.next(r); err != nil {
			return err
		}
	}
	return i.put(ctx, blockstore.Block{CID: r.CID, Data: r.Data})
}

func (i *intake) put(ctx context.Context, b blockstore.Block) error {
	i.pending = append(i.pending, b)
	i.size += len(b.Data) + cid.Size
	if i.size < intakeSize {
		return nil
	}
	return i.flush(ctx)
}

func (i *intake) flush(ctx context.Context) error {
	err := i.tx.Put(ctx, i.rev, i.pending...)
	i.pending, i.size = i.pending[:0], 0
	return err
}
