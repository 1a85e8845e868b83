package faultstore

import (
	"testing"

	"github.com/lexgen/lexgen/runtime/repo/blockstore"
)

// Enumerate runs run on a new store for every call that it makes and every
// effect: the first time its first call fails, then the second, until no call
// is left. What run does to check the outcome it does on kept, the store below,
// as if it had been opened again. Enumerate returns how many faults have fired,
// and ends the test if there was none.
func Enumerate(t testing.TB, open func() blockstore.Store, run func(s *Store, kept blockstore.Store)) int {
	t.Helper()
	fired := 0
	for _, effect := range Effects() {
		for n := 1; ; n++ {
			kept := open()
			s := New(kept, Fault{N: n, Effect: effect})
			run(s, kept)
			if s.Counts().Fired == 0 {
				break
			}
			fired++
		}
	}
	if fired == 0 {
		t.Fatal("no fault has fired: the store is not used")
	}
	return fired
}
