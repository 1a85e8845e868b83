package networktest

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"sync"
	"time"
)

// A Chance is the seed of all that happens by chance in a world. What one part of it
// draws does not depend on what others have drawn before, so that the order in which
// goroutines run at one moment has no influence.
type Chance uint64

// Of returns the chance of a part of the world, which is for one user at a time.
func (c Chance) Of(names ...any) *rand.Rand {
	h := fnv.New64a()
	for _, name := range names {
		_, _ = fmt.Fprintf(h, "%v\x00", name) // a hash takes everything
	}
	return rand.New(rand.NewPCG(uint64(c), h.Sum64())) //nolint:gosec // it is to be repeated
}

// between draws a duration from low to less than high. It is drawn in nanoseconds, so
// that hardly ever two timers end at the same moment.
func between(r *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(r.Int64N(int64(high-low)))
}

// sharedFloat returns a source of fractions for many users.
func sharedFloat(r *rand.Rand) func() float64 {
	var mu sync.Mutex
	return func() float64 {
		mu.Lock()
		defer mu.Unlock()
		return r.Float64()
	}
}

// Counts say how often something has happened, by its name. They are safe for
// concurrent use, and the zero value is empty.
type Counts struct {
	mu sync.Mutex
	n  map[string]int
}

// Add counts once more.
func (c *Counts) Add(name string) { c.addN(name, 1) }

func (c *Counts) addN(name string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[name] += n
}

// All returns what was counted.
func (c *Counts) All() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]int{}
	maps.Copy(all, c.n)
	return all
}

// Merge adds what others have counted.
func (c *Counts) Merge(other *Counts) {
	for name, n := range other.All() {
		c.addN(name, n)
	}
}
