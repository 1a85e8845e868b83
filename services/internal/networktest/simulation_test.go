package networktest

import (
	"flag"
	"testing"
)

var (
	seeds  = flag.Int("seeds", 0, "how many seeds are simulated: 200, or 10 in short tests, if it is 0")
	traces = flag.Int("traces", 10, "how many seeds are simulated three times, to compare the traces")
	first  = flag.Uint64("seed", 0, "the first of the seeds; alone, without -seeds, it is simulated with its trace")
)

// TestAllAgree simulates 50 accounts on 5 hosts for each seed: at the end the follower
// has the status and every record of each. Seeds that failed once are among them, and
// a new one that fails is added to them. Over all seeds each step and each fault has
// happened.
func TestAllAgree_SN36_SN39_SN41_ES14(t *testing.T) {
	t.Parallel()
	n := *seeds
	switch {
	case n == 0 && *first != 0:
		TryOne(t, Chance(*first), Plan{}, StartFollower)
		return
	case n == 0 && testing.Short():
		n = 10
	case n == 0:
		n = 200
	}
	counts, tried := TryAll(t, Chance(*first)+1, n, Plan{}, StartFollower)
	enough(t, counts, tried)
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
	TrySame(t, 1000, n, Plan{}, StartFollower)
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
