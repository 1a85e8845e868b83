package blockstoretest

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
)

func empty(t *testing.T, s Subject) {
	t.Helper()
	wantHead(t, s.Store, cid.CID{})
	wantMissing(t, s.Store, block("a"), blockstore.Block{})
	change(t, s.Store, func(context.Context, blockstore.Tx) error { return nil })
	wantHead(t, s.Store, cid.CID{})
}

func commitShows(t *testing.T, s Subject) {
	t.Helper()
	a, b, c := block("a"), block("b"), block("c")
	put(t, s.Store, a)
	tx := begin(t, s.Store)
	steps := []struct {
		name string
		run  func(ctx context.Context) error
	}{
		{"Put", func(ctx context.Context) error { return tx.Put(ctx, rev(0), b, c) }},
		{"Delete", func(ctx context.Context) error { return tx.Delete(ctx, a.CID) }},
		{"SetHead", func(ctx context.Context) error { return tx.SetHead(ctx, cid.CID{}, b.CID) }},
	}
	for _, step := range steps {
		ok(t, step.name, step.run(t.Context()))
		wantBlocks(t, s.Store, a)
		wantMissing(t, s.Store, b, c)
		wantHead(t, s.Store, cid.CID{})
	}
	ok(t, "Commit", tx.Commit(t.Context()))
	wantBlocks(t, s.Store, b, c)
	wantMissing(t, s.Store, a)
	wantHead(t, s.Store, b.CID)
}

func rollbackDrops(t *testing.T, s Subject) {
	t.Helper()
	a, b := block("a"), block("b")
	put(t, s.Store, a)
	tx := begin(t, s.Store)
	ok(t, "Put", tx.Put(t.Context(), rev(0), b))
	ok(t, "Delete", tx.Delete(t.Context(), a.CID))
	ok(t, "SetHead", tx.SetHead(t.Context(), cid.CID{}, b.CID))
	ok(t, "Rollback", tx.Rollback())
	wantBlocks(t, s.Store, a)
	wantMissing(t, s.Store, b)
	wantHead(t, s.Store, cid.CID{})
}

func counted(t *testing.T, s Subject) {
	t.Helper()
	a, b := block("a"), block("b")
	put(t, s.Store, a, a, b)
	put(t, s.Store, a)
	wantBlocks(t, s.Store, a, b)
	remove(t, s.Store, a.CID, a.CID)
	wantBlocks(t, s.Store, a, b)
	remove(t, s.Store, a.CID)
	wantMissing(t, s.Store, a)
	wantBlocks(t, s.Store, b)
	change(t, s.Store, func(ctx context.Context, tx blockstore.Tx) error {
		ok(t, "Put", tx.Put(ctx, rev(0), a, b))
		ok(t, "Delete", tx.Delete(ctx, b.CID, b.CID))
		return tx.Put(ctx, rev(0), a)
	})
	wantMissing(t, s.Store, b)
	remove(t, s.Store, a.CID)
	wantBlocks(t, s.Store, a)
	remove(t, s.Store, a.CID)
	wantMissing(t, s.Store, a)
}

func deleteMissing(t *testing.T, s Subject) {
	t.Helper()
	a, b := block("a"), block("b")
	remove(t, s.Store, a.CID)
	put(t, s.Store, a, b)
	for range 2 {
		remove(t, s.Store, a.CID, a.CID)
		wantMissing(t, s.Store, a)
		wantBlocks(t, s.Store, b)
	}
	remove(t, s.Store, cid.CID{})
	put(t, s.Store, a) // to which a Delete too many owes nothing
	wantBlocks(t, s.Store, a, b)
}

func inOrder(t *testing.T, s Subject) {
	t.Helper()
	a, b, c := block("a"), block("b"), block("c")
	put(t, s.Store, b)
	change(t, s.Store, func(ctx context.Context, tx blockstore.Tx) error {
		ok(t, "Put", tx.Put(ctx, rev(0), a))
		ok(t, "Delete", tx.Delete(ctx, a.CID, b.CID, c.CID))
		return tx.Put(ctx, rev(0), b, c)
	})
	wantMissing(t, s.Store, a)
	wantBlocks(t, s.Store, b, c)
}

func codecs(t *testing.T, s Subject) {
	t.Helper()
	data := []byte("a")
	raw := blockstore.Block{CID: cid.Sum(cid.Raw, data), Data: data}
	put(t, s.Store, raw)
	wantBlocks(t, s.Store, raw)
	wantMissing(t, s.Store, block("a"))
}

func sizes(t *testing.T, s Subject) {
	t.Helper()
	const large, many = 2 << 20, 1000
	blocks := []blockstore.Block{block(""), {CID: cid.Sum(cid.Raw, nil)}, block(string(bytes.Repeat([]byte{7}, large)))}
	for i := range many {
		blocks = append(blocks, block(fmt.Sprint(i)))
	}
	put(t, s.Store, blocks...)
	wantBlocks(t, s.Store, blocks...)
	put(t, s.Store)
}

func memoryOfCaller(t *testing.T, s Subject) {
	t.Helper()
	want, given := block("abc"), block("abc")
	change(t, s.Store, func(ctx context.Context, tx blockstore.Tx) error {
		err := tx.Put(ctx, rev(0), given)
		given.Data[0] = 'x'
		return err
	})
	given.Data[1] = 'x'
	wantBlocks(t, s.Store, want)
}

func needsCID(t *testing.T, s Subject) {
	t.Helper()
	tx := begin(t, s.Store)
	wantError(t, "Put", tx.Put(t.Context(), rev(0), block("a"), blockstore.Block{Data: []byte("b")}), blockstore.ErrNoCID)
	wantError(t, "Commit", tx.Commit(t.Context()), blockstore.ErrNoCID)
	wantMissing(t, s.Store, block("a"))
}

func reopened(t *testing.T, s Subject) {
	t.Helper()
	if s.Reopen == nil {
		t.Skip("this store keeps nothing")
	}
	a, b := block("a"), block("b")
	put(t, s.Store, a)
	change(t, s.Store, func(ctx context.Context, tx blockstore.Tx) error { return tx.SetHead(ctx, cid.CID{}, a.CID) })
	tx := begin(t, s.Store)
	ok(t, "Put", tx.Put(t.Context(), rev(0), b))
	ok(t, "Rollback", tx.Rollback())
	putAt(t, s.Store, rev(1), a, b, b)
	remove(t, s.Store, b.CID)
	again := s.Reopen(t)
	wantHead(t, again, a.CID)
	wantSince(t, again, rev(0), a, b)
	wantSince(t, again, rev(1), a)
	remove(t, again, a.CID, b.CID)
	wantBlocks(t, again, a)
	wantMissing(t, again, b)
	put(t, again, b)
	wantBlocks(t, again, a, b)
}
