package blockstoretest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
)

func headMoves(t *testing.T, s Subject) {
	t.Helper()
	a, b := block("a").CID, block("b").CID
	heads := []cid.CID{{}, a, b, a, a, {}, b}
	for i, next := range heads[1:] {
		change(t, s.Store, func(ctx context.Context, tx blockstore.Tx) error { return tx.SetHead(ctx, heads[i], next) })
		wantHead(t, s.Store, next)
	}
	change(t, s.Store, func(ctx context.Context, tx blockstore.Tx) error {
		ok(t, "SetHead", tx.SetHead(ctx, b, a))
		return tx.SetHead(ctx, a, cid.CID{})
	})
	wantHead(t, s.Store, cid.CID{})
}

func headMoved(t *testing.T, s Subject) {
	t.Helper()
	a, b := block("a"), block("b")
	for _, now := range []cid.CID{{}, a.CID} {
		tx := begin(t, s.Store)
		ok(t, "Put", tx.Put(t.Context(), rev(0), b))
		wantError(t, "SetHead", tx.SetHead(t.Context(), b.CID, a.CID), blockstore.ErrHeadMoved)
		wantError(t, "Commit", tx.Commit(t.Context()), blockstore.ErrHeadMoved)
		wantHead(t, s.Store, now)
		wantMissing(t, s.Store, b)
		if !now.Defined() {
			change(t, s.Store, func(ctx context.Context, tx blockstore.Tx) error { return tx.SetHead(ctx, now, a.CID) })
		}
	}
	tx := begin(t, s.Store)
	wantError(t, "SetHead from none", tx.SetHead(t.Context(), cid.CID{}, b.CID), blockstore.ErrHeadMoved)
}

func errorsAreFinal(t *testing.T, s Subject) {
	t.Helper()
	a, b := block("a"), block("b")
	tx := begin(t, s.Store)
	ok(t, "Put", tx.Put(t.Context(), rev(0), a))
	wantError(t, "SetHead", tx.SetHead(t.Context(), b.CID, a.CID), blockstore.ErrHeadMoved)
	wantError(t, "Put", tx.Put(t.Context(), rev(0), b), blockstore.ErrHeadMoved)
	wantError(t, "Delete", tx.Delete(t.Context(), b.CID), blockstore.ErrHeadMoved)
	wantError(t, "SetHead", tx.SetHead(t.Context(), cid.CID{}, a.CID), blockstore.ErrHeadMoved)
	wantError(t, "Commit", tx.Commit(t.Context()), blockstore.ErrHeadMoved)
	wantMissing(t, s.Store, a, b)
	wantHead(t, s.Store, cid.CID{})
	put(t, s.Store, a) // Commit has ended it
}

func ended(t *testing.T, s Subject) {
	t.Helper()
	a, b := block("a"), block("b")
	ends := map[string]func(tx blockstore.Tx) error{
		"Commit":   func(tx blockstore.Tx) error { return tx.Commit(t.Context()) },
		"Rollback": func(tx blockstore.Tx) error { return tx.Rollback() },
	}
	for name, end := range ends {
		tx := begin(t, s.Store)
		ok(t, name, end(tx))
		next := begin(t, s.Store) // which the calls on tx must leave alone
		ok(t, "Put", next.Put(t.Context(), rev(0), a))
		wantError(t, "Put after "+name, tx.Put(t.Context(), rev(0), b), blockstore.ErrTxDone)
		wantError(t, "Delete after "+name, tx.Delete(t.Context(), a.CID), blockstore.ErrTxDone)
		wantError(t, "SetHead after "+name, tx.SetHead(t.Context(), cid.CID{}, a.CID), blockstore.ErrTxDone)
		wantError(t, "Commit after "+name, tx.Commit(t.Context()), blockstore.ErrTxDone)
		ok(t, "Rollback after "+name, tx.Rollback())
		ok(t, "Rollback again", tx.Rollback())
		ok(t, "Commit", next.Commit(t.Context()))
		wantBlocks(t, s.Store, a)
		wantMissing(t, s.Store, b)
		wantHead(t, s.Store, cid.CID{})
	}
}

func contextEnds(t *testing.T, s Subject) {
	t.Helper()
	a := block("a")
	put(t, s.Store, a)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Store.Get(gone, a.CID)
	wantError(t, "Get", err, context.Canceled)
	_, err = s.Store.Head(gone)
	wantError(t, "Head", err, context.Canceled)
	_, err = s.Store.Begin(gone)
	wantError(t, "Begin", err, context.Canceled)
	commitTo(t, s.Store, a.CID)
	if n, err := lastSince(gone, s.Store); n > 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("Since: got %d blocks and error %v", n, err)
	}
	steps := map[string]func(tx blockstore.Tx) error{
		"Put":     func(tx blockstore.Tx) error { return tx.Put(gone, rev(0), block("b")) },
		"Delete":  func(tx blockstore.Tx) error { return tx.Delete(gone, a.CID) },
		"SetHead": func(tx blockstore.Tx) error { return tx.SetHead(gone, a.CID, cid.CID{}) },
		"Commit":  func(tx blockstore.Tx) error { return tx.Commit(gone) },
	}
	for name, step := range steps {
		tx := begin(t, s.Store)
		ok(t, "Put", tx.Put(t.Context(), rev(0), block("c")))
		wantError(t, name, step(tx), context.Canceled)
		if name != "Commit" { // which ends the transaction
			wantError(t, "Commit after "+name, tx.Commit(t.Context()), context.Canceled)
		}
		wantBlocks(t, s.Store, a)
		wantMissing(t, s.Store, block("b"), block("c"))
		wantHead(t, s.Store, a.CID)
	}
}

func outlivesBegin(t *testing.T, s Subject) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	tx, err := s.Store.Begin(ctx)
	ok(t, "Begin", err)
	cancel()
	ok(t, "Put", tx.Put(t.Context(), rev(0), block("a")))
	ok(t, "Commit", tx.Commit(t.Context()))
	wantBlocks(t, s.Store, block("a"))
}

func beginWaits(t *testing.T, s Subject) {
	t.Helper()
	first := begin(t, s.Store)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := s.Store.Begin(ctx)
	wantError(t, "Begin", err, context.DeadlineExceeded)
	ok(t, "Put", first.Put(t.Context(), rev(0), block("a")))
	ok(t, "Commit", first.Commit(t.Context()))
	put(t, s.Store, block("b"))
	wantBlocks(t, s.Store, block("a"), block("b"))
}
