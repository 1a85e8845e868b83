// Package store says what a Relay must remember besides its events: the hosts that it
// follows, the accounts of which they told, which collections these have, and when
// which seq was given. [Memory] forgets it with the process; package sqlstore keeps it
// in a database; package storetest has the tests that each must pass.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// ErrNotFound says that there is no such host or account.
var ErrNotFound = errors.New("not found")

// NoSeq is the seq of a host of which no event was processed yet: it is followed from
// what is new (SN-52).
const NoSeq int64 = -1

// A Host is a server whose events a relay follows, or must not.
type Host struct {
	// Name is the host, with its port if that is not the one of its scheme, in lower
	// case: pds.example.com.
	Name string
	// NoSSL says that the host is reached by http.
	NoSSL bool
	// Seq is that of the last event up to which all were processed; NoSeq before the
	// first. It is changed by [Store.Commit] alone, but for a new host.
	Seq int64
	// Accounts is how many accounts were first seen there, or have moved there. It is
	// changed by [Store.Commit] alone, but for a new host.
	Accounts int64
	// AccountLimit is how many accounts the host may have; those beyond are throttled.
	AccountLimit int64
	// Trusted hosts have no limits.
	Trusted bool
	// Banned says that neither the host nor those below its name are followed.
	Banned bool
	// Stopped is why the host is not followed any more, for the operator; "" if it is.
	Stopped string
	// ByAdmin says that the operator has added the host, which is not counted among
	// the new ones of a day.
	ByAdmin   bool
	FirstSeen time.Time // to the millisecond
}

// An Account is what is known of an account from the events that were processed.
type Account struct {
	DID  syntax.DID
	Host string // the name of the host that is its server
	// Rev, Head and Data are those of the last commit that was passed on: its rev, its
	// CID and that of its tree. Rev is "", and the others undefined, before the first.
	Rev        syntax.TID
	Head, Data cid.CID
	// Active and Status are what its server says (SN-08).
	Active bool
	Status string
	// Desynchronized says that events are missing (SN-36).
	Desynchronized bool
	// Takedown says that the operator of this relay has taken it down (SN-59), and
	// Throttled that its host has too many accounts (SN-54).
	Takedown, Throttled bool
	FirstSeen           time.Time // to the millisecond
}

// A Membership says that an account has, or has had, records in a collection.
type Membership struct {
	DID        syntax.DID
	Collection syntax.NSID
}

// A Batch is what is stored at once, all of it or nothing.
type Batch struct {
	// Accounts replace what was known of them.
	Accounts []Account
	// More is by how many the accounts of hosts have grown, or shrunk.
	More map[string]int64
	// Seqs are those of hosts, see [Host].
	Seqs map[string]int64
	// Memberships are added, and those of the accounts that are Forgotten removed
	// before that.
	Memberships []Membership
	Forgotten   []syntax.DID
}

// Empty reports whether there is nothing in it.
func (b *Batch) Empty() bool {
	return len(b.Accounts) == 0 && len(b.More) == 0 && len(b.Seqs) == 0 && len(b.Memberships) == 0 && len(b.Forgotten) == 0
}

// A Store keeps it. Implementations are safe for concurrent use. What a method was
// given is durable when it returns nil. Lists are in an order of the store's own, which
// is always the same.
type Store interface {
	HostStore
	AccountStore

	// Commit stores a batch.
	Commit(ctx context.Context, b *Batch) error
}

// HostStore has the methods of a [Store] that concern hosts.
type HostStore interface {
	// Host returns a host, or ErrNotFound.
	Host(ctx context.Context, name string) (Host, error)
	// Hosts returns the first hosts behind one, limit at most; "" is the beginning.
	Hosts(ctx context.Context, after string, limit int) ([]Host, error)
	// PutHost adds a host, or changes all of a known one but Seq, Accounts and
	// FirstSeen.
	PutHost(ctx context.Context, h Host) error
	// NewHosts returns how many hosts were first seen at a time or later that the
	// operator has not added.
	NewHosts(ctx context.Context, since time.Time) (int64, error)
}

// AccountStore has the methods of a [Store] that concern accounts.
type AccountStore interface {
	// Account returns an account, or ErrNotFound.
	Account(ctx context.Context, did syntax.DID) (Account, error)
	// Accounts returns the first accounts behind one that have a commit, limit at most;
	// "" is the beginning.
	Accounts(ctx context.Context, after syntax.DID, limit int) ([]Account, error)
	// Throttled returns the accounts of a host that are throttled, those first that
	// were seen first, limit at most.
	Throttled(ctx context.Context, host string, limit int) ([]Account, error)
	// CountThrottled returns how many those are.
	CountThrottled(ctx context.Context, host string) (int64, error)
	// InCollection returns the first accounts behind one with records in a collection,
	// limit at most; "" is the beginning. Those that are taken down here or not active
	// are left out.
	InCollection(ctx context.Context, collection syntax.NSID, after syntax.DID, limit int) ([]syntax.DID, error)
	// Collections returns the collections of an account, limit at most.
	Collections(ctx context.Context, did syntax.DID, limit int) ([]syntax.NSID, error)
}
