package mst_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// hostile is a tree that is made to cost its reader much.
type hostile struct {
	name   string
	source *blocks
	root   cid.CID
	key    string // one whose way leads into the trap
	reads  int    // the most that any operation may read
}

func hostileTrees(t *testing.T) []hostile {
	t.Helper()
	return []hostile{sharedByLayer(t), sharedChildren(t), endlessChain(t), wideNode(), emptyHash(), sharedChain(t)}
}

// sharedByLayer is a tree of 2^8 paths in 9 nodes, all of which are in their
// layer.
func sharedByLayer(t *testing.T) hostile {
	t.Helper()
	h := hostile{name: "children shared, in their layers", source: newBlocks(), key: "0"}
	child := null()
	for layer := range 9 {
		e := plain(keyOf(t, layer, fmt.Sprintf("%d/", layer)))
		e.tree = child
		h.root = h.source.node(rawNode(child, e))
		child = link(h.root)
	}
	h.reads = len(h.source.data) + 1 // the one that is found to occur twice is read twice
	return h
}

// sharedChildren is a tree of 2^40 paths in 41 nodes.
func sharedChildren(t *testing.T) hostile {
	t.Helper()
	h := hostile{name: "children shared, 40 levels", source: newBlocks(), key: "0", reads: 2}
	child := null()
	for level := range 41 {
		e := plain(keyOf(t, min(level, 8), fmt.Sprintf("%02d/", level)))
		e.tree = child
		h.root = h.source.node(rawNode(child, e))
		child = link(h.root)
	}
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
	h.reads = 2 * len(h.source.data)
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
		whole := map[string]func(context.Context) error{
			"load":      func(ctx context.Context) error { _, err := tree.Load(ctx); return err },
			"walk":      func(ctx context.Context) error { return firstError(ctx, tree) },
			"entries":   func(ctx context.Context) error { return entriesError(ctx, tree) },
			"diff from": func(ctx context.Context) error { _, _, err := mst.Diff(ctx, tree, honest); return err },
			"diff to":   func(ctx context.Context) error { _, _, err := mst.Diff(ctx, honest, tree); return err },
		}
		oneWay := map[string]func(context.Context) error{
			"get":    func(ctx context.Context) error { _, err := tree.Get(ctx, h.key); return err },
			"proof":  func(ctx context.Context) error { _, err := tree.Proof(ctx, h.key); return err },
			"cover":  func(ctx context.Context) error { _, err := tree.Cover(ctx, h.key); return err },
			"put":    func(ctx context.Context) error { _, err := tree.Edit().Put(ctx, h.key, record(1)); return err },
			"delete": func(ctx context.Context) error { _, err := tree.Edit().Delete(ctx, h.key); return err },
			"invert": func(ctx context.Context) error { _, err := mst.Invert(ctx, tree, change); return err },
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
	if h.source.reads > h.reads {
		t.Errorf("%s: %s: %d reads, more than %d", h.name, name, h.source.reads, h.reads)
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
