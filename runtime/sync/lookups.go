package sync

import (
	"context"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// lanesKey is that of the lanes in the context of Handle.
type lanesKey struct{}

// Away does what waits for a server, for [Consumer.Handle], and lets events of other accounts
// be handled meanwhile. ctx is the one that Handle was given, or made from it, and the
// goroutine that of Handle. With another ctx it does it as it is.
func Away(ctx context.Context, wait func()) {
	if l, ok := ctx.Value(lanesKey{}).(*lanes); ok {
		l.away(wait)
		return
	}
	wait()
}

// lookUps is a directory whose answers hold up only the account that they are about: while
// a stranger's server is waited for, other work has the place.
type lookUps struct {
	Directory

	lanes *lanes
}

// LookupDID is that of the directory.
func (l lookUps) LookupDID(ctx context.Context, did syntax.DID) (id *identity.Identity, err error) {
	l.lanes.away(func() { id, err = l.Directory.LookupDID(ctx, did) })
	return id, err
}

// LookupUnnamed is that of the directory.
func (l lookUps) LookupUnnamed(ctx context.Context, did syntax.DID, fresh bool) (id *identity.Identity, err error) {
	l.lanes.away(func() { id, err = l.Directory.LookupUnnamed(ctx, did, fresh) })
	return id, err
}
