package fanout_test

import (
	"strings"
	"testing"

	"github.com/lexgen/lexgen/bench/fanout"
)

// TestEverybodyDoesTheSameWork runs each way a few times: it ends when all bytes have
// arrived.
func TestEverybodyDoesTheSameWork(t *testing.T) {
	t.Parallel()
	for _, plan := range fanout.Plans() {
		if strings.Contains(plan.Row.Work, "1000 sockets") {
			continue
		}
		comparison, closeAll, err := plan.Prepare(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, variant := range comparison.Variants {
			for _, n := range []int{1, 3} {
				if err := variant.Run(n); err != nil {
					t.Errorf("%s: %s: %v", plan.Row.Work, variant.Name, err)
				}
			}
		}
		closeAll()
	}
}

// BenchmarkFanout is the same work, one variant after another, for profiles.
func BenchmarkFanout(b *testing.B) {
	for _, plan := range fanout.Plans() {
		comparison, closeAll, err := plan.Prepare(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		for _, variant := range comparison.Variants {
			b.Run(plan.Row.Work+"/"+variant.Name, func(b *testing.B) {
				if err := variant.Run(b.N); err != nil {
					b.Fatal(err)
				}
			})
		}
		closeAll()
	}
}
