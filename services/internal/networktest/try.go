package networktest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
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

// TryOne simulates a seed and prints its trace.
func TryOne(t *testing.T, seed Chance, plan Plan, start Start) {
	t.Helper()
	plan.Full = true
	r, err := Try(t, seed, plan, start)
	if r != nil {
		t.Log(r.Trace.Text(), r.Counts.All())
	}
	if err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
}

// TryAll simulates the seeds that have failed once and n more, of which it keeps those
// that fail. It returns what has happened in all of them, and how many they were.
func TryAll(t *testing.T, first Chance, n int, plan Plan, start Start) (counts map[string]int, tried int) {
	t.Helper()
	kept := keptSeeds(t)
	all := slices.Clone(kept)
	for i := range n {
		all = append(all, first+Chance(i))
	}
	var sum Counts
	lines := 0
	for _, seed := range all {
		r, err := Try(t, seed, plan, start)
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
			if !slices.Contains(kept, seed) {
				keep(t, seed)
			}
			continue
		}
		lines += r.Trace.Lines()
		sum.Merge(&r.Counts)
	}
	t.Logf("%d seeds, %d lines of traces, %v", len(all), lines, sum.All())
	return sum.All(), len(all)
}

// TrySame simulates seeds with one processor and with two: all that has happened, to the
// nanosecond, is the same. The test must not be a parallel one.
func TrySame(t *testing.T, first Chance, n int, plan Plan, start Start) {
	t.Helper()
	plan.Full = true
	for i := range n {
		seed := first + Chance(i)
		var before *Trace
		for _, processors := range []int{1, 2, 2} {
			was := runtime.GOMAXPROCS(processors)
			r, err := Try(t, seed, plan, start)
			runtime.GOMAXPROCS(was)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if before != nil && before.Sum() != r.Trace.Sum() {
				t.Errorf("seed %d: %s", seed, before.Difference(r.Trace))
			}
			before = r.Trace
		}
	}
}

// seedsFile is where seeds are that have failed once, one a line, with what it was behind
// it.
const seedsFile = "testdata/seeds"

// keptSeeds returns them.
func keptSeeds(t *testing.T) (all []Chance) {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(seedsFile))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		text, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Chance(n))
	}
	return all
}

// keep adds a seed that has failed.
func keep(t *testing.T, seed Chance) {
	t.Helper()
	f, err := os.OpenFile(filepath.FromSlash(seedsFile), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = fmt.Fprintln(f, uint64(seed))
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Errorf("the seed %d is not kept: %v", seed, err)
	}
}
