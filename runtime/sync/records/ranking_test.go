package records

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestARankingIsASortedSlice holds a ranking against a slice of what it should have, which
// is sorted anew after each of some hundred random steps.
func TestARankingIsASortedSlice(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 0))
		var r ranking
		var want []rank
		for step := range 500 {
			did, number := syntax.DID(fmt.Sprintf("did:web:a%d.example.com", random.IntN(30))), random.Int64N(20)-10
			i := slices.IndexFunc(want, func(one rank) bool { return one.did == did })
			if got := r.has(did); got != (i >= 0) {
				t.Fatalf("seed %d, step %d: has %s is %v", seed, step, did, got)
			}
			if i >= 0 {
				want = slices.Delete(want, i, i+1)
			}
			if random.IntN(3) == 0 {
				r.remove(did)
			} else {
				r.set(did, number)
				want = append(want, rank{did: did, number: number})
			}
			holds(t, &r, want)
			if t.Failed() {
				t.Fatalf("seed %d, step %d", seed, step)
			}
		}
		slices.SortFunc(want, func(a, b rank) int { return cmp.Compare(b.number, a.number) })
		for _, one := range want { // in the end they come in their order
			did, number := r.first()
			if r.remove(did); number != one.number {
				t.Fatalf("seed %d: %d comes before %d", seed, number, one.number)
			}
		}
		holds(t, &r, nil)
	}
}

// holds looks whether the first one of a ranking is one with the greatest number of all.
func holds(t *testing.T, r *ranking, want []rank) {
	t.Helper()
	did, number := r.first()
	greatest, is := int64(0), did == "" && len(want) == 0
	for i, one := range want {
		if i == 0 || one.number > greatest {
			greatest = one.number
		}
		is = is || one.did == did && one.number == number
	}
	if !is || number != greatest || len(r.ranks) != len(want) || len(r.of) != len(want) {
		t.Errorf("the first of %d is %q with %d, the greatest of %d %d", len(r.ranks), did, number, len(want), greatest)
	}
}
