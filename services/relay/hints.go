package relay

import (
	"hash/maphash"
	"time"

	"github.com/lexgen/lexgen/internal/ratelimit"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// hints bound how often a host says that the identity of an account that is not there has
// changed, which any host may say (SN-53): each time it is looked up anew, and all who follow
// do the same (SN-42). A move takes one or two. They are kept as hashes: DIDs are long, and of
// strangers.
type hints struct {
	seed    maphash.Seed
	limiter *ratelimit.Limiter[uint64]
}

// hintInterval is after how long one more counts, when there were a few.
const hintInterval = 5 * time.Minute

func newHints(now func() time.Time) *hints {
	return &hints{seed: maphash.MakeSeed(), limiter: ratelimit.New[uint64](ratelimit.Rate{Burst: 3, Every: hintInterval}, now)}
}

func (h *hints) key(host string, did syntax.DID) uint64 {
	return maphash.Comparable(h.seed, [2]string{host, string(did)})
}
