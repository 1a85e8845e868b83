//go:build !race

package mst_test

// With the race detector the standard library allocates where it does not
// without.

import (
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// TestBuild_AllocatesByLayer builds trees of very different sizes: what is
// allocated grows with their height alone.
//
//nolint:paralleltest // allocations are counted
func TestBuild_AllocatesByLayer_RE20(t *testing.T) {
	for _, n := range []int{1_000, 100_000} {
		entries := entriesOf(sample(n).sorted())
		pairs := func(yield func(string, cid.CID) bool) {
			for _, e := range entries {
				if !yield(e.Key, e.Value) {
					return
				}
			}
		}
		got := testing.AllocsPerRun(1, func() {
			if _, err := mst.Build(pairs, discard); err != nil {
				t.Error(err)
			}
		})
		if got > 150 {
			t.Errorf("%d entries: %v allocations, more than 150", n, got)
		}
	}
}

// TestWalk_AllocatesByNode counts allocations: one for the keys of each node.
//
//nolint:paralleltest // allocations are counted
func TestWalk_AllocatesByNode(t *testing.T) {
	tree, source := build(t, sample(10_000))
	got := testing.AllocsPerRun(1, func() {
		if err := firstError(t.Context(), tree); err != nil {
			t.Error(err)
		}
	})
	if most := float64(len(source.data) + 200); got > most {
		t.Errorf("%v allocations for %d nodes, more than %v", got, len(source.data), most)
	}
}
