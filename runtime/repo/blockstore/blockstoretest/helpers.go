package blockstoretest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// rev returns rev i, of which there are 32.
func rev(i int) syntax.TID {
	const digits = "234567abcdefghijklmnopqrstuvwxyz"
	return syntax.TID("3jzfcijpj2z2" + digits[i:i+1])
}

// block makes a block with text as its data.
func block(text string) blockstore.Block {
	return blockstore.Block{CID: cid.Sum(cid.DagCBOR, []byte(text)), Data: []byte(text)}
}

// begin starts a transaction that ends with the test at the latest.
func begin(t testing.TB, s blockstore.Store) blockstore.Tx {
	t.Helper()
	tx, err := s.Begin(t.Context())
	ok(t, "Begin", err)
	t.Cleanup(func() { ok(t, "Rollback", tx.Rollback()) })
	return tx
}

// change runs steps in a transaction and commits it.
func change(t testing.TB, s blockstore.Store, steps func(ctx context.Context, tx blockstore.Tx) error) {
	t.Helper()
	tx := begin(t, s)
	ok(t, "change", steps(t.Context(), tx))
	ok(t, "Commit", tx.Commit(t.Context()))
}

// put commits blocks with rev 0.
func put(t testing.TB, s blockstore.Store, blocks ...blockstore.Block) {
	t.Helper()
	putAt(t, s, rev(0), blocks...)
}

// putAt commits blocks with a rev.
func putAt(t testing.TB, s blockstore.Store, rev syntax.TID, blocks ...blockstore.Block) {
	t.Helper()
	change(t, s, func(ctx context.Context, tx blockstore.Tx) error { return tx.Put(ctx, rev, blocks...) })
}

// remove commits that blocks lose a reference each.
func remove(t testing.TB, s blockstore.Store, cids ...cid.CID) {
	t.Helper()
	change(t, s, func(ctx context.Context, tx blockstore.Tx) error { return tx.Delete(ctx, cids...) })
}

// commitTo makes next the latest commit.
func commitTo(t testing.TB, s blockstore.Store, next cid.CID) {
	t.Helper()
	old, err := s.Head(t.Context())
	ok(t, "Head", err)
	change(t, s, func(ctx context.Context, tx blockstore.Tx) error { return tx.SetHead(ctx, old, next) })
}

// wantBlocks says that s gives the blocks.
func wantBlocks(t testing.TB, s blockstore.Source, blocks ...blockstore.Block) {
	t.Helper()
	for _, b := range blocks {
		got, err := s.Get(t.Context(), b.CID)
		if err != nil || !bytes.Equal(got, b.Data) {
			t.Errorf("block %s: got %d bytes and error %v, want %d bytes", b.CID, len(got), err, len(b.Data))
		}
	}
}

// wantMissing says that s gives none of the blocks.
func wantMissing(t testing.TB, s blockstore.Source, blocks ...blockstore.Block) {
	t.Helper()
	for _, b := range blocks {
		data, err := s.Get(t.Context(), b.CID)
		missing, is := errors.AsType[*blockstore.MissingError](err)
		if !is || missing.CID != b.CID || data != nil {
			t.Errorf("block %s: got %d bytes and error %v, want a MissingError that names it", b.CID, len(data), err)
		}
	}
}

// wantSince says that s yields the first of the blocks first, the others next,
// and nothing else.
func wantSince(t testing.TB, s blockstore.Store, since syntax.TID, blocks ...blockstore.Block) {
	t.Helper()
	want := map[cid.CID][]byte{}
	for _, b := range blocks {
		want[b.CID] = b.Data
	}
	count := 0
	for b, err := range s.Since(t.Context(), since) {
		data, wanted := want[b.CID]
		if err != nil || !wanted || !bytes.Equal(b.Data, data) {
			t.Errorf("since %q: got block %v of %d bytes and error %v", since, b.CID, len(b.Data), err)
		}
		if count == 0 && b.CID != blocks[0].CID {
			t.Errorf("since %q: block %v is first, not the latest commit %v", since, b.CID, blocks[0].CID)
		}
		delete(want, b.CID)
		count++
	}
	if count != len(blocks) {
		t.Errorf("since %q: %d blocks, want %d", since, count, len(blocks))
	}
}

// lastSince returns how many blocks s yields without an error, and the last
// error.
func lastSince(ctx context.Context, s blockstore.Store) (count int, last error) {
	for _, err := range s.Since(ctx, "") {
		if last = err; err == nil {
			count++
		}
	}
	return count, last
}

// wantHead says which head s has.
func wantHead(t testing.TB, s blockstore.Store, want cid.CID) {
	t.Helper()
	got, err := s.Head(t.Context())
	ok(t, "Head", err)
	if got != want {
		t.Errorf("head: got %s, want %s", got, want)
	}
}

// wantError says that a call failed with the error want.
func wantError(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

// ok ends the test if a call has failed.
func ok(t testing.TB, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}
