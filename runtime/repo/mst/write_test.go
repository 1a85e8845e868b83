package mst_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

func discard(blockstore.Block) error { return nil }

func TestKeys_AreRefusedByEveryOperation_RE18(t *testing.T) {
	t.Parallel()
	ctx, tree := t.Context(), mst.Empty()
	for _, key := range []string{"", strings.Repeat("k", mst.MaxKey+1)} {
		_, getErr := tree.Get(ctx, key)
		_, editErr := tree.Edit().Get(ctx, key)
		_, putErr := tree.Edit().Put(ctx, key, record(0))
		_, deleteErr := tree.Edit().Delete(ctx, key)
		_, proofErr := tree.Proof(ctx, key)
		_, coverErr := tree.Cover(ctx, key)
		_, verifyErr := mst.VerifyProof(tree.Root(), key, nil)
		_, invertErr := mst.Invert(ctx, tree, []mst.Change{{Key: key, New: record(0)}})
		_, buildErr := mst.Build(content{key: record(0)}.sorted(), discard)
		for i, err := range []error{getErr, editErr, putErr, deleteErr, proofErr, coverErr, verifyErr, invertErr, buildErr} {
			if !errors.Is(err, mst.ErrKey) {
				t.Errorf("operation %d, key of %d bytes: got %v", i, len(key), err)
			}
		}
	}
	if _, err := tree.Edit().Put(ctx, strings.Repeat("k", mst.MaxKey), record(0)); err != nil {
		t.Errorf("longest key: got %v", err)
	}
}

func TestPut_RefusesValuesThatTheProtocolDoesNotWrite_RE19(t *testing.T) {
	t.Parallel()
	for _, value := range []cid.CID{{}, foreignCID(t)} {
		if _, err := mst.Empty().Edit().Put(t.Context(), "a", value); !errors.Is(err, mst.ErrValue) {
			t.Errorf("value %v: got %v", value, err)
		}
		if _, err := mst.Build(content{"a": value}.sorted(), discard); !errors.Is(err, mst.ErrValue) {
			t.Errorf("built with value %v: got %v", value, err)
		}
	}
}

func TestBuild_RefusesKeysOutOfOrder_RE14(t *testing.T) {
	t.Parallel()
	for _, keys := range [][]string{{"b", "a"}, {"a", "a"}} {
		pairs := func(yield func(string, cid.CID) bool) {
			_ = yield(keys[0], record(0)) && yield(keys[1], record(0))
		}
		if c, err := mst.Build(pairs, discard); !errors.Is(err, mst.ErrOrder) || c.Defined() {
			t.Errorf("%v: got %v, %v", keys, c, err)
		}
	}
}

// TestBuild_EndsWithTheErrorOfEmit fails at every single block.
func TestBuild_EndsWithTheErrorOfEmit(t *testing.T) {
	t.Parallel()
	c, full := sample(50), errors.New("full")
	_, source := build(t, c)
	for n := range len(source.data) {
		calls := 0
		_, err := mst.Build(c.sorted(), func(blockstore.Block) error {
			if calls++; calls > n {
				return full
			}
			return nil
		})
		if !errors.Is(err, full) || calls != n+1 {
			t.Errorf("block %d: got %v after %d calls", n, err, calls)
		}
	}
}

func TestBuild_OfNothingIsTheEmptyTree_RE15(t *testing.T) {
	t.Parallel()
	tree, source := build(t, content{})
	if tree.Root() != mst.Empty().Root() || len(source.data) != 1 {
		t.Errorf("got %v and %d nodes, want %v", tree.Root(), len(source.data), mst.Empty().Root())
	}
}

// TestEdit_IsFinalAfterAMissingNode proves that what was half changed is never
// finished.
func TestEdit_IsFinalAfterAMissingNode(t *testing.T) {
	t.Parallel()
	tree, source := build(t, content{"A0/374913": record(1), "C0/451630": record(2), "B1/986427": record(3)})
	for _, node := range nodesOf(t, tree)[1:] {
		source.remove(node.CID)
	}
	edit := tree.Edit()
	if _, err := edit.Get(t.Context(), "A0/374913"); !isMissing(err) {
		t.Errorf("get: got %v", err)
	}
	if _, err := edit.Put(t.Context(), "B1/986427", record(4)); err != nil {
		t.Errorf("put after an error of get: got %v", err)
	}
	if _, err := edit.Delete(t.Context(), "B1/986427"); !isMissing(err) {
		t.Errorf("delete: got %v", err)
	}
	_, getErr := edit.Get(t.Context(), "B1/986427")
	_, putErr := edit.Put(t.Context(), "B1/986427", record(4))
	_, deleteErr := edit.Delete(t.Context(), "B1/986427")
	_, _, finishErr := edit.Finish()
	for i, err := range []error{getErr, putErr, deleteErr, finishErr} {
		if !isMissing(err) {
			t.Errorf("operation %d afterwards: got %v", i, err)
		}
	}
}

func TestInvert_RefusesChangesThatDidNotLeadToTheTree_RE41_RE43(t *testing.T) {
	t.Parallel()
	tree, _ := build(t, content{"A0/374913": record(1), "B1/986427": record(2)})
	for name, changes := range map[string][]mst.Change{
		"the same key twice": {{Key: "A0/374913", New: record(1)}, {Key: "B1/986427", New: record(2)}, {Key: "A0/374913", Old: record(1)}},
		"no change":          {{Key: "A0/374913", Old: record(1), New: record(1)}},
		"nothing":            {{Key: "A0/374913"}},
		"other creation":     {{Key: "A0/374913", New: record(3)}},
		"no such creation":   {{Key: "C0/451630", New: record(3)}},
		"other update":       {{Key: "A0/374913", Old: record(1), New: record(3)}},
		"no such update":     {{Key: "C0/451630", Old: record(1), New: record(3)}},
		"not deleted":        {{Key: "A0/374913", Old: record(3)}},
		"same and deleted":   {{Key: "A0/374913", Old: record(1)}},
	} {
		if root, err := mst.Invert(t.Context(), tree, changes); !errors.Is(err, mst.ErrChange) || root.Defined() {
			t.Errorf("%s: got %v, %v", name, root, err)
		}
	}
}

// TestInvert_TakesDeletionsBackFirst has a key that was created before one that was
// deleted. With the second back in its place nothing is between the two, and the
// node before the first is not needed: a server may leave it out.
func TestInvert_TakesDeletionsBackFirst_RE43(t *testing.T) {
	t.Parallel()
	const created, deleted = "B1/986427", "D1/ff" // in the same layer
	before, _ := build(t, content{"A0/374913": record(1), deleted: record(2), "E0/670489": record(3)})
	after, source := build(t, content{"A0/374913": record(1), created: record(4), "E0/670489": record(3)})
	nodes := nodesOf(t, after) // the root, and the leaves on either side of the created key
	changes := []mst.Change{{Key: created, New: record(4)}, {Key: deleted, Old: record(2)}}
	source.remove(nodes[1].CID)
	if got, err := mst.Invert(t.Context(), mst.Open(source, after.Root()), changes); err != nil || got != before.Root() {
		t.Errorf("got %v, %v, want %v", got, err, before.Root())
	}
	source.remove(nodes[2].CID)
	if _, err := mst.Invert(t.Context(), mst.Open(source, after.Root()), changes); !isMissing(err) {
		t.Errorf("without the other leaf: got %v", err)
	}
}

func TestVerifyProof_RefusesBlocksWithAnotherHash_RE44(t *testing.T) {
	t.Parallel()
	tree, _ := build(t, content{"A0/374913": record(1)})
	proof, err := tree.Proof(t.Context(), "A0/374913")
	if err != nil {
		t.Fatal(err)
	}
	foreign := cid.FromHash(cid.DagCBOR, sha256.Sum256(nil)).Bytes()
	foreign[2] = 0x1e // the hash of SHA-256 under the name of another
	misnamed, err := cid.FromBytes(foreign)
	if err != nil {
		t.Fatal(err)
	}
	for _, extra := range []blockstore.Block{{CID: record(1)}, {CID: foreignCID(t)}, {CID: misnamed}, {}} {
		if _, err := mst.VerifyProof(tree.Root(), "A0/374913", append(proof, extra)); !errors.Is(err, mst.ErrHash) {
			t.Errorf("extra block %v: got %v", extra.CID, err)
		}
	}
	if _, err := mst.VerifyProof(tree.Root(), "A0/374913", append(proof, blockstore.Block{CID: cid.Sum(cid.Raw, nil)})); err != nil {
		t.Errorf("extra block with its hash: got %v", err)
	}
}

// TestTree_OfAnEditIsWholeBeforeItIsStored reads from a tree whose new nodes
// nobody has stored.
func TestTree_OfAnEditIsWholeBeforeItIsStored(t *testing.T) {
	t.Parallel()
	c := sample(40)
	want, _ := build(t, c)
	tree := insert(t, c)
	for key, value := range c {
		proof, err := tree.Proof(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := mst.VerifyProof(want.Root(), key, proof); err != nil || got != value {
			t.Errorf("%s: got %v, %v, want %v", key, got, err, value)
		}
	}
}

// TestTrees_ThatLackNodesSaySo takes away every node of a tree in turn, and runs
// each kind of change that reads nodes beside the way to its key.
func TestTrees_ThatLackNodesSaySo(t *testing.T) {
	t.Parallel()
	c := content{}
	for i, key := range []string{"A0/374913", "B1/986427", "C0/451630", "D2/269196", "E0/670489", "F1/085263", "G0/765327"} {
		c[key] = record(i)
	}
	tree, source := build(t, c)
	operations := map[string]func(*mst.Tree) (cid.CID, error){
		"raise":  putThere(t, keyOf(t, 3, "E0/9")),
		"split":  putThere(t, keyOf(t, 1, "C0/9")),
		"merge":  deleteThere(t, "B1/986427"),
		"shrink": deleteThere(t, "D2/269196"),
		"load": func(tree *mst.Tree) (cid.CID, error) {
			loaded, err := tree.Load(t.Context())
			if err != nil {
				return cid.CID{}, err
			}
			return loaded.Root(), nil
		},
		"cover": func(tree *mst.Tree) (cid.CID, error) {
			_, err := tree.Cover(t.Context(), "D2/269196")
			return cid.CID{}, err
		},
	}
	for name, operation := range operations {
		want, err := operation(tree)
		if err != nil {
			t.Fatal(err)
		}
		failed := 0
		for _, node := range nodesOf(t, tree) {
			source.remove(node.CID)
			got, err := operation(tree)
			if isMissing(err) {
				failed++
			} else if err != nil || got != want {
				t.Errorf("%s without %v: got %v, %v, want %v", name, node.CID, got, err, want)
			}
			source.add(node)
		}
		if failed < 2 {
			t.Errorf("%s: no more than %d nodes were missed", name, failed)
		}
	}
}

func putThere(t *testing.T, key string) func(*mst.Tree) (cid.CID, error) {
	t.Helper()
	return func(tree *mst.Tree) (cid.CID, error) {
		return mst.Invert(t.Context(), tree, []mst.Change{{Key: key, Old: record(0)}})
	}
}

func deleteThere(t *testing.T, key string) func(*mst.Tree) (cid.CID, error) {
	t.Helper()
	return func(tree *mst.Tree) (cid.CID, error) {
		value, err := tree.Get(t.Context(), key)
		if err != nil {
			return cid.CID{}, err
		}
		return mst.Invert(t.Context(), tree, []mst.Change{{Key: key, New: value}})
	}
}

// TestDelete_OnTopOfATreeThatLacksTheRest proves that a root is not guessed.
func TestDelete_OnTopOfATreeThatLacksTheRest(t *testing.T) {
	t.Parallel()
	tree, source := build(t, content{"A0/374913": record(1), "B1/986427": record(2)})
	source.remove(nodesOf(t, tree)[1].CID)
	if root, err := deleteThere(t, "B1/986427")(tree); !isMissing(err) {
		t.Errorf("got %v, %v", root, err)
	}
}

func TestInvert_DoesNotMakeNodesBeyondTheLimit_RE18(t *testing.T) {
	t.Parallel()
	var changes []mst.Change
	for i := 0; len(changes) <= mst.MaxEntries; i++ {
		if key := samplePath(i); mst.Layer(key) == 0 {
			changes = append(changes, mst.Change{Key: key, Old: record(i)})
		}
	}
	if root, err := mst.Invert(t.Context(), mst.Empty(), changes); !errors.Is(err, mst.ErrLimit) || root.Defined() {
		t.Errorf("got %v, %v", root, err)
	}
}

// TestLoad_OfAChangedTreeSharesNothing loads a tree that is in memory in part.
func TestLoad_OfAChangedTreeSharesNothing(t *testing.T) {
	t.Parallel()
	c := sample(200)
	tree, source := build(t, c)
	edit := tree.Edit()
	c[samplePath(777)] = record(777)
	if _, err := edit.Put(t.Context(), samplePath(777), record(777)); err != nil {
		t.Fatal(err)
	}
	loaded, err := finish(t, edit).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	source.data = nil
	if diff := cmp.Diff(c, contentOf(t, loaded)); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func TestError_NamesNodeAndRule(t *testing.T) {
	t.Parallel()
	source := newBlocks()
	root := source.node(rawNode(null(), plain("")))
	_, err := mst.Open(source, root).Get(t.Context(), "a")
	if got, want := err.Error(), "mst: node "+root.String()+": entry 0 has an empty key (RE-14)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := (&mst.Error{Reason: "too large"}).Error(), "mst: node: too large"; got != want {
		t.Errorf("without a CID: got %s, want %s", got, want)
	}
}

// TestOpen_OfNoRootKnowsNothing proves that an undefined root is not taken for
// an empty tree.
func TestOpen_OfNoRootKnowsNothing_RE45(t *testing.T) {
	t.Parallel()
	ctx, tree := t.Context(), mst.Open(newBlocks(), cid.CID{})
	_, getErr := tree.Get(ctx, "a")
	_, loadErr := tree.Load(ctx)
	_, putErr := tree.Edit().Put(ctx, "a", record(0))
	_, deleteErr := tree.Edit().Delete(ctx, "a")
	_, _, diffErr := mst.Diff(ctx, mst.Empty(), tree)
	_, proofErr := tree.Proof(ctx, "a")
	_, verifyErr := mst.VerifyProof(cid.CID{}, "a", nil)
	for i, err := range []error{getErr, loadErr, putErr, deleteErr, diffErr, proofErr, verifyErr, firstError(ctx, tree), entriesError(ctx, tree)} {
		if !isMissing(err) {
			t.Errorf("operation %d: got %v", i, err)
		}
	}
}
