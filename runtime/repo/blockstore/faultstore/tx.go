package faultstore

import (
	"context"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// tx is a transaction of a store that fails. What it wraps ends with its first
// error, so that nobody waits for a transaction that a crash has lost.
type tx struct {
	store *Store
	inner blockstore.Tx
	err   error // the first one
	done  bool
}

func (t *tx) Put(ctx context.Context, rev syntax.TID, blocks ...blockstore.Block) error {
	t.store.wrote(blocks)
	return t.call(Put, func() error { return t.inner.Put(ctx, rev, blocks...) })
}

func (t *tx) Delete(ctx context.Context, cids ...cid.CID) error {
	return t.call(Delete, func() error { return t.inner.Delete(ctx, cids...) })
}

func (t *tx) SetHead(ctx context.Context, old, next cid.CID) error {
	return t.call(SetHead, func() error { return t.inner.SetHead(ctx, old, next) })
}

func (t *tx) Commit(ctx context.Context) error {
	err := t.call(Commit, func() error { return t.inner.Commit(ctx) })
	t.end()
	return err
}

// Rollback drops the changes whatever it returns.
func (t *tx) Rollback() error {
	if t.done {
		return nil
	}
	err := t.store.call(Rollback, t.inner.Rollback)
	_ = t.inner.Rollback()
	t.end()
	return err
}

// end makes the calls that follow fail.
func (t *tx) end() { t.done, t.err = true, blockstore.ErrTxDone }

// call is a call in a transaction that goes on after it, unless it fails.
func (t *tx) call(kind Call, work func() error) error {
	if t.err != nil {
		return t.err
	}
	t.err = t.store.call(kind, work)
	if t.err != nil {
		_ = t.inner.Rollback()
	}
	return t.err
}
