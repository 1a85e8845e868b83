package dataplane_test

import (
	"flag"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/lexgen/lexgen/services/internal/networktest"
	"github.com/lexgen/lexgen/services/internal/networktest/dataplane"
)

var (
	seeds  = flag.Int("seeds", 0, "how many seeds are simulated: 200, or 5 in short tests, if it is 0")
	traces = flag.Int("traces", 5, "how many seeds are simulated three times, to compare the traces")
	first  = flag.Uint64("seed", 0, "the first of the seeds; alone, without -seeds, it is simulated with its trace")
)

// plan is that of all simulations here. Of an account that has signed two trees with one
// rev a relay, which fetches nothing, believes the first until it writes again: this is
// tried in the tables, and not here, where all agree at the end.
func plan() networktest.Plan {
	return networktest.Plan{
		Quiet:         20 * time.Minute,
		Misbehaviours: slices.DeleteFunc(networktest.Harmless(), func(m networktest.Misbehaviour) bool { return m == networktest.Fork }),
	}
}

// TestAllAgree simulates 50 accounts on 5 hosts for each seed, with a relay and an indexer
// that crash: at the end both have the status, the rev and every record of each account.
// The seqs of the relay rise and are not used twice, its log says the same as its
// accounts, and who follows it was sent all of it.
func TestAllAgree_SN36_SN39_SN40_SN43_SN44_SN54a_SN54b_SN55_ES08(t *testing.T) {
	t.Parallel()
	allAgree(t, dataplane.Start, nil)
}

// TestAllAgreeWithAnIndexThatRefuses is the same with an index that does not take the events
// of some accounts for a while: those are set aside, and stop nobody.
func TestAllAgreeWithAnIndexThatRefuses_SN41_SN43(t *testing.T) {
	t.Parallel()
	allAgree(t, dataplane.StartRefusing, map[string]int{"set aside": 5})
}

func allAgree(t *testing.T, start networktest.Start, more map[string]int) {
	t.Helper()
	n := *seeds
	switch {
	case n == 0 && *first != 0:
		networktest.TryOne(t, networktest.Chance(*first), plan(), start)
		return
	case n == 0 && testing.Short() && more != nil:
		n = 2
	case n == 0 && testing.Short():
		n = 5
	case n == 0 && more != nil:
		n = 20
	case n == 0:
		n = 200
	}
	least := map[string]int{"create": 50, "write": 40, "records compared": 50, "migrated": 1, "cut": 1, "stall": 1, "crash": 1, "kill": 1}
	maps.Copy(least, more)
	counts, tried := networktest.TryAll(t, networktest.Chance(*first)+1, n, plan(), start)
	for what, each := range least {
		if counts[what] < each*tried {
			t.Errorf("%s: %d in %d seeds, want %d for each", what, counts[what], tried, each)
		}
	}
}

// TestSameSeedSameTrace simulates seeds with one processor and with two.
func TestSameSeedSameTrace(t *testing.T) { //nolint:paralleltest // it changes the number of processors
	n := *traces
	if testing.Short() {
		n = 1
	}
	networktest.TrySame(t, 1000, n, plan(), dataplane.Start)
}
