package networktest

import (
	"context"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A System follows the hosts of a world, and is what a simulation tries. What it keeps
// outlives a call of Run.
//
// Its calls go over [Network.HTTPClient], its servers are served by [Network.Serve], its
// identities come from [Directory.Cache] or, over the network, from [DirectoryName]. So
// that a seed gives the same trace each time, no two of its timers should end at one
// moment, and nothing should wait for a place that several want at one moment.
type System interface {
	// Run follows until ctx ends, as when the program is killed, and returns once
	// nothing of it runs any more. It may be called again then. An error before the end
	// of ctx is a failure of the simulation.
	Run(ctx context.Context) error
	// View returns what is believed of an account.
	View(did syntax.DID, host *Host) View
}

// A View is what is believed of an account.
type View struct {
	Known   bool // whether it was heard of
	Active  bool
	Records map[string]cid.CID // by path
}

// A Calmer is a [System] that does harm to itself, such as crashes of its parts, until it
// is told that the schedule is at its end.
type Calmer interface{ CalmDown() }

// A Counter is a [System] that has counted what it did.
type Counter interface{ Counted() *Counts }

// A Checker is a [System] that has more to be compared than a [View].
type Checker interface {
	// Check holds what the parts of the system know of an account against its host. It
	// is called at the end, when the system has stopped.
	Check(ctx context.Context, a *Account) error
}

// A Waiter is a [System] that may be behind with an account until that writes again, and
// knows it. A relay is that does not fetch repositories.
type Waiter interface {
	// Waits says whether it is. Active accounts of which it is so write once more before
	// the end.
	Waits(did syntax.DID) bool
}
