package records

import (
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// An Observer is told what a [Syncer] does, to count it. Its methods are called by many
// goroutines at once, while no lock is held, and should return soon.
type Observer interface {
	// Handled is told of each event of the stream, whatever its verdict, and in which
	// state the account was: of one that is not kept Desynchronized.
	Handled(r *sync.Result, state State)
	// Fetched is told of each attempt to fetch a repository from a host, an origin: how
	// long it took, how many records have changed, and why it failed, "" if it did not,
	// with the error.
	Fetched(did syntax.DID, host string, took time.Duration, changed int, reason sync.Reason, err error)
	// Moved is told of each account that comes into another state, and why, "" for the
	// ordinary course of things. That of one that comes in progress is why it is fetched, or
	// why the last attempt has failed. With [ReasonRefused] it is told of each that is set
	// aside, even if it was desynchronized before.
	Moved(did syntax.DID, from, to State, reason sync.Reason)
}

// Reasons of this package, besides those of package sync.
const (
	ReasonNew       sync.Reason = "new"         // the account was not known
	ReasonSync      sync.Reason = "sync"        // a #sync says where the repository is (SN-39)
	ReasonOverflow  sync.Reason = "overflow"    // more events have come than are queued
	ReasonQueue     sync.Reason = "queue"       // queued events do not follow on what was fetched
	ReasonNotFound  sync.Reason = "not-found"   // the server does not have the repository
	ReasonSlow      sync.Reason = "slow"        // the repository did not come within its time
	ReasonStale     sync.Reason = "stale"       // something else has happened to the account in between
	ReasonMissed    sync.Reason = "missed"      // a listing says that there is a later rev than the stream did
	ReasonThrottled sync.Reason = "throttled"   // the account was fetched too often (SN-42)
	ReasonBacklog   sync.Reason = "backlog"     // too many of the account's events wait to be delivered
	ReasonRefused   sync.Reason = "refused"     // the application does not take the account's events, of which too many wait
	ReasonDeleted   sync.Reason = "deleted"     // the account was deleted (SN-73)
	ReasonRequested sync.Reason = "requested"   // the application has asked for it, or its filter has changed
	ReasonRestarted sync.Reason = "interrupted" // the fetch was given up before its end
)

// nobody is the Observer of those who have none.
type nobody struct{}

func (nobody) Handled(*sync.Result, State)                                        {}
func (nobody) Fetched(syntax.DID, string, time.Duration, int, sync.Reason, error) {}
func (nobody) Moved(syntax.DID, State, State, sync.Reason)                        {}
