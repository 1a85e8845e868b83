package repo_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/blockstore/faultstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

func TestImportKeepsWhatTheCommitReaches_RE36(t *testing.T) {
	t.Parallel()
	from := filled(t, 200)
	roots, blocks := blocksOf(t, from.export(t))
	foreign := car.Block{CID: cid.Sum(cid.Raw, []byte("foreign")), Data: []byte("foreign")}
	to := world{store: blockstore.NewMemory(), key: from.key, id: from.id}
	seen := 0
	contents, err := repo.Import(t.Context(), to.store, bytes.NewReader(shuffled(t, carOf(t, roots, append(blocks, foreign)...), 3)), from.id,
		repo.VerifyOptions{Record: func(repo.Record) error { seen++; return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if contents.Records != 200 || seen != 200 || contents.Head != from.open(t).Head() {
		t.Errorf("%+v, and %d records seen", contents, seen)
	}
	if diff := cmp.Diff(from.store.Blocks(), to.store.Blocks()); diff != "" {
		t.Errorf("blocks (-want +got):\n%s", diff)
	}
}

func TestImportReplaces_RE03(t *testing.T) {
	t.Parallel()
	w := filled(t, 100)
	old := w.export(t)
	w.apply(t, repo.Delete(posts, "key-000001"), repo.PutData(posts, "key-000002", data(t, posts, "new")))
	later := w.export(t)
	to := world{store: blockstore.NewMemory(), key: w.key, id: w.id}
	for _, file := range [][]byte{old, later} {
		if _, err := repo.Import(t.Context(), to.store, bytes.NewReader(file), w.id, repo.VerifyOptions{}); err != nil {
			t.Fatal(err)
		}
		checkNothingIsLeftOver(t, to)
	}
	for _, file := range [][]byte{old, later} {
		if _, err := repo.Import(t.Context(), to.store, bytes.NewReader(file), w.id, repo.VerifyOptions{}); !errors.Is(err, repo.ErrRev) {
			t.Errorf("not later: %v", err)
		}
	}
	other := newWorld(t, repo.WriterOptions{})
	if _, err := other.w.Init(t.Context(), "did:web:example.com"); err != nil {
		t.Fatal(err)
	}
	id := repo.Identity{DID: "did:web:example.com", Key: w.id.Key}
	if _, err := repo.Import(t.Context(), to.store, bytes.NewReader(other.export(t)), id, repo.VerifyOptions{}); !errors.Is(err, repo.ErrIdentity) {
		t.Errorf("another account: %v", err)
	}
	if diff := cmp.Diff(w.store.Blocks(), to.store.Blocks()); diff != "" {
		t.Errorf("blocks (-want +got):\n%s", diff)
	}
	// The new server signs next, with its own key (RE-05).
	key := newKey(t, 7)
	change, err := repo.NewWriter(to.store, key, repo.WriterOptions{Clock: clockAt(noon)}).Apply(t.Context())
	if err != nil || change.Rev <= w.open(t).Rev() {
		t.Errorf("change %+v, %v", change, err)
	}
}

// TestImportRefusesTheLastRev has repositories that no commit could follow: the
// store stays as it was.
func TestImportRefusesTheLastRev_RE03(t *testing.T) {
	t.Parallel()
	for _, rev := range lastRevs(t) {
		w := newWorld(t, repo.WriterOptions{})
		root := node(t, cid.CID{})
		c := &repo.Commit{DID: did, Rev: rev, Data: root.CID}
		if err := c.Sign(w.key); err != nil {
			t.Fatal(err)
		}
		head := c.Block()
		to := blockstore.NewMemory()
		_, err := repo.Import(t.Context(), to, bytes.NewReader(carOf(t, []cid.CID{head.CID}, head, root)), w.id, repo.VerifyOptions{})
		if !errors.Is(err, repo.ErrRev) || len(to.Blocks()) > 0 {
			t.Errorf("%s: %v, and %d blocks stored", rev, err, len(to.Blocks()))
		}
	}
}

// TestARecordMayBeANode has the empty node as a record, which stays as long as
// the tree or a path refers to it.
func TestARecordMayBeANode(t *testing.T) {
	t.Parallel()
	empty := []byte("\xa2\x61e\x80\x61l\xf6")
	file, id := repository(t, mst.Entry{Key: "com.example.post/1", Value: cidOf(empty)})
	file = append(file, section(cidOf(empty), empty)...)
	w := world{store: blockstore.NewMemory(), key: newKey(t, 1), id: id}
	if _, err := repo.Import(t.Context(), w.store, bytes.NewReader(file), id, repo.VerifyOptions{}); err != nil {
		t.Fatal(err)
	}
	w.w = repo.NewWriter(w.store, w.key, repo.WriterOptions{})
	for _, write := range []repo.Write{
		repo.CreateData(posts, "2", data(t, posts, "2")), repo.Delete(posts, "2"), repo.Delete(posts, "1"), repo.CreateData(posts, "3", data(t, posts, "3")),
	} {
		w.apply(t, write)
		checkNothingIsLeftOver(t, w)
	}
	checkReferences(t, w)
}

// TestAnImportIsNewAsAWhole: a server that has missed some commits, in which a
// record went and came again, does not know what a client has.
func TestAnImportIsNewAsAWhole_RE37(t *testing.T) {
	t.Parallel()
	w := filled(t, 100)
	old := w.export(t)
	b := data(t, posts, "record 1")
	away := w.apply(t, repo.Delete(posts, "key-000001"))
	between := w.export(t)
	w.apply(t, repo.CreateData(posts, "key-000001", b))
	to := reopened(t, old, w)
	if _, err := repo.Import(t.Context(), to.store, bytes.NewReader(w.export(t)), w.id, repo.VerifyOptions{}); err != nil {
		t.Fatal(err)
	}
	checkSince(t, to, away.Rev, between)
	checkReferences(t, to)
}

func TestEveryFaultOfAnImportLeavesTheOldOrTheNew(t *testing.T) {
	t.Parallel()
	w := filled(t, 110)
	old, before := w.export(t), content(t, w.open(t))
	w.apply(t, repo.PutData(posts, "key-000002", data(t, posts, "new")))
	later, after := w.export(t), content(t, w.open(t))
	outcomes := map[string]int{}
	fired := faultstore.Enumerate(t,
		func() blockstore.Store { return reopened(t, old, w).store },
		func(s *faultstore.Store, kept blockstore.Store) {
			_, err := repo.Import(t.Context(), s, bytes.NewReader(later), w.id, repo.VerifyOptions{})
			left := world{store: kept.(*blockstore.Memory), id: w.id}
			switch got := content(t, left.open(t)); {
			case cmp.Equal(got, before):
				outcomes["old"]++
			case cmp.Equal(got, after):
				outcomes["new"]++
			default:
				t.Errorf("after %v the store has neither", err)
			}
			checkReferences(t, left)
		})
	t.Logf("%d faults fired, outcomes %v", fired, outcomes)
	if outcomes["old"] < 20 || outcomes["new"] < 4 {
		t.Errorf("%d faults fired, outcomes %v: too few to prove anything", fired, outcomes)
	}
}

// TestLargeImportIsStoredInParts has more than one part.
func TestLargeImportIsStoredInParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, repo.WriterOptions{Limits: repo.NoLimits})
	writes := make([]repo.Write, 8)
	for i := range writes {
		writes[i] = repo.CreateData(posts, keyOf(i), data(t, posts, strings.Repeat(string(rune('a'+i)), 400_000)))
	}
	if _, err := w.w.Init(t.Context(), did, writes...); err != nil {
		t.Fatal(err)
	}
	kept := blockstore.NewMemory()
	s := faultstore.New(kept)
	if _, err := repo.Import(t.Context(), s, bytes.NewReader(w.export(t)), w.id, repo.VerifyOptions{}); err != nil {
		t.Fatal(err)
	}
	if n := s.Counts().Calls(faultstore.Put); n < 3 || n > 5 {
		t.Errorf("%d calls of Put", n)
	}
	if !slices.EqualFunc(w.store.Blocks(), kept.Blocks(), func(a, b blockstore.Block) bool { return a.CID == b.CID && bytes.Equal(a.Data, b.Data) }) {
		t.Error("the blocks differ")
	}
}
