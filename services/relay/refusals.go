package relay

import (
	stdsync "sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

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

// How many rejections are kept.
const (
	keptOfHost      = 50
	keptOfAccount   = 10
	accountsOfThose = 20_000
	maxDetail       = 300
)

// refusals are the last rejections of accounts.
type refusals struct {
	mu        stdsync.Mutex
	byAccount *simplelru.LRU[syntax.DID, []Rejection]
}

func newRefusals() *refusals {
	byAccount, _ := simplelru.NewLRU[syntax.DID, []Rejection](accountsOfThose, nil) // fails for sizes that are not positive
	return &refusals{byAccount: byAccount}
}

func (r *refusals) add(one Rejection) {
	if one.DID == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	all, _ := r.byAccount.Get(one.DID)
	r.byAccount.Add(one.DID, lastOf(all, one, keptOfAccount))
}

// of returns the rejections of an account, the last one first.
func (r *refusals) of(did syntax.DID) []Rejection {
	r.mu.Lock()
	defer r.mu.Unlock()
	all, _ := r.byAccount.Peek(did)
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

// detailOf returns the text of an error, cut.
func detailOf(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	if len(text) > maxDetail {
		text = text[:maxDetail-3] + "..."
	}
	return text
}
