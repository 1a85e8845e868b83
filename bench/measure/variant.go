package measure

import (
	"fmt"
	"runtime"
	"slices"
	"time"
)

// A Variant is one way to do the work.
type Variant struct {
	Name string
	// Run does the work n times. Before the first measurement it has run at
	// least once.
	Run func(n int) error
	// Children says that the work is done by child processes, one call at a
	// time: then their user time counts and not that of this process.
	Children bool
}

// Options of a comparison.
type Options struct {
	// Rounds is how often each variant is measured.
	Rounds int
	// Slice is how much processor time one measurement takes. It does not
	// matter to variants with children.
	Slice time.Duration
}

// A Result is what one variant cost.
type Result struct {
	Name string
	// Rounds are the costs of doing the work once, one for each round.
	Rounds []time.Duration
	// Allocs and Bytes are what doing the work once allocates on the heap.
	Allocs, Bytes float64
}

// CPU returns the median of the rounds.
func (r Result) CPU() time.Duration { return median(r.Rounds) }

// Spread returns the distance of the quartiles from each other as a share of
// the median: how noisy the measurement was.
func (r Result) Spread() float64 {
	sorted := slices.Sorted(slices.Values(r.Rounds))
	low, high := sorted[len(sorted)/4], sorted[len(sorted)*3/4]
	return float64(high-low) / float64(r.CPU())
}

// Ratio returns how many times as much as other r costs: the median of the
// ratios of each round. Both are from one call of Compare.
func (r Result) Ratio(other Result) float64 {
	ratios := make([]float64, len(r.Rounds))
	for i := range ratios {
		ratios[i] = float64(r.Rounds[i]) / float64(other.Rounds[i])
	}
	return median(ratios)
}

func median[T time.Duration | float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// Compare measures the variants, which must do the same work, in turns. The
// results are in the order of the variants.
func Compare(variants []Variant, o Options) ([]Result, error) {
	results := make([]Result, len(variants))
	counts := make([]int, len(variants))
	for i, v := range variants {
		var err error
		if counts[i], err = calibrate(v, o.Slice); err != nil {
			return nil, fmt.Errorf("%s: %w", v.Name, err)
		}
		results[i].Name = v.Name
	}
	for round := range o.Rounds {
		for turn := range variants {
			i := (turn + round) % len(variants)
			if err := results[i].add(variants[i], counts[i]); err != nil {
				return nil, fmt.Errorf("%s: %w", variants[i].Name, err)
			}
		}
	}
	return results, nil
}

// calibrate returns how often v must run to use about slice.
func calibrate(v Variant, slice time.Duration) (int, error) {
	if v.Children {
		return 1, v.Run(1)
	}
	const enough = 5 // of 5 parts of a slice is measured well enough
	for n := 1; ; n *= 2 {
		cost, err := v.cost(n)
		if err != nil {
			return 0, err
		}
		if cost >= slice/enough {
			return max(1, int(float64(n)*float64(slice)/float64(cost))), nil
		}
	}
}

// add measures v once more.
func (r *Result) add(v Variant, n int) error {
	var before, after runtime.MemStats
	runtime.GC() // what earlier turns left is not v's
	runtime.ReadMemStats(&before)
	cost, err := v.cost(n)
	if err != nil {
		return err
	}
	runtime.ReadMemStats(&after)
	r.Rounds = append(r.Rounds, cost/time.Duration(n))
	r.Allocs = float64(after.Mallocs-before.Mallocs) / float64(n)
	r.Bytes = float64(after.TotalAlloc-before.TotalAlloc) / float64(n)
	return nil
}

// cost returns the processor time of running v n times.
func (v Variant) cost(n int) (time.Duration, error) {
	clock := ownCPU
	if v.Children {
		clock = childrenCPU
	}
	start, err := clock()
	if err != nil {
		return 0, err
	}
	if err := v.Run(n); err != nil {
		return 0, err
	}
	end, err := clock()
	return end - start, err
}
