package blockstoretest

import (
	"context"
	"errors"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
)

func sinceRev(t *testing.T, s Subject) {
	t.Helper()
	a, b, c, d := block("a"), block("b"), block("c"), block("d")
	wantSince(t, s.Store, "")
	putAt(t, s.Store, rev(1), a, b)
	wantSince(t, s.Store, "")
	commitTo(t, s.Store, b.CID)
	wantSince(t, s.Store, "", b, a)
	wantSince(t, s.Store, rev(0), b, a)
	wantSince(t, s.Store, rev(1), b)
	putAt(t, s.Store, rev(2), c, d)
	commitTo(t, s.Store, d.CID)
	wantSince(t, s.Store, "", d, a, b, c)
	wantSince(t, s.Store, rev(1), d, c)
	wantSince(t, s.Store, rev(2), d)
	wantSince(t, s.Store, rev(9), d)
}

func revOfArrival(t *testing.T, s Subject) {
	t.Helper()
	a, b, c := block("a"), block("b"), block("c")
	putAt(t, s.Store, rev(1), a, b, c)
	commitTo(t, s.Store, c.CID)
	putAt(t, s.Store, rev(2), a, b) // which are there
	wantSince(t, s.Store, rev(1), c)
	remove(t, s.Store, a.CID)
	wantSince(t, s.Store, rev(0), c, a, b)
	wantSince(t, s.Store, rev(1), c)
	change(t, s.Store, func(ctx context.Context, tx blockstore.Tx) error {
		ok(t, "Delete", tx.Delete(ctx, a.CID, b.CID))
		ok(t, "Put", tx.Put(ctx, rev(3), a, b))
		return tx.Put(ctx, rev(4), a)
	})
	wantSince(t, s.Store, rev(2), c, a) // and not b, which has not been away
	wantSince(t, s.Store, rev(3), c)
	remove(t, s.Store, b.CID, b.CID)
	putAt(t, s.Store, rev(5), b)
	wantSince(t, s.Store, rev(4), c, b)
}

func sinceOneState(t *testing.T, s Subject) {
	t.Helper()
	a, b, c := block("a"), block("b"), block("c")
	putAt(t, s.Store, rev(1), a, b, c)
	commitTo(t, s.Store, a.CID)
	seen := map[cid.CID]bool{}
	for got, err := range s.Store.Since(t.Context(), "") {
		ok(t, "Since", err)
		if len(seen) == 0 {
			remove(t, s.Store, b.CID, c.CID)
			putAt(t, s.Store, rev(2), block("d"))
			wantMissing(t, s.Store, b, c)
		}
		seen[got.CID] = true
	}
	if len(seen) != 3 || !seen[b.CID] || !seen[c.CID] {
		t.Errorf("blocks %v, want those of when the loop began", seen)
	}
	for _, err := range s.Store.Since(t.Context(), "") {
		ok(t, "Since", err)
		break // leaving early holds nothing
	}
	wantSince(t, s.Store, "", a, block("d"))
	later := s.Store.Since(t.Context(), "")
	putAt(t, s.Store, rev(3), b)
	count := 0
	for _, err := range later {
		ok(t, "Since", err)
		count++
	}
	if count != 3 {
		t.Errorf("%d blocks, want the 3 of when the loop begins", count)
	}
}

func sinceWithoutCommit(t *testing.T, s Subject) {
	t.Helper()
	a, b := block("a"), block("b")
	put(t, s.Store, a)
	commitTo(t, s.Store, b.CID)
	n, err := lastSince(t.Context(), s.Store)
	if missing, is := errors.AsType[*blockstore.MissingError](err); n > 0 || !is || missing.CID != b.CID {
		t.Errorf("got %d blocks and error %v, want a MissingError that names %v", n, err, b.CID)
	}
}
