package identity_test

import (
	"testing"

	"github.com/lexgen/lexgen/bench/identity"
)

// TestEverybodyDoesTheSameWork prepares the comparisons, which proves it, and runs
// each way once.
func TestEverybodyDoesTheSameWork(t *testing.T) {
	t.Parallel()
	comparisons, err := identity.Comparisons()
	if err != nil {
		t.Fatal(err)
	}
	for _, comparison := range comparisons {
		for _, variant := range comparison.Variants {
			if err := variant.Run(1); err != nil {
				t.Errorf("%s: %s: %v", comparison.Rows[0].Work, variant.Name, err)
			}
		}
	}
}
