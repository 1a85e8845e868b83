package identity

import (
	"errors"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// ErrLimited says that a host was not asked, because it was asked too often of
// late. It comes with ErrUnavailable.
var ErrLimited = errors.New("asked too often")

// A Rate is how often a host is asked at most: Burst times at once, and once more
// after each Every.
type Rate struct {
	Burst int
	Every time.Duration
}

// maxHosts is how many hosts a limiter remembers. Those that were asked the longest
// ago are forgotten first.
const maxHosts = 100_000

// limiter holds hosts to a rate each. Instead of a bucket of tokens it has the time
// at which the bucket will be full, which is the same (generic cell rate algorithm).
type limiter struct {
	rate Rate
	now  func() time.Time

	mu   sync.Mutex
	full *simplelru.LRU[string, time.Time]
}

func newLimiter(rate Rate, now func() time.Time) *limiter {
	full, _ := simplelru.NewLRU[string, time.Time](maxHosts, nil) // fails for sizes that are not positive
	return &limiter{rate: rate, now: now, full: full}
}

// allow counts an attempt, and reports whether it may be made. One that may not
// does not count.
func (l *limiter) allow(host string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	full, _ := l.full.Get(host)
	if full.Before(now) {
		full = now
	}
	if full.Sub(now) > time.Duration(l.rate.Burst-1)*l.rate.Every {
		return false
	}
	l.full.Add(host, full.Add(l.rate.Every))
	return true
}
