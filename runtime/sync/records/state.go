package records

import (
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A State says how far the records of an account that are stored are in step with its
// repository (SN-43).
type State int

// The states.
const (
	// Desynchronized is that of an account that is new, or of which something was
	// missed. Its events are dropped.
	Desynchronized State = iota
	// InProgress is that of one whose repository is being fetched. Its events are
	// queued.
	InProgress
	// Synchronized is that of one whose events are applied as they come.
	Synchronized
)

// String returns the name in lower case, such as for metrics.
func (s State) String() string {
	switch s {
	case InProgress:
		return "in-progress"
	case Synchronized:
		return "synchronized"
	case Desynchronized:
	}
	return "desynchronized"
}

// A Repo is what is kept of an account besides its records.
type Repo struct {
	DID   syntax.DID
	State State
	// Rev and Data are those of the commit that the stored records are of; "" and
	// undefined before the first.
	Rev  syntax.TID
	Data cid.CID
	// Want is the last rev that is known of: a repository that is fetched must have it,
	// or a later one, as nothing is taken back.
	Want syntax.TID
	// Active and Status are what the account's server, or the relay, says of it (SN-70).
	Active bool
	Status string
	// Handle is the one that was verified last, or handle.invalid; "" if nobody has
	// asked yet.
	Handle syntax.Handle
	// Host is the origin of the account's server when it was last looked up, "" before.
	Host string
	// Epoch rises with each resync that begins. One that finds another epoch than
	// its own has been overtaken.
	Epoch int64
	// Attempts is how many have failed in a row, and Reason why the last one did.
	Attempts int
	Reason   sync.Reason
	// Next is when a desynchronized account is to be fetched; the zero time for one
	// that is not, because it is not active. Stores keep microseconds.
	Next time.Time
	// Queued, QueuedBytes and QueuedRev are how many events wait for the end of the
	// resync, how large they are, and the rev of the last one.
	Queued      int
	QueuedBytes int64
	QueuedRev   syntax.TID
	// Version is for the store: it rises with each change.
	Version int64
}

// account is what is known for a [sync.Verifier].
func (r *Repo) account() *sync.Account {
	return &sync.Account{
		DID: r.DID, Rev: r.Rev, Data: r.Data, Active: r.Active, Status: r.Status, Desynchronized: r.State != Synchronized,
	}
}

// desynchronize has the repository fetched at a time, up to a rev at least, and forgets
// what is queued.
func (r *Repo) desynchronize(want syntax.TID, at time.Time) {
	r.State, r.Want = Desynchronized, max(r.Want, want, r.QueuedRev)
	r.Queued, r.QueuedBytes, r.QueuedRev = 0, 0, ""
	r.Next = time.Time{}
	if r.Active {
		r.Next = at
	}
}

// deleted is what is left of an account that was deleted. Should it come back, its
// revs go on.
func (r *Repo) deleted() {
	r.Active, r.Status = false, StatusDeleted
	r.desynchronize(r.Rev, time.Time{})
	r.Rev, r.Data, r.Attempts, r.Reason = "", cid.CID{}, 0, ""
}

// An Entry is a record that is stored: its path, COLLECTION/KEY, and its CID, which in a
// [Change] is undefined for one that is to be removed.
type Entry struct {
	Path string
	CID  cid.CID
}

// A Queued event is what a commit did to the records of a repository that is being
// fetched.
type Queued struct {
	Rev      syntax.TID
	Since    syntax.TID
	PrevData cid.CID
	Data     cid.CID
	Records  []RecordEvent // those that the filter lets through
}

// size is how many bytes it takes, about.
func (q *Queued) size() int64 {
	n := int64(200)
	for _, r := range q.Records {
		n += int64(200 + len(r.Path) + len(r.Data))
	}
	return n
}
