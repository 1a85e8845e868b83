package mst_test

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// keyPool are keys of layers 0 to 5, many of which share prefixes.
func keyPool() []string {
	var keys []string
	for i := range 1500 {
		if key := samplePath(i); mst.Layer(key) > 0 || i%8 == 0 {
			keys = append(keys, key)
		}
	}
	return append(keys, "\x00", "\xff", "\xff\xff", "a", "aa", "aaa", "aab", "b")
}

var drawnKeys = rapid.SampledFrom(keyPool())

func drawValue(t *rapid.T) cid.CID { return record(rapid.IntRange(0, 3).Draw(t, "value")) }

func drawContent(t *rapid.T) content {
	c := content{}
	for _, key := range rapid.SliceOfN(drawnKeys, 0, 60).Draw(t, "keys") {
		c[key] = drawValue(t)
	}
	return c
}

// drawNext returns c after some changes, and their keys.
func drawNext(t *rapid.T, c content) (content, []string) {
	next := maps.Clone(c)
	changed := rapid.SliceOfNDistinct(drawnKeys, 0, 8, rapid.ID[string]).Draw(t, "changed")
	if len(c) > 0 {
		changed = append(changed, rapid.SampledFrom(slices.Sorted(maps.Keys(c))).Draw(t, "present"))
	}
	for _, key := range changed {
		if rapid.Bool().Draw(t, "delete") {
			delete(next, key)
		} else {
			next[key] = drawValue(t)
		}
	}
	return next, changed
}

// buildDrawn makes the tree of c, with its nodes in a source.
func buildDrawn(t *rapid.T, c content) (*mst.Tree, *blocks) {
	source := newBlocks()
	root, err := mst.Build(c.sorted(), func(b blockstore.Block) error {
		source.add(b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return mst.Open(source, root), source
}

// apply makes next from old by an edit, in the order of keys.
func apply(t *rapid.T, tree *mst.Tree, next content, keys []string) (*mst.Tree, mst.Delta) {
	edit := tree.Edit()
	for _, key := range keys {
		var err error
		if value, ok := next[key]; ok {
			_, err = edit.Put(t.Context(), key, value)
		} else {
			_, err = edit.Delete(t.Context(), key)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	after, delta, err := edit.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return after, delta
}

func drawnNodes(t *rapid.T, tree *mst.Tree) []blockstore.Block {
	var nodes []blockstore.Block
	for item, err := range tree.Walk(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if item.Node.CID.Defined() {
			nodes = append(nodes, item.Node)
		}
	}
	return nodes
}

// TestTree_ShapeFollowsFromContent makes a tree from leaves up, and by puts and
// deletes in any order on stored, loaded and finished trees.
func TestTree_ShapeFollowsFromContent_RE16(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start, end := drawContent(t), drawContent(t)
		want, _ := buildDrawn(t, end)
		tree, source := buildDrawn(t, start)
		if rapid.Bool().Draw(t, "load") {
			loaded, err := tree.Load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			tree = loaded
		}
		keys := slices.Sorted(maps.Keys(start))
		for key := range end.sorted() {
			keys = append(keys, key)
		}
		keys = rapid.Permutation(keys).Draw(t, "order")
		middle := rapid.IntRange(0, len(keys)).Draw(t, "middle")
		edited, delta := apply(t, tree, end, keys[:middle])
		source.add(delta.Added...)
		source.remove(delta.Removed...)
		edited, delta = apply(t, edited, end, keys[middle:])
		source.add(delta.Added...)
		source.remove(delta.Removed...)
		if edited.Root() != want.Root() {
			t.Fatalf("root: got %v, want %v", edited.Root(), want.Root())
		}
		if diff := cmp.Diff(drawnNodes(t, want), drawnNodes(t, mst.Open(source, edited.Root()))); diff != "" {
			t.Fatalf("nodes (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(cidsOf(drawnNodes(t, want)), slices.SortedFunc(maps.Keys(source.data), cid.CID.Compare)); diff != "" {
			t.Fatalf("nodes that are kept (-want +got):\n%s", diff)
		}
	})
}

// TestEdit_AgreesWithAMap runs operations on an edit and on a map.
func TestEdit_AgreesWithAMap_RE16(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		model := drawContent(t)
		tree, _ := buildDrawn(t, model)
		edit := tree.Edit()
		before := maps.Clone(model)
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				key, value := drawnKeys.Draw(t, "key"), drawValue(t)
				prev, err := edit.Put(t.Context(), key, value)
				if err != nil || prev != model[key] {
					t.Fatalf("put %q: got %v, %v, want %v", key, prev, err, model[key])
				}
				model[key] = value
			},
			"delete": func(t *rapid.T) {
				key := drawnKeys.Draw(t, "key")
				prev, err := edit.Delete(t.Context(), key)
				if err != nil || prev != model[key] {
					t.Fatalf("delete %q: got %v, %v, want %v", key, prev, err, model[key])
				}
				delete(model, key)
			},
			"get": func(t *rapid.T) {
				key := drawnKeys.Draw(t, "key")
				if got, err := edit.Get(t.Context(), key); err != nil || got != model[key] {
					t.Fatalf("get %q: got %v, %v, want %v", key, got, err, model[key])
				}
			},
			"finish": func(t *rapid.T) {
				next, _, err := edit.Finish()
				if err != nil {
					t.Fatal(err)
				}
				want, _ := buildDrawn(t, model)
				if next.Root() != want.Root() {
					t.Fatalf("root: got %v, want %v", next.Root(), want.Root())
				}
			},
		})
		old := content{}
		for e, err := range tree.Entries(t.Context(), mst.Range{}) {
			if err != nil {
				t.Fatal(err)
			}
			old[e.Key] = e.Value
		}
		if diff := cmp.Diff(before, old); diff != "" {
			t.Fatalf("the tree before has changed (-want +got):\n%s", diff)
		}
	})
}

// TestDiff_SaysWhatChanged compares the diff of two trees with that of two
// maps, and its nodes with those of the two trees.
func TestDiff_SaysWhatChanged_RE40(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before := drawContent(t)
		after, _ := drawNext(t, before)
		if rapid.Bool().Draw(t, "unrelated") {
			after = drawContent(t)
		}
		old, oldSource := buildDrawn(t, before)
		next, nextSource := buildDrawn(t, after)
		changes, delta, err := mst.Diff(t.Context(), old, next)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(changesOf(before, after), changes); diff != "" {
			t.Fatalf("changes (-want +got):\n%s", diff)
		}
		var added, removed []cid.CID
		for c := range nextSource.data {
			if oldSource.data[c] == nil {
				added = append(added, c)
			}
		}
		for c := range oldSource.data {
			if nextSource.data[c] == nil {
				removed = append(removed, c)
			}
		}
		if diff := cmp.Diff(sortedCIDs(added), cidsOf(delta.Added)); diff != "" {
			t.Fatalf("nodes added (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(sortedCIDs(removed), sortedCIDs(delta.Removed)); diff != "" {
			t.Fatalf("nodes removed (-want +got):\n%s", diff)
		}
	})
}

// changesOf returns how two maps differ, in the order of keys.
func changesOf(before, after content) []mst.Change {
	all := maps.Clone(before)
	maps.Copy(all, after)
	var changes []mst.Change
	for key := range all.sorted() {
		if before[key] != after[key] {
			changes = append(changes, mst.Change{Key: key, Old: before[key], New: after[key]})
		}
	}
	return changes
}

// TestInvert_OnTheCoverGivesTheRootBefore inverts a commit on nothing but its new nodes and the
// cover of its changes, as a stranger who reads the firehose does.
func TestInvert_OnTheCoverGivesTheRootBefore_RE40_RE41_RE42_RE43(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before := drawContent(t)
		after, keys := drawNext(t, before)
		old, _ := buildDrawn(t, before)
		next, delta := apply(t, old, after, keys)
		changes := changesOf(before, after)
		changed := make([]string, len(changes))
		for i, c := range changes {
			changed[i] = c.Key
		}
		cover, err := next.Cover(t.Context(), changed...)
		if err != nil {
			t.Fatal(err)
		}
		partial := mst.Open(newBlocks(slices.Concat(delta.Added, cover)...), next.Root())
		changes = rapid.Permutation(changes).Draw(t, "order")
		root, err := mst.Invert(t.Context(), partial, changes)
		if err != nil || root != old.Root() {
			t.Fatalf("got %v, %v, want %v", root, err, old.Root())
		}
	})
}

// TestPartialTree_NeverClaims compares what a tree without some of its nodes
// says with what the whole tree says, over every kind of source: the same, or that
// a node is missing.
func TestPartialTree_NeverClaims_RE45(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawContent(t)
		whole, _ := buildDrawn(t, c)
		source := newStock(rapid.SampledFrom(stockNames).Draw(t, "source"))
		source.add(drawnNodes(t, whole)...)
		for _, node := range drawnNodes(t, whole) {
			if rapid.IntRange(0, 3).Draw(t, "missing") == 0 {
				source.remove(node.CID)
			}
		}
		partial := mst.Open(source, whole.Root())
		key, value := drawnKeys.Draw(t, "key"), drawValue(t)
		if got, err := partial.Get(t.Context(), key); !isMissing(err) && (err != nil || got != c[key]) {
			t.Fatalf("get %q: got %v, %v, want %v", key, got, err, c[key])
		}
		put, deleted := maps.Clone(c), maps.Clone(c)
		put[key] = value
		delete(deleted, key)
		checkEdited(t, partial, put, func(e *mst.Edit) (cid.CID, error) { return e.Put(t.Context(), key, value) })
		checkEdited(t, partial, deleted, func(e *mst.Edit) (cid.CID, error) { return e.Delete(t.Context(), key) })

		next, _ := drawNext(t, c)
		other, _ := buildDrawn(t, next)
		changes, _, err := mst.Diff(t.Context(), partial, other)
		if !isMissing(err) && (err != nil || !cmp.Equal(changes, changesOf(c, next))) {
			t.Fatalf("diff: got %v, %v, want %v", changes, err, changesOf(c, next))
		}
		found := content{}
		for e, err := range partial.Entries(t.Context(), mst.Range{}) {
			if err != nil {
				if !isMissing(err) {
					t.Fatal(err)
				}
				return
			}
			found[e.Key] = e.Value
		}
		if !maps.Equal(found, c) {
			t.Fatalf("entries: got %v, want %v", found, c)
		}
	})
}

// checkEdited checks that an edit gives the tree of want, or that a node is
// missing.
func checkEdited(t *rapid.T, tree *mst.Tree, want content, change func(*mst.Edit) (cid.CID, error)) {
	edit := tree.Edit()
	_, err := change(edit)
	next, _, finishErr := edit.Finish()
	if isMissing(err) {
		return
	}
	wanted, _ := buildDrawn(t, want)
	if err != nil || finishErr != nil || next.Root() != wanted.Root() {
		t.Fatalf("edit: got %v, %v, %v, want %v", next, err, finishErr, wanted.Root())
	}
}

// TestProof_ShowsPresenceAndAbsence checks proofs, and that they fail as soon as
// one byte is another one or one node is left out.
func TestProof_ShowsPresenceAndAbsence_RE44_RE45(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawContent(t)
		tree, _ := buildDrawn(t, c)
		key := drawnKeys.Draw(t, "key")
		proof, err := tree.Proof(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := mst.VerifyProof(tree.Root(), key, proof); err != nil || got != c[key] {
			t.Fatalf("got %v, %v, want %v", got, err, c[key])
		}
		i := rapid.IntRange(0, len(proof)-1).Draw(t, "node")
		without := slices.Concat(proof[:i], proof[i+1:])
		if got, err := mst.VerifyProof(tree.Root(), key, without); !isMissing(err) {
			t.Fatalf("without node %d: got %v, %v", i, got, err)
		}
		forged := slices.Clone(proof)
		forged[i].Data = bytes.Clone(forged[i].Data)
		at := rapid.IntRange(0, len(forged[i].Data)-1).Draw(t, "byte")
		forged[i].Data[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if got, err := mst.VerifyProof(tree.Root(), key, forged); err == nil {
			t.Fatalf("with another byte %d of node %d: got %v", at, i, got)
		}
		forged[i].CID = cid.Sum(cid.DagCBOR, forged[i].Data)
		if got, err := mst.VerifyProof(tree.Root(), key, forged); err == nil {
			t.Fatalf("with another node %d: got %v", i, got)
		}
	})
}

func TestEntries_HasTheKeysOfARange(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := drawContent(t)
		tree, source := buildDrawn(t, c)
		bound := rapid.OneOf(drawnKeys, rapid.Just(""), rapid.SampledFrom([]string{"app.bsky.feed.like/", "app.bsky.feed.post/", "a", "c"}))
		r := mst.Range{From: bound.Draw(t, "from"), To: bound.Draw(t, "to")}
		if rapid.Bool().Draw(t, "prefix") {
			r = mst.Prefix(r.From)
		}
		var want, got []mst.Entry
		for key, value := range c.sorted() {
			if key >= r.From && (r.To == "" || key < r.To) {
				want = append(want, mst.Entry{Key: key, Value: value})
			}
		}
		for e, err := range tree.Entries(t.Context(), r) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, e)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("entries (-want +got):\n%s", diff)
		}
		if source.reads > len(source.data) {
			t.Fatalf("%d reads for %d nodes", source.reads, len(source.data))
		}
	})
}
