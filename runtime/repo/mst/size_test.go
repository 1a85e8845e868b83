package mst_test

import "testing"

// TestGet_ReadsOneNodeALayer counts the nodes that are read for one key.
func TestGet_ReadsOneNodeALayer_RE11_RE20(t *testing.T) {
	t.Parallel()
	tree, source := build(t, sample(100_000))
	for i := range 100 {
		source.reads = 0
		key := samplePath(i * 997)
		if value, err := tree.Get(t.Context(), key); err != nil || value != record(i*997) {
			t.Fatalf("%s: got %v, %v", key, value, err)
		}
		if source.reads > 12 {
			t.Errorf("%s: %d reads, more than 12", key, source.reads)
		}
	}
}
