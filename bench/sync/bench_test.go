package sync_test

import (
	"testing"

	"github.com/lexgen/lexgen/bench/recording"
	"github.com/lexgen/lexgen/bench/report"
	bench "github.com/lexgen/lexgen/bench/sync"
	"github.com/lexgen/lexgen/internal/shared"
)

// comparison is that of cmd/bench.
func comparison(t testing.TB) report.Comparison {
	t.Helper()
	c, err := bench.Verification(t.Context(), recording.Dir(shared.Dir(t, "data", "firehose")))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestEverybodyDoesTheSameWork runs each way over the recording.
func TestEverybodyDoesTheSameWork(t *testing.T) {
	t.Parallel()
	for _, variant := range comparison(t).Variants {
		if err := variant.Run(300); err != nil {
			t.Errorf("%s: %v", variant.Name, err)
		}
	}
}

// BenchmarkVerify runs the same variants one after another, for profiles:
//
//	go test ./sync -run '^$' -bench 'Verify/lexgen$' -cpuprofile cpu.out && go tool pprof -top cpu.out
//
// The figures to quote are those of cmd/bench.
func BenchmarkVerify(b *testing.B) {
	for _, variant := range comparison(b).Variants {
		b.Run(variant.Name, func(b *testing.B) {
			b.ReportAllocs()
			if err := variant.Run(b.N); err != nil {
				b.Fatal(err)
			}
		})
	}
}
