package xrpc_test

import (
	"testing"

	"github.com/lexgen/lexgen/bench/xrpc"
)

// TestEverybodyDoesTheSameWork prepares the comparisons, which proves it, and runs
// each way a few times.
func TestEverybodyDoesTheSameWork(t *testing.T) {
	t.Parallel()
	comparisons, closeAll, err := xrpc.Comparisons()
	if err != nil {
		t.Fatal(err)
	}
	defer closeAll()
	for _, comparison := range comparisons {
		for _, variant := range comparison.Variants {
			if err := variant.Run(10); err != nil {
				t.Errorf("%s: %s: %v", comparison.Rows[0].Work, variant.Name, err)
			}
		}
	}
}
