package repository_test

import (
	"strings"
	"testing"

	"github.com/lexgen/lexgen/bench/repository"
)

// TestEverybodyDoesTheSameWork prepares the plans, which proves it, and runs
// each way once.
func TestEverybodyDoesTheSameWork(t *testing.T) {
	t.Parallel()
	for _, plan := range repository.Plans() {
		if strings.HasSuffix(plan.Rows[0].Work, "100k records") && testing.Short() {
			continue
		}
		comparison, err := plan.Prepare(t.Context())
		if err != nil {
			t.Error(err)
			continue
		}
		for _, variant := range comparison.Variants {
			if err := variant.Run(1); err != nil {
				t.Errorf("%s: %s: %v", plan.Rows[0].Work, variant.Name, err)
			}
		}
		if comparison.Close != nil {
			comparison.Close()
		}
	}
}
