package networktest

import (
	"testing"
	"testing/synctest"
)

// Try simulates a seed in a bubble of its own, for tests of systems: see [Simulate]. The
// report is nil if the world could not be made.
func Try(t *testing.T, seed Chance, plan Plan, start Start) (r *Report, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r, err = Simulate(t.Context(), seed, plan, start)
	})
	return r, err
}
