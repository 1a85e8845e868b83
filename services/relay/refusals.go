package relay

import (
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
	ReasonTakendown sync.Reason = "takendown" // the operator has taken the account down (SN-59)
	ReasonThrottled sync.Reason = "throttled" // its host has too many accounts (SN-54)
	ReasonFrame     sync.Reason = "frame"     // a frame that cannot be read, whose account is not known
	ReasonSeq       sync.Reason = "seq"       // the seq does not rise (SN-52)
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

// How many rejections are kept: of a host, of an account, of how many of these, and of how
// many bytes, those of hosts and of accounts each.
const (
	keptOfHost      = 50
	keptOfAccount   = 10
	accountsOfThose = 20_000
	maxRejections   = 16 << 20
	maxDetail       = 300
)

// refusals are the last rejections of hosts, or of accounts, by their names. Where they are
// too many, or too large, all those of the name are forgotten that was rejected longest ago.
type refusals struct {
	keep int // of each

	mu    stdsync.Mutex
	by    *simplelru.LRU[string, []Rejection]
	bytes int // that they take, about
}

func newRefusals(keep int) *refusals {
	r := &refusals{keep: keep}
	r.by, _ = simplelru.NewLRU(accountsOfThose, func(_ string, gone []Rejection) { r.bytes -= sizeOf(gone) }) // fails for sizes that are not positive
	return r
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
	before, _ := r.by.Get(name)
	all := lastOf(before, one, r.keep)
	r.bytes += sizeOf(all) - sizeOf(before)
	r.by.Add(name, all)
	for r.bytes > maxRejections {
		r.by.RemoveOldest()
	}
}

// of returns the rejections of a name, the last one first.
func (r *refusals) of(name string) []Rejection {
	r.mu.Lock()
	defer r.mu.Unlock()
	all, _ := r.by.Peek(name)
	return reversed(all)
}

// lastOf appends one and forgets the first ones. It makes a new slice, so that others
// may read the old one.
func lastOf(all []Rejection, one Rejection, keep int) []Rejection {
	if over := len(all) + 1 - keep; over > 0 {
		all = all[over:]
	}
	return append(append(make([]Rejection, 0, len(all)+1), all...), one)
}

func reversed(all []Rejection) []Rejection {
	turned := make([]Rejection, 0, len(all))
	for i := range all {
		turned = append(turned, all[len(all)-1-i])
	}
	return turned
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
