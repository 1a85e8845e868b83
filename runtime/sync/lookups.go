package sync

import (
	"context"
	"errors"
	"fmt"

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

// LookUp asks a directory about the account of an event, for [Consumer.Handle], and lets events
// of other accounts be handled meanwhile, as [Away] does. Where there is no room for another
// event it may end after a second, see [Consumer.Attempts], with [identity.ErrUnavailable].
func LookUp(ctx context.Context, d Directory, did syntax.DID) (*identity.Identity, error) {
	if l, ok := ctx.Value(lanesKey{}).(*lanes); ok {
		d = lookUps{d, l}
	}
	return d.LookupDID(ctx, did)
}

// lookUps is a directory whose answers hold up only the account that they are about: while
// a stranger's server is waited for, other work has the place.
type lookUps struct {
	Directory

	lanes *lanes
}

// errNoRoom says that a look-up ended early.
var errNoRoom = fmt.Errorf("%w while many wait", identity.ErrUnavailable)

// LookupDID is that of the directory.
func (l lookUps) LookupDID(ctx context.Context, did syntax.DID) (*identity.Identity, error) {
	return l.lookUp(ctx, did, func(ctx context.Context) (*identity.Identity, error) { return l.Directory.LookupDID(ctx, did) })
}

// LookupUnnamed is that of the directory.
func (l lookUps) LookupUnnamed(ctx context.Context, did syntax.DID, fresh bool) (*identity.Identity, error) {
	return l.lookUp(ctx, did, func(ctx context.Context) (*identity.Identity, error) {
		return l.Directory.LookupUnnamed(ctx, did, fresh)
	})
}

// lookUp waits for an answer. What a question that ended early has failed with says no more than
// that, but for whether anybody was asked.
func (l lookUps) lookUp(ctx context.Context, did syntax.DID, ask func(context.Context) (*identity.Identity, error)) (id *identity.Identity, err error) {
	ended := l.lanes.question(ctx, did, func(ctx context.Context) { id, err = ask(ctx) })
	if !ended || err == nil {
		return id, err
	}
	kind := errNoRoom
	if errors.Is(err, identity.ErrLimited) {
		kind = errors.Join(errNoRoom, identity.ErrLimited)
	}
	return nil, &identity.Error{Name: string(did), Reason: "it was given up, as accounts that wait like it leave no room for others", Err: kind}
}
