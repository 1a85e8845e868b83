// Package ratelimit holds many callers or hosts to a rate each.
package ratelimit

import (
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// A Rate is how often something may happen: Burst times at once, and once more after
// each Every.
type Rate struct {
	Burst int
	Every time.Duration
}

// maxKeys is how many keys a limiter remembers, which bounds its memory to some
// megabytes. Those that were used the longest ago are forgotten first.
const maxKeys = 100_000

// A Limiter holds each key to one rate. Instead of a bucket of tokens it has the time
// at which the bucket will be full, which is the same (generic cell rate algorithm).
// It may be used by any number of goroutines.
type Limiter[K comparable] struct {
	rate Rate
	now  func() time.Time

	mu   sync.Mutex
	full *simplelru.LRU[K, time.Time]
}

// New returns a limiter with full buckets, which asks now for the time.
func New[K comparable](rate Rate, now func() time.Time) *Limiter[K] {
	full, _ := simplelru.NewLRU[K, time.Time](maxKeys, nil) // fails for sizes that are not positive
	return &Limiter[K]{rate: rate, now: now, full: full}
}

// Take counts one use of a key and returns 0, or else how long to wait for the next.
// What is refused does not count.
func (l *Limiter[K]) Take(key K) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	full, wait := l.look(key)
	if wait == 0 {
		l.full.Add(key, full.Add(l.rate.Every))
	}
	return wait
}

// Wait returns how long to wait for the next use of a key, and counts none.
func (l *Limiter[K]) Wait(key K) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, wait := l.look(key)
	return wait
}

// look returns when the bucket of a key will be full, and how long to wait for its next use.
func (l *Limiter[K]) look(key K) (full time.Time, wait time.Duration) {
	now := l.now()
	full, _ = l.full.Get(key)
	if full.Before(now) {
		full = now
	}
	return full, max(0, full.Sub(now)-time.Duration(l.rate.Burst-1)*l.rate.Every)
}
