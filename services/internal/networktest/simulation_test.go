package networktest

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var (
	seeds  = flag.Int("seeds", 0, "how many seeds are simulated: 200, or 10 in short tests, if it is 0")
	traces = flag.Int("traces", 10, "how many seeds are simulated three times, to compare the traces")
	first  = flag.Uint64("seed", 0, "the first of the seeds; alone, without -seeds, it is simulated with its trace")
)

// kept is where seeds are that have failed once, one a line, with what it was behind it.
const kept = "testdata/seeds"

// keptSeeds returns them.
func keptSeeds(t *testing.T) (all []Chance) {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(kept))
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
	f, err := os.OpenFile(filepath.FromSlash(kept), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = fmt.Fprintln(f, uint64(seed))
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Errorf("the seed %d is not kept: %v", seed, err)
	}
}

// TestAllAgree simulates 50 accounts on 5 hosts for each seed: at the end the follower
// has the status and every record of each. Seeds that failed once are among them, and
// a new one that fails is added to them. Over all seeds each step and each fault has
// happened.
func TestAllAgree_SN36_SN39_SN41_ES14(t *testing.T) {
	t.Parallel()
	n := *seeds
	switch {
	case n == 0 && *first != 0:
		one(t, Chance(*first))
		return
	case n == 0 && testing.Short():
		n = 10
	case n == 0:
		n = 200
	}
	all := keptSeeds(t)
	for i := range n {
		all = append(all, Chance(*first)+Chance(i)+1)
	}
	var counts Counts
	lines := 0
	for _, seed := range all {
		r, err := Try(t, seed, Plan{}, StartFollower)
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
			if !slices.Contains(keptSeeds(t), seed) {
				keep(t, seed)
			}
			continue
		}
		lines += r.Trace.Lines()
		counts.Merge(&r.Counts)
	}
	t.Logf("%d seeds, %d lines of traces, %v", len(all), lines, counts.All())
	enough(t, counts.All(), len(all))
}

// one simulates a seed and prints its trace.
func one(t *testing.T, seed Chance) {
	t.Helper()
	r, err := Try(t, seed, Plan{Full: true}, StartFollower)
	if r != nil {
		t.Log(r.Trace.Text(), r.Counts.All())
	}
	if err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
}

// enough fails a test whose load was too low: with 200 seeds, each kind of step and each
// fault must have happened, and those that each seed should have, at least as often as
// there are seeds.
func enough(t *testing.T, counts map[string]int, seeds int) {
	t.Helper()
	for _, often := range []struct {
		name string
		each int
	}{
		{"create", 50}, {"write", 40}, {"records compared", 50}, {"migrated", 1}, {"rotate", 1}, {"cut", 1}, {"stall", 1}, {"pace", 5},
		{"crash", 1}, {"kill", 1}, {"misbehave", 2},
	} {
		if counts[often.name] < often.each*seeds {
			t.Errorf("%s: %d in %d seeds, want %d for each", often.name, counts[often.name], seeds, often.each)
		}
	}
	if seeds < 200 {
		return
	}
	for _, s := range steps {
		if counts[s.name] == 0 && s.name != "slow" {
			t.Errorf("there was no step %q", s.name)
		}
	}
	for _, m := range Harmless() {
		if counts[m.String()] == 0 {
			t.Errorf("no host did this wrong: %s", m)
		}
	}
	if counts["directory unanswered"] == 0 {
		t.Error("the directory of DIDs has always answered")
	}
}

// TestSameSeedSameTrace simulates seeds with one processor and with two: all that has
// happened, to the nanosecond, is the same.
func TestSameSeedSameTrace(t *testing.T) { //nolint:paralleltest // it changes the number of processors
	n := *traces
	if testing.Short() {
		n = 2
	}
	for i := range n {
		seed := Chance(1000 + i)
		var sums, texts []string
		for _, processors := range []int{1, 2, 2} {
			before := runtime.GOMAXPROCS(processors)
			r, err := Try(t, seed, Plan{Full: true}, StartFollower)
			runtime.GOMAXPROCS(before)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			sums, texts = append(sums, r.Trace.Sum()), append(texts, r.Trace.Text())
		}
		if len(slices.Compact(sums)) != 1 {
			t.Errorf("seed %d: %v", seed, firstDifference(texts))
		}
	}
}

// firstDifference returns the first line that traces do not share.
func firstDifference(texts []string) string {
	for _, other := range texts[1:] {
		a, b := strings.Split(texts[0], "\n"), strings.Split(other, "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				return fmt.Sprintf("line %d:\n%s\n%s", i+1, a[i], b[i])
			}
		}
	}
	return "one ends before the other"
}

// TestOtherSeedsOtherTraces makes sure that a trace says something.
func TestOtherSeedsOtherTraces(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for i := range 3 {
		r, err := Try(t, Chance(2000+i), Plan{Accounts: 5, Hosts: 2, Steps: 20}, StartFollower)
		if err != nil {
			t.Fatal(err)
		}
		seen[r.Trace.Sum()] = true
	}
	if len(seen) != 3 {
		t.Errorf("%d traces of 3 seeds", len(seen))
	}
}
