package measure_test

import (
	"errors"
	"testing"
	"time"

	"github.com/lexgen/lexgen/bench/measure"
)

func spin(steps int) func(int) error {
	sum := 0
	return func(n int) error {
		for range n * steps {
			sum += sum ^ n
		}
		return nil
	}
}

//nolint:paralleltest // measures the processor time of the process
func TestRatioOfTwiceTheWorkIsTwo(t *testing.T) {
	results, err := measure.Compare([]measure.Variant{
		{Name: "once", Run: spin(10_000)},
		{Name: "twice", Run: spin(20_000)},
	}, measure.Options{Rounds: 9, Slice: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if ratio := results[1].Ratio(results[0]); ratio < 1.6 || ratio > 2.5 {
		t.Errorf("ratio %.2f, want about 2", ratio)
	}
	if got := results[0].Name + results[1].Name; got != "oncetwice" {
		t.Errorf("results are in the order %s", got)
	}
}

//nolint:paralleltest // counts what the process allocates
func TestAllocationsAreCounted(t *testing.T) {
	var keep [][]byte
	results, err := measure.Compare([]measure.Variant{{Name: "two", Run: func(n int) error {
		for range n {
			keep = [][]byte{make([]byte, 1000), make([]byte, 1000)}
		}
		_ = keep
		return nil
	}}}, measure.Options{Rounds: 3, Slice: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if r := results[0]; r.Allocs < 2 || r.Allocs > 4 || r.Bytes < 2000 || r.Bytes > 3000 {
		t.Errorf("%.2f allocations of %.0f bytes, want 2 or 3 of some 2048", r.Allocs, r.Bytes)
	}
}

//nolint:paralleltest // see above
func TestAnErrorEndsTheComparison(t *testing.T) {
	broken := errors.New("broken")
	_, err := measure.Compare([]measure.Variant{{Name: "bad", Run: func(int) error { return broken }}}, measure.Options{Rounds: 1})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}
