package records

import (
	"context"
	"errors"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// ErrConflict says that an account has changed since it was read.
var ErrConflict = errors.New("the account has changed since it was read")

// A Store keeps the records of accounts, by path and CID, how far they are in step, and
// the events that wait to be delivered. It belongs to one [Syncer]. Implementations are
// safe for concurrent use. Package storetest has the tests that each must pass.
type Store interface {
	Repos
	Schedule
	Outbox
	Settings
}

// Repos are the part of a [Store] that is about accounts.
type Repos interface {
	// Repo returns what is kept of an account, nil if nothing is.
	Repo(ctx context.Context, did syntax.DID) (*Repo, error)
	// Add adds accounts that are not there, and returns how many those are. Of two with
	// the same DID the first one counts.
	Add(ctx context.Context, repos []Repo) (added int, err error)
	// Change changes an account in one transaction.
	Change(ctx context.Context, c *Change) error
	// Records returns the first records of an account behind a path, in the order of
	// the bytes of their paths, limit at most.
	Records(ctx context.Context, did syntax.DID, after string, limit int) ([]Entry, error)
	// Queue returns the first queued events of an account in the order of their revs,
	// limit at most.
	Queue(ctx context.Context, did syntax.DID, limit int) ([]Queued, error)
	// Counts returns how many accounts there are in each state.
	Counts(ctx context.Context) (map[State]int64, error)
}

// Schedule is the part of a [Store] that is about which accounts are to be fetched.
type Schedule interface {
	// NextHost returns the host that comes after another one, or else the first, among
	// the hosts of desynchronized accounts whose Next is set, in the order of their
	// bytes; false if there is none.
	NextHost(ctx context.Context, after string) (host string, ok bool, err error)
	// Due returns the desynchronized account of a host whose Next is the earliest, of those
	// whose Next is set, and when that is; "" if there is none.
	Due(ctx context.Context, host string) (did syntax.DID, next time.Time, err error)
	// Restart makes all accounts that are in progress desynchronized, with the time for
	// Next, and removes their queues: what was in progress has ended with its process.
	// Their QueuedRev, if it is greater, is the Want from then on.
	Restart(ctx context.Context, now time.Time) error
	// Resync makes all accounts desynchronized, with the time for Next of those that are
	// active, that are in progress or that have a Next, and no Next for others; otherwise as
	// Restart does.
	Resync(ctx context.Context, now time.Time) error
}

// A Change is what happens to an account at once.
type Change struct {
	// Repo replaces what is kept of the account, if that still has the same Version; a
	// Version of 0 stands for an account that is not there. Otherwise nothing changes,
	// and the error is [ErrConflict].
	Repo Repo
	// Forget removes the account with its records and its queue; its events stay, unless
	// they are dropped. It may be that nothing is kept of it.
	Forget bool
	// Clear removes all records.
	Clear bool
	// Drop says which events of the account that wait are removed, before Records are put
	// and Events added.
	Drop Drop
	// Records are put in place of what is stored under their paths.
	Records []Entry
	// Dequeue removes the queued events up to a rev, "" none of them, and [AllQueued]
	// all.
	Dequeue syntax.TID
	// Enqueue is queued, if it is not nil.
	Enqueue *Queued
	// Events wait to be delivered from then on. The store gives them IDs that rise in
	// their order and are greater than all before, of all accounts, and become visible
	// in the order of their IDs.
	Events []Event

	// Dropped are the IDs of the events that were removed, which the store sets.
	Dropped []int64
}

// A Drop says which events of an account that wait are removed.
type Drop int

const (
	// DropNone is none.
	DropNone Drop = iota
	// DropStatus is those of the account itself, of which the last one says all. One with
	// [StatusDeleted] stays, as it says what becomes of the records before it.
	DropStatus
	// DropAll is all but those with [StatusDeleted]; with Clear those, too. Without, each
	// record of which an event is removed is stored as [Untold].
	DropAll
)

// Untold is stored in place of the CID of a record of which it is not known what the
// application was told of it, if anything. No record has it.
var Untold = cid.Sum(cid.Raw, nil)

// AllQueued is a rev that is greater than all.
const AllQueued syntax.TID = "~"

// Outbox is the part of a [Store] that is about events.
type Outbox interface {
	// Waiting returns the first events behind an ID that were not acknowledged, limit
	// at most.
	Waiting(ctx context.Context, after int64, limit int) ([]Ref, error)
	// Event returns one of them, nil if it is not there.
	Event(ctx context.Context, id int64) (*Event, error)
	// Acknowledge removes some.
	Acknowledge(ctx context.Context, ids []int64) error
}

// A Ref is an event by its ID.
type Ref struct {
	ID  int64
	DID syntax.DID
}

// Settings are the part of a [Store] that is about the Syncer itself.
type Settings interface {
	// Setting returns a value, "" if it was not set.
	Setting(ctx context.Context, name string) (string, error)
	SetSetting(ctx context.Context, name, value string) error
}
