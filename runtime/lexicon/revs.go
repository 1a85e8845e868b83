package lexicon

import "github.com/lexgen/lexgen/runtime/syntax"

// Revs remember the newest rev that was proved of each account, for longer than a
// [Resolver] remembers schemas: a server that goes back to an older state is refused with
// [ErrStale], see [Options]. They are used by any number of goroutines.
type Revs interface {
	// Newest returns the newest rev of an account, "" if none is known.
	Newest(did syntax.DID) syntax.TID
	// Proved is told of each rev that was proved, in any order.
	Proved(did syntax.DID, rev syntax.TID)
}

// forgetful remembers nothing.
type forgetful struct{}

func (forgetful) Newest(syntax.DID) syntax.TID  { return "" }
func (forgetful) Proved(syntax.DID, syntax.TID) {}
