package repo_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/blockstore/faultstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// proofOf returns the proof of a post.
func proofOf(t testing.TB, r *repo.Repo, key syntax.RecordKey) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteProof(context.Background(), &b, posts, key); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestProofOfARecordAndOfAbsence_RE44_RE45(t *testing.T) {
	t.Parallel()
	w := filled(t, 1000)
	r := w.open(t)
	whole := len(w.export(t))
	for i := range 20 {
		b := proofOf(t, r, keyOf(i))
		p, err := repo.VerifyProof(b, w.id, posts, keyOf(i))
		if err != nil {
			t.Fatal(err)
		}
		if present := i%3 != 0; p.Record.CID.Defined() != present || present && cidOf(p.Record.Data) != p.Record.CID {
			t.Errorf("key %d: present %t, proved %v", i, present, p.Record.CID)
		}
		if p.Commit.Rev != r.Rev() || p.Record.Key() != keyOf(i) || p.Record.Collection() != posts {
			t.Errorf("key %d: proof of %+v", i, p)
		}
		if len(b) > whole/20 {
			t.Errorf("key %d: the proof has %d bytes, the repository %d", i, len(b), whole)
		}
	}
}

func TestProofIsRefused_RE44_CR08(t *testing.T) {
	t.Parallel()
	w := filled(t, 300)
	for _, key := range []syntax.RecordKey{keyOf(1), keyOf(3)} { // present and absent
		good := proofOf(t, w.open(t), key)
		checkEveryByteCounts(t, w, key, good)
		checkEveryBlockCounts(t, w, key, good)
		for name, id := range map[string]repo.Identity{
			"another key":     {DID: did, Key: newKey(t, 2).PublicKey()},
			"another account": {DID: "did:web:example.com", Key: w.id.Key},
			"nobody":          {},
		} {
			if _, err := repo.VerifyProof(good, id, posts, key); !errors.Is(err, repo.ErrSignature) && !errors.Is(err, repo.ErrIdentity) {
				t.Errorf("%s: %s: %v", key, name, err)
			}
		}
		if _, err := repo.VerifyProof(good, w.id, posts, "a/b"); !errors.Is(err, repo.ErrRecord) {
			t.Errorf("%s: no key: %v", key, err)
		}
	}
}

// TestProofHasALimit has what belongs to nothing behind a proof, up to the limit
// and beyond.
func TestProofHasALimit_RE44(t *testing.T) {
	t.Parallel()
	w := filled(t, 10)
	proof := proofOf(t, w.open(t), keyOf(1))
	size := repo.MaxProof - len(proof)
	for size > 0 {
		data := make([]byte, min(size, 1<<20)-cid.Size-3) // the lengths of such blocks have three bytes
		proof = append(proof, section(cid.Sum(cid.Raw, data), data)...)
		size = repo.MaxProof - len(proof)
	}
	if _, err := repo.VerifyProof(proof, w.id, posts, keyOf(1)); len(proof) != repo.MaxProof || err != nil {
		t.Errorf("%d bytes: %v", len(proof), err)
	}
	proof = append(proof, section(cid.Sum(cid.Raw, nil), nil)...)
	if _, err := repo.VerifyProof(proof, w.id, posts, keyOf(1)); !errors.Is(err, repo.ErrFile) || !errors.Is(err, car.ErrLimit) {
		t.Errorf("%d bytes: %v", len(proof), err)
	}
}

func checkEveryByteCounts(t *testing.T, w world, key syntax.RecordKey, good []byte) {
	t.Helper()
	for i := range good {
		if p, err := repo.VerifyProof(flip(good, i, 4), w.id, posts, key); err == nil {
			t.Errorf("%s: accepted with a flip at byte %d: %+v", key, i, p)
		}
		if p, err := repo.VerifyProof(good[:i], w.id, posts, key); err == nil {
			t.Errorf("%s: accepted after %d of %d bytes: %+v", key, i, len(good), p)
		}
	}
}

func checkEveryBlockCounts(t *testing.T, w world, key syntax.RecordKey, good []byte) {
	t.Helper()
	roots, blocks := blocksOf(t, good)
	for i := range blocks {
		without := append(append([]car.Block{}, blocks[:i]...), blocks[i+1:]...)
		if _, err := repo.VerifyProof(carOf(t, roots, without...), w.id, posts, key); !errors.Is(err, repo.ErrMissing) {
			t.Errorf("%s: without block %d: %v", key, i, err)
		}
	}
	if _, err := repo.VerifyProof(carOf(t, nil, blocks...), w.id, posts, key); !errors.Is(err, repo.ErrFile) {
		t.Errorf("%s: no root: %v", key, err)
	}
}

// TestProofOfOneKeySaysNothingAboutOthers asks it about keys elsewhere.
func TestProofOfOneKeySaysNothingAboutOthers_RE45(t *testing.T) {
	t.Parallel()
	w := filled(t, 300)
	b, unknown := proofOf(t, w.open(t), keyOf(1)), 0
	for i := range 300 {
		_, err := repo.VerifyProof(b, w.id, posts, keyOf(i))
		if errors.Is(err, repo.ErrMissing) {
			unknown++
		} else if err != nil {
			t.Error(err)
		}
	}
	if unknown < 200 {
		t.Errorf("a proof of one key answers for all but %d of 300", unknown)
	}
}

func TestExportOfCollectionsProvesThatItIsWhole(t *testing.T) {
	t.Parallel()
	w := filled(t, 900)
	var b bytes.Buffer
	if err := w.open(t).ExportCollections(t.Context(), &b, likes, "com.example.none", likes); err != nil {
		t.Fatal(err)
	}
	seen := map[cid.CID]bool{}
	_, blocks := blocksOf(t, b.Bytes())
	for _, block := range blocks[1:] { // behind the commit
		if seen[block.CID] {
			t.Errorf("block %v comes twice", block.CID)
		}
		seen[block.CID] = true
	}
	r, err := repo.OpenCAR(b.Bytes(), w.id, repo.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got, want := map[string]string{}, map[string]string{}
	for record, err := range r.Records(t.Context(), likes) {
		if err != nil {
			t.Fatal(err)
		}
		got[record.Path] = record.CID.String()
	}
	for path, c := range content(t, w.open(t)) {
		if strings.HasPrefix(path, string(likes)) {
			want[path] = c
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 300 {
		t.Errorf("%d likes (-want +got):\n%s", len(got), diff)
	}
	for _, err := range r.Records(t.Context(), "com.example.none") {
		t.Errorf("a collection that does not exist: %v", err)
	}
	count := 0
	for _, err := range r.Records(t.Context(), posts) {
		if count++; err != nil && !errors.Is(err, repo.ErrMissing) {
			t.Error(err)
		}
	}
	if whole := len(w.export(t)); count > 50 || b.Len() > whole*6/10 {
		t.Errorf("%d posts are there, and %d of %d bytes", count, b.Len(), whole)
	}
}

// exportSince returns what has come since a rev.
func (w world) exportSince(t testing.TB, rev syntax.TID) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := repo.ExportSince(context.Background(), w.store, &b, rev); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// checkSince says that whoever has an earlier version has the latest one with
// what has come since its rev. It returns how many blocks that are.
func checkSince(t testing.TB, w world, rev syntax.TID, earlier []byte) int {
	t.Helper()
	roots, news := blocksOf(t, w.exportSince(t, rev))
	_, olds := blocksOf(t, earlier)
	r, err := repo.Load(context.Background(), carOf(t, roots, append(slices.Clone(news), olds...)...), w.id, repo.VerifyOptions{})
	if err != nil {
		t.Errorf("since %s: %v", rev, err)
		return 0
	}
	if diff := cmp.Diff(content(t, w.open(t)), content(t, r)); diff != "" || r.Head() != w.open(t).Head() {
		t.Errorf("since %s: records (-want +got):\n%s", rev, diff)
	}
	seen := map[cid.CID]bool{}
	for _, b := range news {
		if seen[b.CID] {
			t.Errorf("since %s: block %v comes twice", rev, b.CID)
		}
		seen[b.CID] = true
	}
	return len(news)
}

// TestExportSinceCompletesAnEarlierExport gives the receiver of the earlier one
// all that it lacks, and nothing else.
func TestExportSinceCompletesAnEarlierExport_RE37(t *testing.T) {
	t.Parallel()
	w := filled(t, 500)
	rev, earlier := w.open(t).Rev(), w.export(t)
	same := data(t, posts, "twice")
	w.apply(t, repo.PutData(posts, "key-000100", data(t, posts, "new")), repo.Delete(posts, "key-000200"))
	w.apply(t, repo.CreateData(posts, "a", same), repo.CreateData(posts, "b", same))
	if n := checkSince(t, w, rev, earlier); n > 30 {
		t.Errorf("%d blocks for two commits", n)
	}
	had := map[cid.CID]bool{}
	_, olds := blocksOf(t, earlier)
	for _, block := range olds {
		had[block.CID] = true
	}
	_, news := blocksOf(t, w.exportSince(t, rev))
	for _, block := range news {
		if had[block.CID] {
			t.Errorf("block %v is sent again", block.CID)
		}
	}
	if n := checkSince(t, w, "", carOf(t, nil)); n != len(w.store.Blocks()) {
		t.Errorf("%d blocks since the beginning, and the store has %d", n, len(w.store.Blocks()))
	}
	for _, rev := range []syntax.TID{w.open(t).Rev(), "jzzzzzzzzzzzz"} {
		if n := checkSince(t, w, rev, w.export(t)); n != 1 {
			t.Errorf("%d blocks since %s, which is not before the latest commit", n, rev)
		}
	}
	if err := repo.ExportSince(t.Context(), blockstore.NewMemory(), new(bytes.Buffer), ""); !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("no repository: %v", err)
	}
}

// TestExportSinceHasWhatCameAgain deletes a record that an earlier version has,
// and creates it again.
func TestExportSinceHasWhatCameAgain_RE37(t *testing.T) {
	t.Parallel()
	w := filled(t, 100)
	b := data(t, posts, "record 1")
	change := w.apply(t, repo.Delete(posts, "key-000001"))
	without := w.export(t)
	w.apply(t, repo.CreateData(posts, "a", b))
	moved := w.apply(t, repo.Delete(posts, "a"), repo.CreateData(posts, "b", b))
	if _, err := w.store.Get(t.Context(), cidOf(b)); err != nil {
		t.Fatal(err)
	}
	checkSince(t, w, change.Rev, without)
	_, news := blocksOf(t, w.exportSince(t, moved.Since))
	for _, block := range news {
		if block.CID == cidOf(b) {
			t.Error("a record that has only moved is sent")
		}
	}
}

// TestEveryFaultOfAnExportSinceIsReturned: a file that is cut off is not taken
// for a whole one.
func TestEveryFaultOfAnExportSinceIsReturned(t *testing.T) {
	t.Parallel()
	w := filled(t, 40)
	rev := w.open(t).Rev()
	w.apply(t, repo.PutData(posts, "key-000001", data(t, posts, "new")))
	fired := faultstore.Enumerate(t,
		func() blockstore.Store { return w.store },
		func(s *faultstore.Store, _ blockstore.Store) {
			err := repo.ExportSince(t.Context(), s, new(bytes.Buffer), rev)
			if faulty := s.Counts().Fired > 0; faulty != (err != nil) {
				t.Errorf("a fault has fired: %t, and the error is %v", faulty, err)
			}
		})
	if fired < 12 {
		t.Errorf("%d faults have fired", fired)
	}
	s := faultstore.New(w.store)
	s.Lose(w.open(t).Head())
	if err := repo.ExportSince(t.Context(), s, new(bytes.Buffer), rev); !isMissing(err, w.open(t).Head()) {
		t.Errorf("without the commit: %v", err)
	}
	calls := 0
	for ; repo.ExportSince(t.Context(), w.store, &writerAfter{calls: calls}, rev) != nil; calls++ {
		if err := repo.ExportSince(t.Context(), w.store, &writerAfter{calls: calls}, rev); !errors.Is(err, errFull) {
			t.Errorf("write %d fails: %v", calls, err)
		}
	}
	if calls < 4 {
		t.Errorf("%d writes have failed", calls)
	}
}

// broken is a source that lacks one block.
type broken struct {
	blockstore.Source
	lacks cid.CID
	err   error
}

func (b broken) Get(ctx context.Context, c cid.CID) ([]byte, error) {
	if c == b.lacks {
		return nil, b.err
	}
	return b.Source.Get(ctx, c)
}

// writerAfter is a writer that fails after so many calls.
type writerAfter struct{ calls int }

var errFull = errors.New("the disk is full")

func (w *writerAfter) Write(b []byte) (int, error) {
	if w.calls--; w.calls < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// reading is everything that reads a repository, by name.
func reading(ctx context.Context, old *repo.Repo) map[string]func(r *repo.Repo, out *writerAfter) error {
	return map[string]func(r *repo.Repo, out *writerAfter) error{
		"Export":            func(r *repo.Repo, out *writerAfter) error { return r.Export(ctx, out) },
		"ExportCollections": func(r *repo.Repo, out *writerAfter) error { return r.ExportCollections(ctx, out, posts) },
		"ExportCollections of none": func(r *repo.Repo, out *writerAfter) error {
			return r.ExportCollections(ctx, out, "com.example.none", likes, "a.b.c")
		},
		"WriteProof":  func(r *repo.Repo, out *writerAfter) error { return r.WriteProof(ctx, out, posts, "key-000001") },
		"Diff":        func(r *repo.Repo, _ *writerAfter) error { _, err := repo.Diff(ctx, old, r); return err },
		"Records":     func(r *repo.Repo, _ *writerAfter) error { return lastError(r.Records(ctx, posts)) },
		"Collections": func(r *repo.Repo, _ *writerAfter) error { return lastError(r.Collections(ctx)) },
	}
}

// lastError goes over all pairs.
func lastError[T any](pairs iter.Seq2[T, error]) (last error) {
	for _, err := range pairs {
		last = err
	}
	return last
}

// TestReadingADamagedStoreFails takes every block away, one after the other.
func TestReadingADamagedStoreFails(t *testing.T) {
	t.Parallel()
	w := filled(t, 40)
	old, err := repo.Load(t.Context(), w.export(t), w.id, repo.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	change := w.apply(t, repo.PutData(posts, "key-000001", data(t, posts, "new")))
	failing := errors.New("a bad sector")
	for name, run := range reading(t.Context(), old) {
		failed := 0
		for _, block := range w.store.Blocks() {
			for _, cause := range []error{&blockstore.MissingError{CID: block.CID}, failing} {
				r, err := repo.Open(t.Context(), broken{w.store, block.CID, cause}, change.Commit)
				if err == nil {
					err = run(r, &writerAfter{calls: 1000})
				}
				if err != nil {
					failed++
				}
				if err != nil && !errors.Is(err, failing) && !isMissing(err, block.CID) {
					t.Errorf("%s without %v: %v", name, block.CID, err)
				}
			}
		}
		if failed < 4 {
			t.Errorf("%s failed %d times", name, failed)
		}
	}
}

func isMissing(err error, c cid.CID) bool {
	missing, ok := errors.AsType[*blockstore.MissingError](err)
	return ok && missing.CID == c && errors.Is(err, repo.ErrMissing)
}

// TestErrorsOfWritersAreReturned lets every write fail.
func TestErrorsOfWritersAreReturned(t *testing.T) {
	t.Parallel()
	w := filled(t, 40)
	old, err := repo.Load(t.Context(), w.export(t), w.id, repo.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	change := w.apply(t, repo.PutData(posts, "key-000001", data(t, posts, "new")))
	r, tried := w.open(t), 0
	for name, run := range reading(t.Context(), old) {
		calls := 0
		for {
			err := run(r, &writerAfter{calls: calls})
			if err == nil {
				break
			}
			if !errors.Is(err, errFull) || errors.Is(err, repo.ErrFile) {
				t.Errorf("%s: write %d fails: %v", name, calls, err)
			}
			calls++
			tried++
		}
	}
	if tried < 30 {
		t.Errorf("%d writes have failed", tried)
	}
	for calls := range 2 {
		if err := change.WriteCAR(&writerAfter{calls: calls}); !errors.Is(err, errFull) {
			t.Errorf("WriteCAR: write %d fails: %v", calls, err)
		}
	}
	if _, err := (&repo.Change{}).Message(); err == nil {
		t.Error("a message of the zero change")
	}
}

func TestVersionsThatAreGoneCannotBeExported(t *testing.T) {
	t.Parallel()
	w := filled(t, 40)
	first := w.open(t)
	w.apply(t)
	if err := first.Export(t.Context(), &writerAfter{calls: 1000}); !errors.Is(err, repo.ErrMissing) {
		t.Errorf("got %v", err)
	}
}
