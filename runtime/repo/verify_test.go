package repo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/repo/mst"
	"github.com/lexgen/lexgen/runtime/syntax"
)

func TestVerifyCountsAndShowsRecords_RE32(t *testing.T) {
	t.Parallel()
	w := filled(t, 200)
	got := map[string]string{}
	var rev syntax.TID
	contents, err := repo.Verify(t.Context(), iotest.HalfReader(bytes.NewReader(w.export(t))), w.id, repo.VerifyOptions{
		Commit: func(c *repo.Commit) error {
			if len(got) > 0 {
				t.Error("the commit comes after records")
			}
			rev = c.Rev
			return nil
		},
		Record: func(r repo.Record) error {
			if cidOf(r.Data) != r.CID {
				t.Errorf("%s has other data", r.Path)
			}
			got[r.Path] = r.CID.String()
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := content(t, w.open(t))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if rev != w.open(t).Rev() || contents.Records != 200 || contents.Nodes < 10 || contents.Head != w.open(t).Head() || contents.Commit.DID != did {
		t.Errorf("contents %+v", contents)
	}
}

// TestAnyOrderIsAccepted also repeats blocks and adds ones that belong to
// nothing, and roots.
func TestAnyOrderIsAccepted_RE31_RE32_RE35(t *testing.T) {
	t.Parallel()
	w := filled(t, 150)
	want := content(t, w.open(t))
	roots, blocks := blocksOf(t, w.export(t))
	foreign := car.Block{CID: cid.Sum(cid.Raw, []byte("foreign")), Data: []byte("foreign")}
	for seed := range uint64(10) {
		mixed := append([]car.Block{foreign, blocks[3], blocks[3], foreign}, blocks...)
		file := shuffled(t, carOf(t, append(roots, foreign.CID), mixed...), seed)
		r, err := repo.Load(t.Context(), file, w.id, repo.VerifyOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, content(t, r)); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		if _, err := repo.Verify(t.Context(), bytes.NewReader(file), w.id, repo.VerifyOptions{}); err != nil {
			t.Error(err)
		}
	}
}

// TestACommitHasOneName names the commit by its hash as raw bytes, under which it is
// there, too.
func TestACommitHasOneName_RE01(t *testing.T) {
	t.Parallel()
	w := filled(t, 10)
	roots, blocks := blocksOf(t, w.export(t))
	raw := cid.FromHash(cid.Raw, roots[0].Digest())
	for i := range blocks {
		if blocks[i].CID == roots[0] {
			blocks[i].CID = raw
		}
	}
	file := carOf(t, []cid.CID{raw}, blocks...)
	if _, err := repo.Load(t.Context(), file, w.id, repo.VerifyOptions{}); !errors.Is(err, repo.ErrCommit) {
		t.Errorf("loaded: %v", err)
	}
	if _, err := repo.Verify(t.Context(), bytes.NewReader(file), w.id, repo.VerifyOptions{}); !errors.Is(err, repo.ErrCommit) || !strings.Contains(err.Error(), "(RE-01)") {
		t.Errorf("verified: %v", err)
	}
}

// TestImportHasOneRoot imports what a reader accepts.
func TestImportHasOneRoot_RE31(t *testing.T) {
	t.Parallel()
	w := filled(t, 10)
	roots, blocks := blocksOf(t, w.export(t))
	file := carOf(t, append(roots, blocks[1].CID), blocks...)
	if _, err := repo.Verify(t.Context(), bytes.NewReader(file), w.id, repo.VerifyOptions{}); err != nil {
		t.Errorf("verified: %v", err)
	}
	store := blockstore.NewMemory()
	if _, err := repo.Import(t.Context(), store, bytes.NewReader(file), w.id, repo.VerifyOptions{}); !errors.Is(err, repo.ErrFile) || !strings.Contains(err.Error(), "(RE-31)") {
		t.Errorf("imported: %v", err)
	}
	if n := len(store.Blocks()); n != 0 {
		t.Errorf("%d blocks are left", n)
	}
}

// TestVerifyHoldsNoMoreThanItMay limits what is held to a fraction of the file.
func TestVerifyHoldsNoMoreThanItMay_RE34(t *testing.T) {
	t.Parallel()
	w := filled(t, 2000)
	file := w.export(t)
	opts := repo.VerifyOptions{MaxHeld: 16 << 10}
	if _, err := repo.Verify(t.Context(), bytes.NewReader(file), w.id, opts); err != nil {
		t.Errorf("in pre-order: %v", err)
	}
	_, err := repo.Verify(t.Context(), bytes.NewReader(shuffled(t, file, 1)), w.id, opts)
	if !errors.Is(err, repo.ErrLimit) || !namesPlaceAndRule.MatchString(err.Error()) && !strings.Contains(err.Error(), "RE-34") {
		t.Errorf("in disorder: %v", err)
	}
	// With the limit at its least, not even used blocks are held.
	if _, err := repo.Verify(t.Context(), bytes.NewReader(file), w.id, repo.VerifyOptions{MaxHeld: 1}); err != nil {
		t.Errorf("in pre-order, holding nothing: %v", err)
	}
}

// TestABlockThatIsNotFoundIsNamed lacks a record in a file that is longer than
// what may be held: whether it is missing or comes later cannot be known, and the
// error says that, of the block that was looked for. Where all fits, or the file is
// at its end and nothing has been dropped, it is missing.
func TestABlockThatIsNotFoundIsNamed_RE32_RE34(t *testing.T) {
	t.Parallel()
	w := filled(t, 2000)
	roots, blocks := blocksOf(t, w.export(t))
	isRecord := func(b car.Block) bool { return bytes.Contains(b.Data, []byte("$type")) }
	for name, c := range map[string]struct {
		lost int
		held int64
		kind error
	}{
		"early, and little is held": {slices.IndexFunc(blocks, isRecord), 16 << 10, repo.ErrOrder},
		"late, and little is held":  {len(blocks) - 1, 16 << 10, repo.ErrOrder},
		"early, and all fits":       {slices.IndexFunc(blocks, isRecord), 0, repo.ErrMissing},
		"late, and all fits":        {len(blocks) - 1, 0, repo.ErrMissing},
	} {
		file := carOf(t, roots, slices.Delete(slices.Clone(blocks), c.lost, c.lost+1)...)
		_, err := repo.Verify(t.Context(), bytes.NewReader(file), w.id, repo.VerifyOptions{MaxHeld: c.held})
		e, ok := errors.AsType[*repo.Error](err)
		if !ok || !errors.Is(err, c.kind) || e.Block != blocks[c.lost].CID || e.Path == "" || !strings.Contains(e.Reason, "missing") {
			t.Errorf("%s: %v, want %v of %v", name, err, c.kind, blocks[c.lost].CID)
		}
		if isLimit := errors.Is(err, repo.ErrLimit); isLimit != (c.kind == repo.ErrOrder) { //nolint:errorlint // a kind of the table
			t.Errorf("%s: beyond a limit: %t", name, isLimit)
		}
	}
}

// TestRepeatedBlocksAreHeldOnce has the last record a hundred times before it is
// needed, and room for few.
func TestRepeatedBlocksAreHeldOnce_RE32_RE34(t *testing.T) {
	t.Parallel()
	w := filled(t, 100)
	roots, blocks := blocksOf(t, w.export(t))
	last := blocks[len(blocks)-1]
	file := carOf(t, roots, slices.Concat(blocks[:1], slices.Repeat([]car.Block{last}, 100), blocks[1:])...)
	if _, err := repo.Verify(t.Context(), bytes.NewReader(file), w.id, repo.VerifyOptions{MaxHeld: 2000}); err != nil {
		t.Error(err)
	}
}

// TestRecordUnderTwoPathsIsFoundAgain has it once in the file, early.
func TestRecordUnderTwoPathsIsFoundAgain(t *testing.T) {
	t.Parallel()
	w := filled(t, 500)
	same := data(t, posts, "record 1")
	w.apply(t, repo.CreateData(posts, "zzz", same))
	roots, blocks := blocksOf(t, w.export(t))
	seen := map[cid.CID]bool{}
	var once []car.Block
	for _, b := range blocks {
		if !seen[b.CID] {
			once = append(once, b)
		}
		seen[b.CID] = true
	}
	if len(once) != len(blocks)-1 {
		t.Fatalf("%d blocks, %d once: the export repeats a record for each path", len(blocks), len(once))
	}
	for room, kind := range map[int64]error{0: nil, 8 << 10: repo.ErrLimit} {
		_, err := repo.Verify(t.Context(), bytes.NewReader(carOf(t, roots, once...)), w.id, repo.VerifyOptions{MaxHeld: room})
		if !errors.Is(err, kind) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
	if _, err := repo.Verify(t.Context(), bytes.NewReader(w.export(t)), w.id, repo.VerifyOptions{}); err != nil {
		t.Errorf("twice in the file: %v", err)
	}
	r, err := repo.Load(t.Context(), carOf(t, roots, once...), w.id, repo.VerifyOptions{})
	if err != nil || len(content(t, r)) != 501 {
		t.Errorf("in memory: %v", err)
	}
}

func TestVerifyRefuses_RE06_RE31_RE32_CR08(t *testing.T) {
	t.Parallel()
	w := filled(t, 30)
	roots, blocks := blocksOf(t, w.export(t))
	good := carOf(t, roots, blocks...)
	other := repo.Identity{DID: "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", Key: w.id.Key}
	stranger := repo.Identity{DID: did, Key: newKey(t, 2).PublicKey()}
	failing := errors.New("a failing reader")
	commit := func(c repo.Commit) []byte {
		if err := c.Sign(w.key); err != nil {
			t.Fatal(err)
		}
		b := c.Block()
		return carOf(t, []cid.CID{b.CID}, append([]car.Block{b}, blocks[1:]...)...)
	}
	last := blocks[len(blocks)-1]
	cases := []struct {
		name string
		file []byte
		id   repo.Identity
		opts repo.VerifyOptions
		kind error
		want string
	}{
		{"no root", carOf(t, nil, blocks...), w.id, repo.VerifyOptions{}, repo.ErrFile, "(RE-31)"},
		{"no commit", carOf(t, roots, blocks[1:]...), w.id, repo.VerifyOptions{}, repo.ErrMissing, roots[0].String()},
		{"a node as root", carOf(t, []cid.CID{blocks[1].CID}, blocks...), w.id, repo.VerifyOptions{}, repo.ErrCommit, "(RE-01)"},
		{"no record", carOf(t, roots, blocks[:len(blocks)-1]...), w.id, repo.VerifyOptions{}, repo.ErrMissing, last.CID.String()},
		{"nothing", nil, w.id, repo.VerifyOptions{}, repo.ErrFile, "(RE-30)"},
		{"another account", good, other, repo.VerifyOptions{}, repo.ErrIdentity, "not of did:plc:aaaa"},
		{"another account, unsigned", good, other, repo.VerifyOptions{Signatures: repo.SkipSignature}, repo.ErrIdentity, "not of did:plc:aaaa"},
		{"another key", good, stranger, repo.VerifyOptions{}, repo.ErrSignature, "(RE-02)"},
		{"nobody", good, repo.Identity{}, repo.VerifyOptions{}, repo.ErrIdentity, "not of "},
		{"no key", good, repo.Identity{DID: did}, repo.VerifyOptions{}, repo.ErrSignature, "no key"},
		{"something behind the end", append(bytes.Clone(good), 5, 1, 2), w.id, repo.VerifyOptions{}, repo.ErrFile, "(RE-30)"},
		{"a false block behind the end", append(bytes.Clone(good), section(roots[0], []byte("x"))...), w.id, repo.VerifyOptions{}, repo.ErrFile, "(RE-33)"},
		{"too long", good, w.id, repo.VerifyOptions{MaxTotal: int64(len(good)) - 1}, repo.ErrFile, "more than"},
		{"raw data", commit(repo.Commit{DID: did, Rev: "3jzfcijpj2z2a", Data: cid.Sum(cid.Raw, nil)}), w.id, repo.VerifyOptions{}, repo.ErrCommit, "(RE-19)"},
		{"a tree that is not there", commit(repo.Commit{DID: did, Rev: "3jzfcijpj2z2a", Data: cidOf(nil)}), w.id, repo.VerifyOptions{}, repo.ErrMissing, cidOf(nil).String()},
		{"a record as tree", commit(repo.Commit{DID: did, Rev: "3jzfcijpj2z2a", Data: last.CID}), w.id, repo.VerifyOptions{}, repo.ErrTree, last.CID.String()},
		{"a callback of the commit", good, w.id, repo.VerifyOptions{Commit: func(*repo.Commit) error { return failing }}, failing, "failing"},
		{"a callback", good, w.id, repo.VerifyOptions{Record: func(repo.Record) error { return failing }}, failing, "failing"},
	}
	for _, c := range cases {
		_, err := repo.Load(t.Context(), c.file, c.id, c.opts)
		_, streamed := repo.Verify(t.Context(), bytes.NewReader(c.file), c.id, c.opts)
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
		if streamed == nil || streamed.Error() != err.Error() {
			t.Errorf("%s: from a stream: %v", c.name, streamed)
		}
		store := blockstore.NewMemory()
		if _, err := repo.Import(t.Context(), store, bytes.NewReader(c.file), c.id, c.opts); !errors.Is(err, c.kind) || len(store.Blocks()) > 0 {
			t.Errorf("%s: imported: %v, and %d blocks are in the store", c.name, err, len(store.Blocks()))
		}
	}
	for _, at := range []int{0, 40, 400, len(good) - 1} {
		r := io.MultiReader(bytes.NewReader(good[:at]), iotest.ErrReader(failing))
		if _, err := repo.Verify(t.Context(), r, w.id, repo.VerifyOptions{}); !errors.Is(err, failing) {
			t.Errorf("reading fails after %d bytes: %v", at, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := repo.Verify(ctx, bytes.NewReader(good), w.id, repo.VerifyOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	behind := append(bytes.Clone(good), section(blocks[1].CID, blocks[1].Data)...)
	count := 0
	_, err := repo.Verify(ctx, bytes.NewReader(behind), w.id, repo.VerifyOptions{Record: func(repo.Record) error {
		if count++; count == 30 {
			cancel() // only what is behind the last record is left to read
		}
		return nil
	}})
	if count != 30 || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled after %d records: %v", count, err)
	}
}

// TestPathsOfStrangersAreChecked has a tree with a key that is no path.
func TestPathsOfStrangersAreChecked_SY26(t *testing.T) {
	t.Parallel()
	record := data(t, posts, "")
	for _, key := range []string{"a", "com.example.post", "com.example.post/", "com.example.post/a/b", "com.example.post/..", "post/a", "com.example.post/\xff"} {
		file, id := repository(t, mst.Entry{Key: "com.example.post/1", Value: cidOf(record)}, mst.Entry{Key: key, Value: cidOf(record)})
		file = append(file, section(cidOf(record), record)...)
		_, err := repo.Load(t.Context(), file, id, repo.VerifyOptions{})
		if !errors.Is(err, repo.ErrRecord) || !strings.Contains(err.Error(), "(SY-26)") {
			t.Errorf("%q: %v", key, err)
		}
	}
}

// TestRecordsAreNamedAsData has a record under the name of raw bytes, which are
// those of blobs: nothing that takes a stranger's blocks takes it.
func TestRecordsAreNamedAsData_DM11(t *testing.T) {
	t.Parallel()
	record := data(t, posts, "")
	raw := cid.Sum(cid.Raw, record)
	var entries []mst.Entry
	for i := 1; len(entries) < 2; i++ { // in one node, so that the file is in pre-order
		if path := fmt.Sprint("com.example.post/", i); mst.Layer(path) == 0 {
			entries = append(entries, mst.Entry{Key: path, Value: raw})
		}
	}
	file, id := repository(t, entries...)
	for range entries {
		file = append(file, section(raw, record)...)
	}
	opts := repo.VerifyOptions{}
	store := blockstore.NewMemory()
	partial, err := repo.OpenCAR(file, id, opts)
	if err != nil {
		t.Fatal(err)
	}
	message := &repo.Message{
		DID: did, Commit: partial.Head(), Rev: partial.Rev(), Blocks: file,
		Ops: []repo.Op{{Action: repo.ActionCreate, Path: entries[0].Key, CID: raw}, {Action: repo.ActionCreate, Path: entries[1].Key, CID: raw}},
	}
	for name, run := range map[string]func() error{
		"verify": func() error { _, err := repo.Verify(t.Context(), bytes.NewReader(file), id, opts); return err },
		"load":   func() error { _, err := repo.Load(t.Context(), file, id, opts); return err },
		"import": func() error { _, err := repo.Import(t.Context(), store, bytes.NewReader(file), id, opts); return err },
		"proof": func() error {
			_, err := repo.VerifyProof(file, id, posts, repo.Record{Path: entries[0].Key}.Key())
			return err
		},
		"message": func() error { _, err := repo.VerifyMessage(message, id.Key); return err },
		"records": func() error { return lastError(partial.Records(t.Context(), posts)) },
	} {
		err := run()
		if !errors.Is(err, repo.ErrRecord) || !strings.Contains(err.Error(), "(DM-11)") || !namesPlaceAndRule.MatchString(err.Error()) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(store.Blocks()); n != 0 {
		t.Errorf("%d blocks are in the store", n)
	}
	count := 0
	opts.Violation = func(*repo.Error) { count++ }
	opts.MaxHeld = 1 // the blocks of the records are passed, not held
	if _, err := repo.Verify(t.Context(), bytes.NewReader(file), id, opts); err == nil || count != 2 {
		t.Errorf("%d violations, %v", count, err)
	}
}

// repository returns a file with commit and tree of entries, without records.
func repository(t testing.TB, entries ...mst.Entry) ([]byte, repo.Identity) {
	t.Helper()
	sorted := func(yield func(string, cid.CID) bool) {
		for _, e := range entries {
			if !yield(e.Key, e.Value) {
				return
			}
		}
	}
	if len(entries) == 2 && entries[0].Key > entries[1].Key {
		entries[0], entries[1] = entries[1], entries[0]
	}
	var nodes []car.Block
	root, err := mst.Build(sorted, func(b blockstore.Block) error {
		nodes = append(nodes, car.Block{CID: b.CID, Data: bytes.Clone(b.Data)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return signed(t, root, nodes...)
}

// signed returns a file with a signed commit over a tree.
func signed(t testing.TB, root cid.CID, nodes ...car.Block) ([]byte, repo.Identity) {
	t.Helper()
	key := newKey(t, 1)
	c := &repo.Commit{DID: did, Rev: "3jzfcijpj2z2a", Data: root}
	if err := c.Sign(key); err != nil {
		t.Fatal(err)
	}
	b := c.Block()
	return carOf(t, []cid.CID{b.CID}, append([]car.Block{b}, nodes...)...), repo.Identity{DID: did, Key: key.PublicKey()}
}

// TestEveryViolationIsReported damages a repository in several places.
func TestEveryViolationIsReported(t *testing.T) {
	t.Parallel()
	w := filled(t, 60)
	roots, blocks := blocksOf(t, w.export(t))
	var kept []car.Block
	var missing []string
	for i, b := range blocks {
		if i > 2 && i%20 == 0 {
			missing = append(missing, b.CID.String())
			continue
		}
		kept = append(kept, b)
	}
	var got []string
	_, err := repo.Load(t.Context(), carOf(t, roots, kept...), repo.Identity{DID: did, Key: newKey(t, 2).PublicKey()}, repo.VerifyOptions{
		Violation: func(e *repo.Error) { got = append(got, e.Error()) },
	})
	if err == nil || err.Error() != got[0] || !errors.Is(err, repo.ErrSignature) {
		t.Errorf("the first violation is returned: %v", err)
	}
	all := strings.Join(got, "\n")
	for _, c := range missing {
		if !strings.Contains(all, c) {
			t.Errorf("block %s is missing, and that is not reported:\n%s", c, all)
		}
	}
	if len(missing) < 3 || len(got) != len(missing)+1 {
		t.Errorf("%d are missing, reported:\n%s", len(missing), all)
	}
	// What cannot be read ends it.
	got = nil
	_, err = repo.Load(t.Context(), carOf(t, roots, blocks[:10]...)[:1000], w.id, repo.VerifyOptions{
		Violation: func(e *repo.Error) { got = append(got, e.Error()) },
	})
	if !errors.Is(err, repo.ErrFile) || len(got) != 1 {
		t.Errorf("cut off: %v, reported:\n%s", err, strings.Join(got, "\n"))
	}
}

// TestEveryFalseBlockIsReported has false data in two records and a node, and in
// front of the first record a false block that belongs to nothing: each is reported once, by
// its block, and with no path, as it is the file that is at fault.
func TestEveryFalseBlockIsReported_RE33(t *testing.T) {
	t.Parallel()
	w := filled(t, 60)
	roots, blocks := blocksOf(t, w.export(t))
	isRecord := func(b car.Block) bool { return bytes.Contains(b.Data, []byte("$type")) }
	wrong := []car.Block{{CID: cid.Sum(cid.Raw, []byte("foreign")), Data: []byte("false")}}
	counts := map[bool]int{}
	for i, b := range slices.Backward(blocks) {
		if most := map[bool]int{true: 2, false: 1}[isRecord(b)]; counts[isRecord(b)] < most {
			counts[isRecord(b)]++
			blocks[i].Data = []byte("false")
			wrong = append(wrong, blocks[i])
		}
	}
	want := map[string]int{}
	for _, b := range wrong {
		want[b.CID.String()] = 1
	}
	file := carOf(t, roots, slices.Insert(slices.Clone(blocks), slices.IndexFunc(blocks, isRecord), wrong[0])...)
	for name, run := range map[string]func(repo.VerifyOptions) error{
		"verify": func(opts repo.VerifyOptions) error {
			_, err := repo.Verify(t.Context(), bytes.NewReader(file), w.id, opts)
			return err
		},
		"verify in disorder": func(opts repo.VerifyOptions) error {
			backwards := slices.Clone(blocks)
			slices.Reverse(backwards)
			_, err := repo.Verify(t.Context(), bytes.NewReader(carOf(t, roots, append(backwards, wrong[0])...)), w.id, opts)
			return err
		},
		"load": func(opts repo.VerifyOptions) error { _, err := repo.Load(t.Context(), file, w.id, opts); return err },
	} {
		got := map[string]int{}
		err := run(repo.VerifyOptions{Violation: func(e *repo.Error) {
			got[e.Block.String()]++
			if e.Path != "" || !errors.Is(e, repo.ErrFile) || !strings.Contains(e.Reason, "(RE-33)") {
				t.Errorf("%s: reported %v", name, e)
			}
		}})
		if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, repo.ErrFile) {
			t.Errorf("%s: %v, reported (-want +got):\n%s", name, err, diff)
		}
		if err := run(repo.VerifyOptions{}); !errors.Is(err, repo.ErrFile) || strings.Contains(err.Error(), "record") {
			t.Errorf("%s: without a list of violations: %v", name, err)
		}
	}
}

// TestVerifyRefusesRevsOfTheFuture verifies what a clock is behind of by little,
// and by too much.
func TestVerifyRefusesRevsOfTheFuture_UN21(t *testing.T) {
	t.Parallel()
	w := filled(t, 10) // at noon
	file := w.export(t)
	for lead, refused := range map[time.Duration]bool{0: false, repo.MaxRevLead: false, repo.MaxRevLead + time.Microsecond: true} {
		opts := repo.VerifyOptions{Now: func() time.Time { return noon.Add(-lead) }}
		_, err := repo.Verify(t.Context(), bytes.NewReader(file), w.id, opts)
		if errors.Is(err, repo.ErrRev) != refused || !refused && err != nil {
			t.Errorf("verified %v before: %v", lead, err)
		}
		if _, err := repo.Load(t.Context(), file, w.id, opts); errors.Is(err, repo.ErrRev) != refused {
			t.Errorf("loaded %v before: %v", lead, err)
		}
		to := blockstore.NewMemory()
		if _, err := repo.Import(t.Context(), to, bytes.NewReader(file), w.id, opts); errors.Is(err, repo.ErrRev) != refused || refused != (len(to.Blocks()) == 0) {
			t.Errorf("imported %v before: %v", lead, err)
		}
	}
}

// TestVerifyRefusesRevsThatLookOld has revs with the highest bit, which read as 1970
// and after which no clock has one.
func TestVerifyRefusesRevsThatLookOld_UN21(t *testing.T) {
	t.Parallel()
	opts := repo.VerifyOptions{Now: func() time.Time { return noon }}
	for rev, refused := range map[syntax.TID]bool{"3jzfcijpj2z2a": false, "c222222222222": true} {
		w, root := newWorld(t, repo.WriterOptions{}), node(t, cid.CID{})
		c := &repo.Commit{DID: did, Rev: rev, Data: root.CID}
		if err := c.Sign(w.key); err != nil {
			t.Fatal(err)
		}
		head := c.Block()
		_, err := repo.Verify(t.Context(), bytes.NewReader(carOf(t, []cid.CID{head.CID}, head, root)), w.id, opts)
		if errors.Is(err, repo.ErrRev) != refused || !refused && err != nil {
			t.Errorf("%s, of %v: %v", rev, rev.Time(), err)
		}
	}
}

// TestVerifyNeedsLittleMemory streams large files in pre-order, with the limits
// that hold when nobody says otherwise: 2 GiB, or a part of that in short mode, and
// one of short records, of which many fit into what may be held.
//
//nolint:paralleltest // memory is measured
func TestVerifyNeedsLittleMemory_RE20_RE34(t *testing.T) {
	large := 2 << 30
	if testing.Short() {
		large = 192 << 20
	}
	for _, c := range []struct{ size, record int }{{large, 600 << 10}, {48 << 20, 1 << 10}} {
		reader, id := bigRepository(t, c.size/c.record+1, c.record)
		peak := heapPeak(func() {
			contents, err := repo.Verify(t.Context(), reader, id, repo.VerifyOptions{})
			if err != nil || contents.Records != c.size/c.record+1 {
				t.Errorf("%+v, %v", contents, err)
			}
		})
		t.Logf("%d bytes, heap at most %d bytes", reader.count, peak)
		if reader.count < int64(c.size) || peak > 64<<20 {
			t.Errorf("the heap grew to %d bytes, more than 64 MiB, for %d bytes", peak, reader.count)
		}
	}
}

// TestVerifyInDisorderStaysWithinItsMemory verifies a file that is longer than
// what may be held, and in no order: it is refused, and the error says how to have
// it accepted.
//
//nolint:paralleltest // memory is measured
func TestVerifyInDisorderStaysWithinItsMemory_RE34(t *testing.T) {
	path := filepath.Join(t.TempDir(), "repo.car")
	size, id := writeInDisorder(t, path, 2*repo.DefaultMaxHeld)
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	peak := heapPeak(func() {
		_, err = repo.Verify(t.Context(), file, id, repo.VerifyOptions{})
	})
	if !errors.Is(err, repo.ErrLimit) || !strings.Contains(err.Error(), "MaxHeld") || !strings.Contains(err.Error(), "(RE-34)") {
		t.Errorf("got %v", err)
	}
	if peak > 64<<20 {
		t.Errorf("the heap grew to %d bytes, more than 64 MiB", peak)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := repo.Verify(t.Context(), file, id, repo.VerifyOptions{MaxHeld: 2 * size}); err != nil {
		t.Errorf("with more memory: %v", err)
	}
}

// writeInDisorder writes a file of about size bytes, and returns how many they are
// and whose it is.
func writeInDisorder(t *testing.T, path string, size int) (int64, repo.Identity) {
	t.Helper()
	const record = 40 << 10
	w := newWorld(t, repo.WriterOptions{Limits: repo.NoLimits})
	writes := make([]repo.Write, size/record+1)
	for i := range writes {
		writes[i] = repo.CreateData(posts, keyOf(i), data(t, posts, strings.Repeat(fmt.Sprint(i%10), record)+fmt.Sprint(i)))
	}
	if _, err := w.w.Init(t.Context(), did, writes...); err != nil {
		t.Fatal(err)
	}
	mixed := shuffled(t, w.export(t), 5)
	if err := os.WriteFile(path, mixed, 0o600); err != nil {
		t.Fatal(err)
	}
	return int64(len(mixed)), w.id
}

// heapPeak returns the most that the heap has had of objects, dead ones included,
// while run was running.
func heapPeak(run func()) uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	done, peak := make(chan struct{}), make(chan uint64)
	runtime.GC()
	go func() {
		tick := time.NewTicker(200 * time.Microsecond)
		defer tick.Stop()
		most := uint64(0)
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			select {
			case <-done:
				peak <- most
				return
			case <-tick.C:
			}
		}
	}()
	run()
	close(done)
	return <-peak
}

// TestLoadNeedsAtMostThreeTimesTheFile measures the most that the heap has while
// a repository is loaded from memory, in order and in disorder: with the file, at
// most three times as much as that. While one in disorder is verified from a
// stream, three times as much as the file is held, without it.
//
//nolint:paralleltest // memory is measured
func TestLoadNeedsAtMostThreeTimesTheFile_RE20(t *testing.T) {
	count := 100_000
	if testing.Short() {
		count = 10_000
	}
	file, id := onlyFile(bigFile(t, count))
	mixed := shuffled(t, file, 3)
	base := heapPeak(func() {})
	loads := map[string]func() error{
		"loaded": func() error {
			_, err := repo.Load(t.Context(), file, id, repo.VerifyOptions{})
			return err
		},
		"loaded, in disorder": func() error {
			_, err := repo.Load(t.Context(), mixed, id, repo.VerifyOptions{})
			return err
		},
		"verified from a stream, in disorder": func() error {
			defer debug.SetGCPercent(debug.SetGCPercent(20)) // what is held counts, not what is dead
			_, err := repo.Verify(t.Context(), bytes.NewReader(mixed), id, repo.VerifyOptions{MaxHeld: 1 << 30})
			return err
		},
	}
	for name, run := range loads {
		var err error
		peak := heapPeak(func() { err = run() })
		took := peak - min(peak, base)
		if strings.HasPrefix(name, "loaded") {
			took += uint64(len(file))
		}
		t.Logf("a file of %d bytes, %s: %d", len(file), name, took)
		if err != nil || took > 3*uint64(len(file)) {
			t.Errorf("a file of %d bytes, %s, took %d: %v", len(file), name, took, err)
		}
	}
	runtime.KeepAlive(file)
	runtime.KeepAlive(mixed)
}

// onlyFile leaves the store of a world to the garbage collector.
func onlyFile(w world, file []byte) ([]byte, repo.Identity) { return file, w.id }

// counter counts what is read.
type counter struct {
	io.Reader

	count int64
}

func (c *counter) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.count += int64(n)
	return n, err
}

// bigRepository returns a reader of a repository in pre-order whose records are
// made while it is read.
func bigRepository(t *testing.T, count, recordSize int) (*counter, repo.Identity) {
	t.Helper()
	maker := &maker{numbers: map[cid.CID]int{}, size: recordSize, store: blockstore.NewMemory()}
	entries := func(yield func(string, cid.CID) bool) {
		for i := range count {
			c := cidOf(maker.record(i))
			maker.numbers[c] = i
			if !yield("com.example.post/"+string(keyOf(i)), c) {
				return
			}
		}
	}
	w := world{store: maker.store, key: newKey(t, 1)}
	var nodes []blockstore.Block
	root, err := mst.Build(entries, func(b blockstore.Block) error {
		nodes = append(nodes, blockstore.Block{CID: b.CID, Data: bytes.Clone(b.Data)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	head := store(t, w, &repo.Commit{DID: did, Rev: "3jzfcijpj2z2a", Data: root}, nodes...)
	r, err := repo.Open(t.Context(), maker, head)
	if err != nil {
		t.Fatal(err)
	}
	in, out := io.Pipe()
	go func() { out.CloseWithError(r.Export(context.Background(), out)) }()
	t.Cleanup(func() { in.Close() })
	return &counter{Reader: in}, repo.Identity{DID: did, Key: w.key.PublicKey()}
}

// maker is a source that makes records when they are asked for.
type maker struct {
	store   *blockstore.Memory
	numbers map[cid.CID]int
	size    int
	buf     []byte
}

// record returns record i, which is valid until the next call.
func (m *maker) record(i int) []byte {
	if m.buf == nil {
		b, err := lex.MarshalCBOR(map[string]any{"$type": string(posts), "n": lex.Bytes(make([]byte, m.size))})
		if err != nil {
			return nil
		}
		m.buf = b
	}
	for k := range 8 { // the last bytes of the record are zeros of n
		m.buf[len(m.buf)-30-k] = byte(i >> (8 * k) & math.MaxUint8)
	}
	return m.buf
}

// Get implements [blockstore.Source].
func (m *maker) Get(ctx context.Context, c cid.CID) ([]byte, error) {
	if i, ok := m.numbers[c]; ok {
		return m.record(i), nil
	}
	return m.store.Get(ctx, c)
}
