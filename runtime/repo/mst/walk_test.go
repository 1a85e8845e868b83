package mst_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// TestWalk_IsAPreOrder compares the walk with one that follows from the
// definition, and reads of the source with the nodes that have been yielded:
// it is read when the node's turn comes, not before.
func TestWalk_IsAPreOrderThatReadsEachNodeInItsTurn_RE34(t *testing.T) {
	t.Parallel()
	tree, source := build(t, sample(300))
	loaded, err := tree.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	source.reads = 0
	var items, inMemory []mst.Item
	nodes := 0
	for item, err := range tree.Walk(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if item.Node.CID.Defined() {
			nodes++
			if !bytes.Equal(item.Node.Data, source.data[item.Node.CID]) {
				t.Errorf("node %v has other data than its block", item.Node.CID)
			}
		}
		if source.reads != nodes {
			t.Fatalf("%d reads when %d nodes have been yielded", source.reads, nodes)
		}
		items = append(items, item)
	}
	if nodes != len(source.data) {
		t.Errorf("%d nodes, not %d", nodes, len(source.data))
	}
	checkPreOrder(t, items)
	for item, err := range loaded.Walk(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		inMemory = append(inMemory, item)
	}
	if diff := cmp.Diff(items, inMemory); diff != "" {
		t.Errorf("walk in memory (-want +got):\n%s", diff)
	}
}

// checkPreOrder checks that keys rise, and that each node comes one layer below
// the last item of the layer above.
func checkPreOrder(t *testing.T, items []mst.Item) {
	t.Helper()
	last, layer := "", items[0].Layer+1
	for _, item := range items {
		switch {
		case item.Node.CID.Defined():
			if item.Layer != layer-1 {
				t.Errorf("a node of layer %d after an item of layer %d", item.Layer, layer)
			}
		case item.Entry.Key <= last:
			t.Errorf("%q after %q", item.Entry.Key, last)
		case mst.Layer(item.Entry.Key) != item.Layer:
			t.Errorf("%q in layer %d", item.Entry.Key, item.Layer)
		default:
			last = item.Entry.Key
		}
		layer = item.Layer
	}
}

// TestWalk_GoesOnBehindWhatIsMissing walks a tree that lacks two of its four
// leaves.
func TestWalk_GoesOnBehindWhatIsMissing(t *testing.T) {
	t.Parallel()
	tree, source := fourLeaves(t)
	nodes := nodesOf(t, tree)
	source.remove(nodes[1].CID, nodes[3].CID)
	var keys []string
	var missing []cid.CID
	for item, err := range tree.Walk(t.Context()) {
		if e, ok := errors.AsType[*blockstore.MissingError](err); ok {
			missing = append(missing, e.CID)
		} else if item.Entry.Key != "" {
			keys = append(keys, item.Entry.Key)
		}
	}
	if diff := cmp.Diff([]string{"B1/986427", "C0/451630", "D1/ff", "F1/085263", "G0/765327"}, keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]cid.CID{nodes[1].CID, nodes[3].CID}, missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
}

// fourLeaves makes a tree with three entries in its root.
func fourLeaves(t *testing.T) (*mst.Tree, *blocks) {
	t.Helper()
	c := content{}
	for i, key := range []string{"A0/374913", "B1/986427", "C0/451630", "D1/ff", "E0/670489", "F1/085263", "G0/765327"} {
		c[key] = record(i)
	}
	return build(t, c)
}

// TestLoops_EndWhenTheirBodyDoes breaks out of each loop after every item.
func TestLoops_EndWhenTheirBodyDoes(t *testing.T) {
	t.Parallel()
	tree, source := fourLeaves(t)
	for n := range 3 {
		source.reads = 0
		count := 0
		for range tree.Walk(t.Context()) {
			if count++; count > n {
				break
			}
		}
		for range tree.Entries(t.Context(), mst.Range{}) {
			break
		}
		if most := n + 1 + 2; count != n+1 || source.reads > most {
			t.Errorf("%d items and %d reads, want %d and at most %d", count, source.reads, n+1, most)
		}
	}
}

func TestWalk_EndsWhenItsContextDoes(t *testing.T) {
	t.Parallel()
	store := blockstore.NewMemory()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	tree := mst.Open(store, mst.Empty().Root())
	pairs := 0
	for _, err := range tree.Walk(ctx) {
		if pairs++; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	if pairs != 1 {
		t.Errorf("%d pairs, not one", pairs)
	}
}

// TestDiff_ReadsOnlyWhatDiffers counts reads for one key of a large tree.
func TestDiff_ReadsOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	tree, source := build(t, sample(10_000))
	edit := tree.Edit()
	if _, err := edit.Put(t.Context(), samplePath(4711), record(0)); err != nil {
		t.Fatal(err)
	}
	next, delta, err := edit.Finish()
	if err != nil {
		t.Fatal(err)
	}
	source.add(delta.Added...)
	source.reads = 0
	changes, _, err := mst.Diff(t.Context(), tree, mst.Open(source, next.Root()))
	if err != nil || len(changes) != 1 {
		t.Fatalf("got %v, %v", changes, err)
	}
	if most := 2 * len(delta.Added); source.reads > most {
		t.Errorf("%d reads, more than %d", source.reads, most)
	}
	source.reads = 0
	if _, _, err := mst.Diff(t.Context(), next, next); err != nil || source.reads != 0 {
		t.Errorf("equal trees: %d reads, %v", source.reads, err)
	}
}

// TestDiff_ChecksWhereASharedSubtreeStands gives it a new tree that moves a
// subtree of the old one to where its keys do not belong.
func TestDiff_ChecksWhereASharedSubtreeStands_RE14_RE17(t *testing.T) {
	t.Parallel()
	source := newBlocks()
	leaf := source.node(rawNode(null(), plain("A0/374913"), rawEntry{0, "B0/601692", link(record(0)), null()}))
	between := plain(keyOf(t, 1, "A1")) // between the two keys of the leaf
	root := func(left cid.CID, entries ...rawEntry) *mst.Tree {
		return mst.Open(source, source.node(rawNode(link(left), entries...)))
	}
	old := root(leaf, plain("F1/085263"))
	for name, next := range map[string]*mst.Tree{
		"instead of the key after":  root(leaf, between),
		"before the key after":      root(leaf, between, plain("F1/085263")),
		"in another layer":          root(leaf, plain(keyOf(t, 2, "F"))),
		"the old tree has ended":    root(leaf, between),
		"in another layer and root": mst.Open(source, source.node(rawNode(link(source.node(rawNode(link(leaf), plain("F1/085263"))))))),
	} {
		_, _, err := mst.Diff(t.Context(), old, next)
		if !errors.Is(err, mst.ErrStructure) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestEntries_BeginsAtEachKeyAndBehindIt begins at each key, and just behind it.
func TestEntries_BeginsAtEachKeyAndBehindIt(t *testing.T) {
	t.Parallel()
	tree, _ := fourLeaves(t)
	keys := slices.Sorted(maps.Keys(contentOf(t, tree)))
	for i, key := range keys {
		for from, want := range map[string][]string{key: keys[i:], key + "\x00": keys[i+1:]} {
			got := []string{}
			for e, err := range tree.Entries(t.Context(), mst.Range{From: from}) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, e.Key)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("from %q (-want +got):\n%s", from, diff)
			}
		}
	}
}

// TestDiff_OfTreesWithoutOneKey compares trees that lack one of the keys each,
// and trees of which one has nothing.
func TestDiff_OfTreesWithoutOneKey(t *testing.T) {
	t.Parallel()
	whole, _ := fourLeaves(t)
	c := contentOf(t, whole)
	trees := []content{c, {}}
	for key := range c {
		without := maps.Clone(c)
		delete(without, key)
		trees = append(trees, without)
	}
	for _, a := range trees {
		for _, b := range trees {
			old, oldSource := build(t, a)
			next, _ := build(t, b)
			changes, delta, err := mst.Diff(t.Context(), old, next)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(changesOf(a, b), changes); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			oldSource.add(delta.Added...)
			oldSource.remove(delta.Removed...)
			if diff := cmp.Diff(b, contentOf(t, mst.Open(oldSource, next.Root()))); diff != "" {
				t.Errorf("entries after the diff is applied (-want +got):\n%s", diff)
			}
		}
	}
}
