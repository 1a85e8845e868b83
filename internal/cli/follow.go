package cli

import (
	"context"
	"time"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// A Follower follows the events of a server until ctx ends, each fails, or the server
// ends the stream, and returns why. It needs generated code, which this package must
// not reach: a program that has the command firehose brings one, see [WithFollower].
type Follower func(ctx context.Context, f *Following) error

// Following says what to follow, and how.
type Following struct {
	Client *xrpc.Client
	Cursor lex.Opt[int64] // absent: what is new
	// Directory says whose accounts events are of, for those who verify them; nil
	// for those who believe all of them.
	Directory *identity.Directory
	// Account says which accounts events are wanted of, and Collection which records:
	// if there is one, events that are about no record are not wanted, unless they
	// are at fault. nil is for all.
	Account    func(syntax.DID) bool
	Collection func(syntax.NSID) bool
	Now        func() time.Time
	// Sleep waits until the time is over or ctx ends, whose error it returns then.
	Sleep func(ctx context.Context, d time.Duration) error
	// Each is given every event that is wanted, one at a time.
	Each func(*FirehoseEvent) error
	// Broken is told of frames that cannot be read, and Reconnecting of why a
	// connection ended, one at a time.
	Broken       func(error)
	Reconnecting func(attempt int, err error)
}

// A FirehoseEvent is one event of a server.
type FirehoseEvent struct {
	Seq  int64
	DID  syntax.DID
	Kind string    // commit, sync, identity, account, or another word of the server
	Time time.Time // when the server says that it was; zero if it does not
	// Verdict is accepted, ignored, gap or refused, "" for what was not verified. If
	// it is not accepted, Reason is a word that says why, and Err the details.
	Verdict, Reason string
	Err             error
	// Records are what happened to the records that are wanted.
	Records []FirehoseRecord
	// Lines are the event as JSON without line breaks, one for each record of a
	// commit; none if it was refused or ignored. Unreadable says which records have
	// none, and why.
	Lines      [][]byte
	Unreadable []error
}

// A FirehoseRecord is what happened to one record.
type FirehoseRecord struct {
	Collection syntax.NSID
	Action     string // create, update or delete
}

// WithFollower brings what the command firehose follows events with.
func WithFollower(f Follower) Option { return func(p *program) { p.follower = f } }
