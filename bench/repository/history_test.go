package repository_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	indigo "github.com/bluesky-social/indigo/atproto/repo"
	theirmst "github.com/bluesky-social/indigo/atproto/repo/mst"
	formermst "github.com/bluesky-social/indigo/mst"
	"github.com/google/go-cmp/cmp"
	blocks "github.com/ipfs/go-block-format"
	gocid "github.com/ipfs/go-cid"
	theirblockstore "github.com/ipfs/go-ipfs-blockstore"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// counts are what all histories together did.
type counts struct {
	histories, operations, batches, changes, formerDiffs, covers, files atomic.Int64
}

// TestRandomHistoriesAreThoseOfIndigo changes trees of both at random, in
// batches, and holds them against each other and against a map after each
// batch: values before, roots, changes, nodes, and inversion, of the whole tree
// and of what a message has of it. In the end each reads the other's file.
func TestRandomHistoriesAreThoseOfIndigo_RE10_RE15_RE16_RE17_RE32_RE36_RE41_RE42_RE43(t *testing.T) {
	t.Parallel()
	var done counts
	t.Cleanup(func() { done.checkEnough(t) })
	for seed := range uint64(1000) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			runHistory(t, seed, &done)
		})
	}
}

// checkEnough says that the histories were many, once all have ended.
func (c *counts) checkEnough(t *testing.T) {
	t.Helper()
	t.Logf("%d histories, %d operations in %d batches, %d changes inverted, %d diffs of indigo's former package, %d partial trees, %d files read by the other",
		c.histories.Load(), c.operations.Load(), c.batches.Load(), c.changes.Load(), c.formerDiffs.Load(), c.covers.Load(), c.files.Load())
	for what, enough := range map[*atomic.Int64]int64{
		&c.histories: 1000, &c.operations: 70_000, &c.batches: 10_000, &c.changes: 40_000, &c.formerDiffs: 8_000, &c.covers: 9_000, &c.files: 2000,
	} {
		if what.Load() < enough {
			t.Errorf("%d where %d are expected: too few to prove anything", what.Load(), enough)
		}
	}
}

// historyLength says how many operations a history has: most are short.
func historyLength(random *rand.Rand, seed uint64) int {
	switch {
	case seed%100 == 99:
		return 2000
	case seed%10 == 9:
		return 100 + random.IntN(400)
	}
	return 1 + random.IntN(60)
}

func runHistory(t *testing.T, seed uint64, done *counts) {
	random := rand.New(rand.NewPCG(seed, 1))
	left := historyLength(random, seed)
	h := newHistory(random, 1+random.IntN(left+10))
	for left > 0 {
		n := min(left, 1+random.IntN(1+left/3))
		h.batch(t, n, done)
		left -= n
		done.operations.Add(int64(n))
		done.batches.Add(1)
		if t.Failed() {
			t.Fatalf("batch of %d with %d operations left", n, left)
		}
	}
	h.compareNodes(t)
	h.exchangeFiles(t, done)
	done.histories.Add(1)
}

// history is one tree in three forms: as ours, as indigo's, and as a map.
type history struct {
	random  *rand.Rand
	keys    []string
	deletes float64 // share of operations

	model   map[string]cid.CID
	ours    *mst.Tree
	theirs  theirmst.Tree
	written *nodeStore // every node that indigo has written
	records blockData
}

func newHistory(random *rand.Rand, keys int) *history {
	return &history{
		random: random, keys: randomKeys(random, keys, random.IntN(5) == 0), deletes: 0.05 + 0.6*random.Float64(),
		model: map[string]cid.CID{}, ours: mst.Empty(), theirs: theirmst.NewEmptyTree(),
		written: newNodeStore(), records: blockData{},
	}
}

// batch does n operations at random on all forms, and compares them.
func (h *history) batch(t *testing.T, n int, done *counts) {
	before, old := maps.Clone(h.model), h.ours
	oldRoot, err := h.theirs.WriteDiffBlocks(t.Context(), h.written)
	if err != nil {
		t.Fatal(err)
	}
	edit := h.ours.Edit()
	for range n {
		h.operation(t, edit)
	}
	next, delta, err := edit.Finish()
	if err != nil {
		t.Fatal(err)
	}
	h.ours = next
	nextRoot, err := h.theirs.WriteDiffBlocks(t.Context(), h.written)
	if err != nil {
		t.Fatal(err)
	}
	if !sameCID(next.Root(), nextRoot) {
		t.Fatalf("the root is %s, indigo's is %s", next.Root(), nextRoot)
	}
	changes := changesOf(before, h.model)
	done.changes.Add(int64(len(changes)))
	h.compareDelta(t, old, delta)
	h.compareDiff(t, old, changes, delta)
	h.compareFormerDiff(t, *oldRoot, *nextRoot, changes, done)
	h.compareInversion(t, old.Root(), *oldRoot, changes, done)
}

// operation puts or deletes a key, which may be there or not.
func (h *history) operation(t *testing.T, edit *mst.Edit) {
	key := h.keys[h.random.IntN(len(h.keys))]
	want := h.model[key]
	var prev cid.CID
	var value *gocid.Cid
	var err error
	if h.random.Float64() < h.deletes {
		prev, err = edit.Delete(t.Context(), key)
		delete(h.model, key)
	} else {
		record := newRecord(t, key, h.random.IntN(5)) // few, so that some put what is there
		h.records[record.CID] = record.Data
		value = new(toTheirs(t, record.CID))
		prev, err = edit.Put(t.Context(), key, record.CID)
		h.model[key] = record.CID
	}
	if err != nil || prev != want {
		t.Fatalf("%s was %s, want %s (%v)", key, prev, want, err)
	}
	op, err := indigo.ApplyOp(&h.theirs, key, value)
	if err != nil {
		t.Fatal(err)
	}
	if op.Prev == nil && want.Defined() || op.Prev != nil && !sameCID(want, op.Prev) {
		t.Fatalf("%s was %v to indigo, want %s", key, op.Prev, want)
	}
	if len(h.model) == 0 {
		h.theirs = theirmst.NewEmptyTree() // see TestIndigoKeepsTheHeightOfAnEmptiedTree
	}
}

// TestIndigoKeepsTheHeightOfAnEmptiedTree says why histories begin anew with a
// tree of indigo that becomes empty: the next key would stand below nodes that
// a tree must not have (RE-15). Once indigo has mended that, this test fails.
func TestIndigoKeepsTheHeightOfAnEmptiedTree_RE15(t *testing.T) {
	t.Parallel()
	high, low := "app.bsky.feed.like/3mc73yq33oi74", "app.bsky.feed.post/a." // of layer 2 and 0
	value := newRecord(t, low, 0).CID
	theirs := theirmst.NewEmptyTree()
	ours := mst.Empty().Edit()
	for _, step := range []struct {
		key string
		put bool
	}{{high, true}, {high, false}, {low, true}} {
		if step.put {
			_, err := ours.Put(t.Context(), step.key, value)
			_, theirErr := theirs.Insert([]byte(step.key), toTheirs(t, value))
			if err != nil || theirErr != nil {
				t.Fatal(err, theirErr)
			}
			continue
		}
		_, err := ours.Delete(t.Context(), step.key)
		_, theirErr := theirs.Remove([]byte(step.key))
		if err != nil || theirErr != nil {
			t.Fatal(err, theirErr)
		}
	}
	tree, _, err := ours.Finish()
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := theirmst.LoadTreeFromMap(map[string]gocid.Cid{low: toTheirs(t, value)})
	if err != nil {
		t.Fatal(err)
	}
	want, err := fresh.RootCID()
	if err != nil || !sameCID(tree.Root(), want) {
		t.Fatalf("the root is %s, that of a new tree of indigo %s (%v)", tree.Root(), want, err)
	}
	if root, err := theirs.RootCID(); err != nil || *root == *want {
		t.Errorf("indigo's emptied tree has the right root: histories need not begin anew (%v)", err)
	}
}

// compareDelta says that the added nodes are those that indigo has written, and
// that added and removed ones are what the node sets of the trees say.
func (h *history) compareDelta(t *testing.T, old *mst.Tree, delta mst.Delta) {
	for _, block := range delta.Added {
		if theirs, ok := h.written.data[block.CID]; !ok || !bytes.Equal(theirs, block.Data) {
			t.Errorf("the added node %s is %x, indigo's is %x", block.CID, block.Data, theirs)
		}
	}
	if len(h.model) > 500 && h.random.IntN(10) > 0 {
		return // large trees take long
	}
	was, is := nodesOf(t, old), nodesOf(t, h.ours)
	added, removed := maps.Clone(is), maps.Clone(was)
	maps.DeleteFunc(added, func(c cid.CID, _ []byte) bool { return was[c] != nil })
	maps.DeleteFunc(removed, func(c cid.CID, _ []byte) bool { return is[c] != nil })
	got := blocksOf(delta.Added)
	sameBlocks(t, "added nodes", added, got)
	if len(got) != len(delta.Added) {
		t.Errorf("%d added nodes, %d of them different", len(delta.Added), len(got))
	}
	if !slices.Equal(delta.Removed, slices.SortedFunc(maps.Keys(removed), cid.CID.Compare)) {
		t.Errorf("removed nodes %v, want the keys of %v", delta.Removed, removed)
	}
}

// compareDiff says that the two versions of the tree, opened from nodes that
// indigo has written, differ as the maps do.
func (h *history) compareDiff(t *testing.T, old *mst.Tree, changes []mst.Change, delta mst.Delta) {
	got, gotDelta, err := mst.Diff(t.Context(), mst.Open(h.written.data, old.Root()), mst.Open(h.written.data, h.ours.Root()))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(changes, got) {
		t.Errorf("changes (-want +got):\n%s", cmp.Diff(changes, got))
	}
	sameBlocks(t, "added nodes of Finish and Diff", blocksOf(delta.Added), blocksOf(gotDelta.Added))
	if len(gotDelta.Added) != len(delta.Added) || !slices.Equal(gotDelta.Removed, delta.Removed) {
		t.Errorf("Diff has %d added nodes, and removed %v; Finish %d and %v", len(gotDelta.Added), gotDelta.Removed, len(delta.Added), delta.Removed)
	}
}

// compareFormerDiff says that indigo's former package finds the same changes. It
// has no keys of more than 256 bytes.
func (h *history) compareFormerDiff(t *testing.T, old, next gocid.Cid, changes []mst.Change, done *counts) {
	if slices.ContainsFunc(h.keys, func(key string) bool { return len(key) > 256 }) {
		return // it refuses them
	}
	ops, err := formermst.DiffTrees(t.Context(), h.written, old, next)
	if err != nil {
		t.Fatal(err)
	}
	var got []mst.Change
	for _, op := range ops {
		got = append(got, mst.Change{Key: op.Rpath, Old: toOurs(t, op.OldCid), New: toOurs(t, op.NewCid)})
	}
	slices.SortFunc(got, func(a, b mst.Change) int { return strings.Compare(a.Key, b.Key) })
	if !slices.Equal(changes, got) {
		t.Errorf("changes of indigo's former package (-want +got):\n%s", cmp.Diff(changes, got))
	}
	done.formerDiffs.Add(1)
}

// compareInversion takes changes back on the whole tree, and on the nodes that
// a message would have: both come to the root before.
func (h *history) compareInversion(t *testing.T, old cid.CID, theirOld gocid.Cid, changes []mst.Change, done *counts) {
	shuffled := slices.Clone(changes)
	h.random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	keys := make([]string, len(changes))
	for i, change := range shuffled {
		keys[i] = change.Key
	}
	if len(changes) == 0 {
		return // there is no cover
	}
	cover, err := h.ours.Cover(t.Context(), keys...)
	if err != nil {
		t.Fatal(err)
	}
	partial := newNodeStore()
	for _, block := range cover {
		partial.data[block.CID] = block.Data
	}
	whole := h.theirs.Copy()
	part, err := theirmst.LoadTreeFromStore(t.Context(), partial, toTheirs(t, h.ours.Root()))
	if err != nil {
		t.Fatal(err)
	}
	for what, tree := range map[string]*mst.Tree{"the tree": h.ours, "its cover": mst.Open(partial.data, h.ours.Root())} {
		if root, err := mst.Invert(t.Context(), tree, shuffled); err != nil || root != old {
			t.Errorf("inverting on %s gives %s, want %s (%v)", what, root, old, err)
		}
	}
	for what, tree := range map[string]*theirmst.Tree{"the tree": &whole, "its cover": part} {
		if root, err := invertTheirs(t, tree, shuffled); err != nil || root != theirOld {
			t.Errorf("indigo's inverting on %s gives %s, want %s (%v)", what, root, theirOld, err)
		}
	}
	done.covers.Add(1)
}

// invertTheirs puts deleted keys back first (RE-43). indigo's own NormalizeOps
// does not always: see TestIndigoNormalizesToNoOrder.
func invertTheirs(t *testing.T, tree *theirmst.Tree, changes []mst.Change) (gocid.Cid, error) {
	t.Helper()
	var deletions, others []indigo.Operation
	for _, change := range changes {
		op := indigo.Operation{Path: change.Key}
		if change.Old.Defined() {
			op.Prev = new(toTheirs(t, change.Old))
		}
		if change.New.Defined() {
			op.Value = new(toTheirs(t, change.New))
			others = append(others, op)
		} else {
			deletions = append(deletions, op)
		}
	}
	for _, op := range slices.Concat(deletions, others) {
		if err := indigo.InvertOp(tree, &op); err != nil {
			return gocid.Undef, err
		}
	}
	root, err := tree.RootCID()
	if err != nil {
		return gocid.Undef, err
	}
	return *root, nil
}

// TestIndigoNormalizesToNoOrder says why inversion with indigo does not begin
// with NormalizeOps: it puts a creation with a lesser path before this deletion.
// Once indigo has mended that, this test fails.
func TestIndigoNormalizesToNoOrder_RE43(t *testing.T) {
	t.Parallel()
	value := new(toTheirs(t, newRecord(t, "a.b.c/a", 0).CID))
	ops, err := indigo.NormalizeOps([]indigo.Operation{{Path: "a.b.c/b", Prev: value}, {Path: "a.b.c/a", Value: value}})
	if err != nil {
		t.Fatal(err)
	}
	if ops[0].IsDelete() {
		t.Error("indigo puts the deletion first: inversion can begin with NormalizeOps")
	}
}

// compareNodes says that both have the same nodes, and no others, when each
// makes the tree at once from the same entries, and ours after its history, too.
func (h *history) compareNodes(t *testing.T) {
	entries := map[string]gocid.Cid{}
	for key, value := range h.model {
		entries[key] = toTheirs(t, value)
	}
	tree, err := theirmst.LoadTreeFromMap(entries)
	if err != nil {
		t.Fatal(err)
	}
	want := newNodeStore()
	if _, err := tree.WriteDiffBlocks(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	sameBlocks(t, "nodes after the history", want.data, nodesOf(t, h.ours))
	built := blockData{}
	_, err = mst.Build(func(yield func(string, cid.CID) bool) {
		for _, key := range slices.Sorted(maps.Keys(h.model)) {
			if !yield(key, h.model[key]) {
				return
			}
		}
	}, func(b blockstore.Block) error {
		built[b.CID] = bytes.Clone(b.Data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sameBlocks(t, "nodes built at once", want.data, built)
}

// changesOf returns how two maps differ, in the order of the keys.
func changesOf(before, after map[string]cid.CID) []mst.Change {
	var changes []mst.Change
	all := maps.Clone(before)
	maps.Copy(all, after)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if before[key] != after[key] {
			changes = append(changes, mst.Change{Key: key, Old: before[key], New: after[key]})
		}
	}
	return changes
}

// blockData is blocks by CID, as a source.
type blockData map[cid.CID][]byte

func (b blockData) Get(_ context.Context, c cid.CID) ([]byte, error) {
	data, ok := b[c]
	if !ok {
		return nil, &blockstore.MissingError{CID: c}
	}
	return data, nil
}

func blocksOf(list []blockstore.Block) blockData {
	b := blockData{}
	for _, block := range list {
		b[block.CID] = block.Data
	}
	return b
}

func sameBlocks(t *testing.T, what string, want, got blockData) {
	t.Helper()
	if !maps.EqualFunc(want, got, bytes.Equal) {
		t.Errorf("%s (-want +got):\n%s", what, cmp.Diff(want, got))
	}
}

// nodesOf returns the nodes of one of our trees.
func nodesOf(t *testing.T, tree *mst.Tree) blockData {
	t.Helper()
	nodes := blockData{}
	for item, err := range tree.Walk(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if item.Node.CID.Defined() {
			nodes[item.Node.CID] = item.Node.Data
		}
	}
	return nodes
}

// nodeStore is a store for indigo, whose content our trees read, too. Of the
// methods of a store it has those that are called.
type nodeStore struct {
	theirblockstore.Blockstore
	data blockData
}

func newNodeStore() *nodeStore { return &nodeStore{data: blockData{}} }

func (s *nodeStore) Put(_ context.Context, block blocks.Block) error {
	c, err := cid.FromBytes(block.Cid().Bytes())
	s.data[c] = block.RawData()
	return err
}

func (s *nodeStore) Get(ctx context.Context, their gocid.Cid) (blocks.Block, error) {
	c, err := cid.FromBytes(their.Bytes())
	if err != nil {
		return nil, err
	}
	data, err := s.data.Get(ctx, c)
	if err != nil {
		return indigo.NewTinyBlockstore().Get(ctx, their) // fails as indigo expects it
	}
	return blocks.NewBlockWithCid(data, their)
}

func toTheirs(t *testing.T, c cid.CID) gocid.Cid {
	t.Helper()
	their, err := gocid.Cast(c.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return their
}

func toOurs(t *testing.T, their gocid.Cid) cid.CID {
	t.Helper()
	if !their.Defined() {
		return cid.CID{}
	}
	c, err := cid.FromBytes(their.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sameCID(c cid.CID, their *gocid.Cid) bool { return bytes.Equal(c.Bytes(), their.Bytes()) }
