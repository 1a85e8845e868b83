package mst_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// hostile is a tree that is made to cost its reader much. No operation may read
// more blocks than there are.
type hostile struct {
	name   string
	source *blocks
	root   cid.CID
	key    string // one whose way leads into the trap
	reads  int    // the most that any operation may read, if that is less
}

func hostileTrees(t *testing.T) []hostile {
	t.Helper()
	return []hostile{
		sharedLevels(t, 2), sharedLevels(t, 3), sharedLevels(t, 9),
		sharedBeyondLayers(t), sharedInOneLayer(t), sharedByCousins(t),
		endlessChain(t), sharedChain(t), bareNode(t),
		wideNode(), emptyHash(),
	}
}

// sharedLevels is a tree of 2^(levels-1) paths in as many nodes as there are levels, all
// of which are in their layer.
func sharedLevels(t *testing.T, levels int) hostile {
	t.Helper()
	h := hostile{name: fmt.Sprint("children shared, ", levels, " levels"), source: newBlocks(), key: "0"}
	h.root = h.shareTwice(t, null(), levels, func(level int) int { return level })
	return h
}

// shareTwice adds nodes, one above the other, each with two links to the one below.
func (h *hostile) shareTwice(t *testing.T, child []byte, levels int, layer func(level int) int) (root cid.CID) {
	t.Helper()
	for level := range levels {
		e := plain(keyOf(t, layer(level), fmt.Sprintf("%02d/", level)))
		e.tree = child
		root = h.source.node(rawNode(child, e))
		child = link(root)
	}
	return root
}

// sharedBeyondLayers is a tree of 2^40 paths in 41 nodes, of which those near the
// root are in their layer, as far down as there are layers.
func sharedBeyondLayers(t *testing.T) hostile {
	t.Helper()
	h := hostile{name: "children shared, 40 levels", source: newBlocks(), key: "0", reads: 9}
	h.root = h.shareTwice(t, null(), 41, func(level int) int { return max(0, level-32) })
	return h
}

// sharedInOneLayer is such a tree whose nodes near the root are all in one layer.
func sharedInOneLayer(t *testing.T) hostile {
	t.Helper()
	h := hostile{name: "children shared, 40 levels in one layer", source: newBlocks(), key: "0", reads: 2}
	h.root = h.shareTwice(t, null(), 41, func(level int) int { return min(level, 8) })
	return h
}

// sharedByCousins is a tree in which two nodes lead to one leaf.
func sharedByCousins(t *testing.T) hostile {
	t.Helper()
	h := hostile{name: "a leaf shared by cousins", source: newBlocks(), key: "A0/374913"}
	leaf := h.source.node(rawNode(null(), plain("A0/374913")))
	left := h.source.node(rawNode(link(leaf), plain(keyOf(t, 1, "B"))))
	right := h.source.node(rawNode(link(leaf), plain(keyOf(t, 1, "D"))))
	e := plain(keyOf(t, 2, "C"))
	e.tree = link(right)
	h.root = h.source.node(rawNode(link(left), e))
	return h
}

// bareNode is a tree whose root has two links to a node that leads to no key.
func bareNode(t *testing.T) hostile {
	t.Helper()
	h := hostile{name: "a node without anything", source: newBlocks(), key: "A"}
	bare := link(h.source.node(rawNode(null())))
	e := plain(keyOf(t, 1, "B"))
	e.tree = bare
	h.root = h.source.node(rawNode(bare, e))
	return h
}

// endlessChain is a tree of a million nodes, one below the other.
func endlessChain(t *testing.T) hostile {
	t.Helper()
	h := hostile{name: "a chain of a million nodes", source: newBlocks(), key: "A", reads: 10}
	length := 1_000_000
	if testing.Short() {
		length = 10_000
	}
	child := h.source.node(rawNode(null(), plain("A0/374913")))
	for range length {
		child = h.source.node(rawNode(link(child)))
	}
	h.root = h.source.node(rawNode(link(child), plain(keyOf(t, 8, "B"))))
	return h
}

// wideNode is a node of 100,000 entries.
func wideNode() hostile {
	h := hostile{name: "a node of 100,000 entries", source: newBlocks(), key: "A", reads: 1}
	entries := make([]rawEntry, 100_000)
	for i := range entries {
		entries[i] = plain(fmt.Sprintf("%06d", i))
	}
	h.root = h.source.node(rawNode(null(), entries...))
	return h
}

// emptyHash is a tree whose value is a CID with a hash of no bytes.
func emptyHash() hostile {
	h := hostile{name: "a hash of no bytes", source: newBlocks(), key: "A", reads: 1}
	e := plain("A0/374913")
	e.value = []byte("\xd8\x2a\x45\x00\x01\x71\x12\x00")
	h.root = h.source.node(rawNode(null(), e))
	return h
}

// sharedChain is a node of many entries between which hangs one chain of nodes
// without entries.
func sharedChain(t *testing.T) hostile {
	t.Helper()
	h := hostile{name: "a shared chain", source: newBlocks(), key: "0"}
	child := h.source.node(rawNode(null(), plain("A0/374913")))
	for range 5 {
		child = h.source.node(rawNode(link(child)))
	}
	var entries []rawEntry
	for i := range 20 {
		e := plain(keyOf(t, 6, fmt.Sprintf("B%02d/", i)))
		e.tree = link(child)
		entries = append(entries, e)
	}
	for i := len(entries) - 1; i > 0; i-- {
		entries[i].prefix = sharedPrefix(entries[i-1].rest, entries[i].rest)
		entries[i].rest = entries[i].rest[entries[i].prefix:]
	}
	h.root = h.source.node(rawNode(link(child), entries...))
	return h
}

func sharedPrefix(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// TestHostileTrees_AreRefusedCheaply runs every operation that reads a tree on
// trees that are made to cost much. Those that go over a whole tree must fail;
// those that go one way must fail, or cost little.
//
//nolint:paralleltest // memory is measured
func TestHostileTrees_AreRefusedCheaply_RE17_RE18(t *testing.T) {
	honest, _ := build(t, sample(100))
	for _, h := range hostileTrees(t) {
		tree := mst.Open(h.source, h.root)
		change := []mst.Change{{Key: h.key, Old: record(1)}}
		all := everyKey(h)
		whole := map[string]func(context.Context) error{
			"load":      func(ctx context.Context) error { _, err := tree.Load(ctx); return err },
			"walk":      func(ctx context.Context) error { return firstError(ctx, tree) },
			"entries":   func(ctx context.Context) error { return entriesError(ctx, tree) },
			"diff from": func(ctx context.Context) error { _, _, err := mst.Diff(ctx, tree, honest); return err },
			"diff to":   func(ctx context.Context) error { _, _, err := mst.Diff(ctx, honest, tree); return err },
		}
		oneWay := map[string]func(context.Context) error{
			"get":     func(ctx context.Context) error { _, err := tree.Get(ctx, h.key); return err },
			"proof":   func(ctx context.Context) error { _, err := tree.Proof(ctx, h.key); return err },
			"cover":   func(ctx context.Context) error { _, err := tree.Cover(ctx, h.key); return err },
			"proofs":  func(ctx context.Context) error { _, err := tree.Proof(ctx, all...); return err },
			"covers":  func(ctx context.Context) error { _, err := tree.Cover(ctx, all...); return err },
			"puts":    func(ctx context.Context) error { return putAll(ctx, tree, all) },
			"inverts": func(ctx context.Context) error { _, err := mst.Invert(ctx, tree, deletions(all)); return err },
			"put":     func(ctx context.Context) error { _, err := tree.Edit().Put(ctx, h.key, record(1)); return err },
			"delete":  func(ctx context.Context) error { _, err := tree.Edit().Delete(ctx, h.key); return err },
			"invert":  func(ctx context.Context) error { _, err := mst.Invert(ctx, tree, change); return err },
		}
		for name, run := range whole {
			if err := h.costs(t, name, run); err == nil {
				t.Errorf("%s: %s: no error", h.name, name)
			} else if _, ok := errors.AsType[*mst.Error](err); !ok {
				t.Errorf("%s: %s: got %v", h.name, name, err)
			}
		}
		for name, run := range oneWay {
			_ = h.costs(t, name, run)
		}
	}
}

// TestProof_RefusesANodeInTwoPlaces asks for two keys whose ways end in the same
// leaf, which stands where it was found first.
func TestProof_RefusesANodeInTwoPlaces_RE14(t *testing.T) {
	t.Parallel()
	h := sharedByCousins(t)
	tree := mst.Open(h.source, h.root)
	for name, find := range map[string]func(context.Context, ...string) ([]blockstore.Block, error){"proof": tree.Proof, "cover": tree.Cover} {
		if _, err := find(t.Context(), "A0/374913", "Az"); err != nil {
			t.Errorf("%s of two keys in one place: %v", name, err)
		}
		if _, err := find(t.Context(), "A0/374913", "Cz"); !errors.Is(err, mst.ErrStructure) || !strings.Contains(err.Error(), "(RE-14)") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// costs checks what run reads and allocates, and returns its error.
func (h *hostile) costs(t *testing.T, name string, run func(context.Context) error) error {
	t.Helper()
	const mostBytes = 8 << 20
	h.source.reads = 0
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := run(t.Context())
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > mostBytes {
		t.Errorf("%s: %s: %d bytes allocated, more than %d", h.name, name, got, mostBytes)
	}
	most := len(h.source.data)
	if h.reads > 0 {
		most = min(most, h.reads)
	}
	if h.source.reads > most {
		t.Errorf("%s: %s: %d reads, more than %d", h.name, name, h.source.reads, most)
	}
	return err
}

func firstError(ctx context.Context, tree *mst.Tree) error {
	for _, err := range tree.Walk(ctx) {
		if err != nil {
			return err
		}
	}
	return nil
}

func entriesError(ctx context.Context, tree *mst.Tree) error {
	for _, err := range tree.Entries(ctx, mst.Range{}) {
		if err != nil {
			return err
		}
	}
	return nil
}

// everyKey returns keys all over a tree: before, between and after those that the
// shapes have.
func everyKey(h hostile) []string {
	keys := []string{h.key, "z"}
	for level := range 41 {
		keys = append(keys, fmt.Sprintf("%02d", level), fmt.Sprintf("%02d0", level))
	}
	for letter := 'A'; letter <= 'F'; letter++ {
		keys = append(keys, string(letter), string(letter)+"z")
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

func putAll(ctx context.Context, tree *mst.Tree, keys []string) error {
	edit := tree.Edit()
	for _, key := range keys {
		if _, err := edit.Put(ctx, key, record(1)); err != nil {
			return err
		}
	}
	_, _, err := edit.Finish()
	return err
}

// deletions returns changes that have deleted keys.
func deletions(keys []string) []mst.Change {
	changes := make([]mst.Change, len(keys))
	for i, key := range keys {
		changes[i] = mst.Change{Key: key, Old: record(1)}
	}
	return changes
}

// TestHugeTrees_AreReadOnce has a tree with more nodes than a reader remembers,
// behind which one node has links to another, which has its place at the first of
// them. Neither an operation that ends with the first error nor a walk that goes
// on reads more than one block twice. That the tree has a million keys is no
// reason to refuse it: the walk yields all of them.
//
//nolint:paralleltest // it takes much memory
func TestHugeTrees_AreReadOnce_RE14_RE17_RE20(t *testing.T) {
	if testing.Short() {
		t.Skip("a tree of 280,000 nodes")
	}
	source, root := hugeTree(t)
	if len(source.data) < 1<<18+1<<10 {
		t.Fatalf("%d nodes are no more than a reader remembers", len(source.data))
	}
	tree := mst.Open(source, root)
	errs, keys := 0, 0
	for name, run := range map[string]func(context.Context) error{
		"load":    func(ctx context.Context) error { _, err := tree.Load(ctx); return err },
		"entries": func(ctx context.Context) error { return entriesError(ctx, tree) },
		"diff":    func(ctx context.Context) error { _, _, err := mst.Diff(ctx, mst.Empty(), tree); return err },
		"walk": func(ctx context.Context) (last error) {
			for item, err := range tree.Walk(ctx) {
				switch {
				case err != nil:
					errs, last = errs+1, err
				case strings.HasPrefix(item.Entry.Key, "0"):
					keys++
				}
			}
			return last
		},
	} {
		source.reads = 0
		err := run(t.Context())
		if _, ok := errors.AsType[*mst.Error](err); !ok {
			t.Errorf("%s: got %v", name, err)
		}
		if blocks := len(source.data); source.reads > blocks+1 {
			t.Errorf("%s: %d reads of %d blocks", name, source.reads, blocks)
		}
	}
	if errs != 1 || keys != hugeKeys {
		t.Errorf("the walk yields %d errors, not one, and %d keys of %d", errs, keys, hugeKeys)
	}
}

// hugeKeys is how many keys the honest part of a huge tree has.
const hugeKeys = 1_050_000

// hugeTree returns a root with two subtrees: an honest one of 280,000 nodes,
// whose keys begin with 0, and behind bare nodes the one with the links.
func hugeTree(t *testing.T) (*blocks, cid.CID) {
	t.Helper()
	source := newBlocks()
	left, err := mst.Build(func(yield func(string, cid.CID) bool) {
		for i := range hugeKeys {
			if !yield(fmt.Sprintf("0%07d", i), record(0)) {
				return
			}
		}
	}, func(b blockstore.Block) error {
		source.add(b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	top := layerOf(t, left, source)
	leaf := link(source.node(rawNode(null(), plain(keyOf(t, 0, "x/a")))))
	below, last := make([]rawEntry, mst.MaxEntries), ""
	for i := range below {
		key := keyOf(t, 1, fmt.Sprintf("x/b%03d/", i))
		prefix := sharedPrefix(last, key)
		below[i] = rawEntry{prefix, key[prefix:], link(record(0)), leaf}
		last = key
	}
	right := source.node(rawNode(leaf, below...))
	for range top - 1 {
		right = source.node(rawNode(link(right)))
	}
	e := plain(keyOf(t, top+1, "1"))
	e.tree = link(right)
	return source, source.node(rawNode(link(left), e))
}

// layerOf returns the layer of the root of a tree.
func layerOf(t *testing.T, root cid.CID, source *blocks) int {
	t.Helper()
	for item, err := range mst.Open(source, root).Walk(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		return item.Layer
	}
	t.Fatal("no root")
	return 0
}
