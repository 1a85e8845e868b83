package relay

import (
	"slices"
	"strings"
	stdsync "sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Reasons of a relay, besides those of package sync, why an event is not passed on.
const (
	ReasonTakendown   sync.Reason = "takendown"    // the operator has taken the account down (SN-59)
	ReasonThrottled   sync.Reason = "throttled"    // its host has too many accounts (SN-54)
	ReasonRateLimited sync.Reason = "rate-limited" // an #identity of an account that is not at the host, which says such things too often (SN-42)
	ReasonFrame       sync.Reason = "frame"        // a frame that cannot be read, whose account is not known
	ReasonSeq         sync.Reason = "seq"          // the seq does not rise (SN-52)
)

// A Rejection is an event that was not passed on.
type Rejection struct {
	Time time.Time `json:"time"`
	Host string    `json:"host"`
	// Seq is that of the host, 0 if it is not known, as where a frame cannot be read.
	Seq int64 `json:"seq,omitempty"`
	// DID is the account, "" if that is not known.
	DID    syntax.DID  `json:"did,omitempty"`
	Reason sync.Reason `json:"reason"`
	// Detail says what was wrong, in at most 300 bytes.
	Detail string `json:"detail"`
}

// How many rejections are kept: of a host, of an account at one host, of how many of these,
// and of how many bytes, those of hosts and of accounts each.
const (
	keptOfHost      = 50
	keptOfAccount   = 10
	accountsOfThose = 20_000
	maxRejections   = 16 << 20
	maxDetail       = 300
)

// refusals are the last rejections of what a name stands for: a host, or an account of which
// some host has sent events. Where they are too many, or too large, those of the host are
// forgotten that has the most, whose name was rejected longest ago: strangers who send what
// is rejected push out what is theirs.
type refusals struct {
	keep int // of each name at each host

	mu    stdsync.Mutex
	hosts map[string]*refusalsOfHost
	names int // of all hosts
	bytes int // that all take, about
}

type refusalsOfHost struct {
	by    *simplelru.LRU[string, []Rejection]
	bytes int
}

func newRefusals(keep int) *refusals {
	return &refusals{keep: keep, hosts: map[string]*refusalsOfHost{}}
}

// sizeOf is about what rejections take in memory.
func sizeOf(all []Rejection) (bytes int) {
	const each = 256 // besides its texts
	for i := range all {
		bytes += each + len(all[i].DID) + len(all[i].Detail)
	}
	return bytes
}

// add keeps one of a name, or of none if that is "".
func (r *refusals) add(name string, one Rejection) {
	if name == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	h := r.hosts[one.Host]
	if h == nil {
		h = &refusalsOfHost{}
		h.by, _ = simplelru.NewLRU[string, []Rejection](accountsOfThose+1, nil) // fails for sizes that are not positive
		r.hosts[one.Host] = h
	}
	before, known := h.by.Get(name)
	if !known {
		r.names++
	}
	all := lastOf(before, one, r.keep)
	h.by.Add(name, all)
	h.grow(r, sizeOf(all)-sizeOf(before))
	for r.names > accountsOfThose || r.bytes > maxRejections {
		r.shrink()
	}
}

func (h *refusalsOfHost) grow(r *refusals, more int) {
	h.bytes += more
	r.bytes += more
}

// shrunkAtOnce is of how many names something is forgotten when there is no room for more, so
// that the host that has the most is looked for once in a while.
const shrunkAtOnce = 500

// shrink forgets those of the host that has the most, down to what hosts have on average.
func (r *refusals) shrink() {
	var most string
	for name, h := range r.hosts {
		if m := r.hosts[most]; m == nil || h.bytes > m.bytes {
			most = name
		}
	}
	h, average := r.hosts[most], r.bytes/len(r.hosts)
	for n := 0; n == 0 || n < shrunkAtOnce && h.bytes > average; n++ {
		_, gone, _ := h.by.RemoveOldest()
		r.names--
		h.grow(r, -sizeOf(gone))
	}
	if h.by.Len() == 0 {
		delete(r.hosts, most)
	}
}

// of returns the rejections of a name, the last one first: of each host those that are kept,
// and keptOfHost in all. Each host has its last ones among them.
func (r *refusals) of(name string) []Rejection {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := []Rejection{}
	var rest [][]Rejection
	for _, h := range r.hosts {
		if some, ok := h.by.Peek(name); ok {
			rest = append(rest, some)
		}
	}
	for back := 1; len(all) < keptOfHost; back++ {
		before := len(all)
		for _, some := range rest {
			if back <= len(some) && len(all) < keptOfHost {
				all = append(all, some[len(some)-back])
			}
		}
		if len(all) == before {
			break
		}
	}
	slices.SortStableFunc(all, func(a, b Rejection) int { return b.Time.Compare(a.Time) })
	return all
}

// lastOf appends one and forgets the first ones. It makes a new slice, so that others
// may read the old one.
func lastOf(all []Rejection, one Rejection, keep int) []Rejection {
	if over := len(all) + 1 - keep; over > 0 {
		all = all[over:]
	}
	return append(append(make([]Rejection, 0, len(all)+1), all...), one)
}

// detailOf returns the text of an error, cut between two characters, in memory of its own.
func detailOf(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	if len(text) > maxDetail {
		return strings.ToValidUTF8(text[:maxDetail-len(visible.Cut)], "") + visible.Cut
	}
	return strings.Clone(text)
}
