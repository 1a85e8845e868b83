package networktest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Misbehaviour is something that a host does wrong with one event.
type Misbehaviour int

// What hosts do wrong: with commits, with the blocks in them, with other events, with
// frames and their seqs, and with connections. The tables say what each is.
const (
	WrongSignature Misbehaviour = iota
	WrongKey
	WrongPrevData
	NoPrevData
	WrongSince
	Fork // the rev before is right, and the tree before another one, in all that the event says
	OmittedOperation
	AllOperationsOmitted
	InventedDeletion
	InventedCreation
	RepeatedOperation
	WrongPrevInOperation
	WrongCIDInOperation
	WrongAction
	WrongPath
	Replay
	OldRev
	FutureRev
	AnnouncedRev
	AnnouncedCommit
	AnnouncedAccount
	ForeignHost
	UnknownAccount
	OversizeBlocks
	OversizeRecord
	TooManyOperations
	InactiveAccount
	SilentRotation
	DocumentWithoutKey
	Tombstone

	NoFile
	TruncatedFile
	WrongHash
	WrongRoot
	NoRoot
	ExtraBlocks
	RepeatedBlocks
	MissingRecord
	MissingNode
	MissingCommit
	MalformedCommit
	MalformedNode

	SyncWrongRev
	SyncOldRev
	SyncFutureRev
	SyncWrongKey
	SyncOfForeignHost
	SyncOfNoCommit
	SyncWithMore
	SyncOversize
	AccountOfForeignHost
	AccountWithStrangeStatus
	IdentityOfForeignHost

	UnknownType
	UnknownOperation
	MalformedPayload
	IncompletePayload
	MalformedHeader
	TrailingBytes
	TextInsteadOfHeader
	OversizeFrame
	SeqRepeated
	SeqFalls
	SeqZero
	SeqNegative
	SeqTooLarge
	SeqLeavesGap
	ErrorFrame
	FutureCursorFrame
	MalformedHeaderKept
	OversizeFrameKept
	SeqFallsKept
	SeqNegativeKept

	StalledSocket
	CutInsideFrame
	EndInsideFrame
	CutBeforeFrame
	SlowSocket
	Flood

	misbehaviours
)

// Misbehaviours returns all that there are.
func Misbehaviours() []Misbehaviour {
	all := make([]Misbehaviour, misbehaviours)
	for i := range all {
		all[i] = Misbehaviour(i)
	}
	return all
}

// String returns the name.
func (m Misbehaviour) String() string { return m.entry().name }

// IDs are the requirements that say what is to be thought of it.
func (m Misbehaviour) IDs() string { return m.entry().ids }

// Want is what a consumer says of the events of the account from the bad one to the
// good one after it, in the form of [Said], divided by semicolons. The consumer fetches
// the repository after a gap.
func (m Misbehaviour) Want() string { return m.entry().want }

// entry looks a misbehaviour up.
func (m Misbehaviour) entry() misbehaviour {
	for _, table := range [][]misbehaviour{commitTable, fileTable, eventTable, frameTable, connectionTable} {
		for _, entry := range table {
			if entry.is == m {
				return entry
			}
		}
	}
	return misbehaviour{name: fmt.Sprintf("misbehaviour %d", int(m))}
}

// A misbehaviour says what to do.
type misbehaviour struct {
	is   Misbehaviour
	name string
	ids  string
	want string
	do   func(f *forgery) error // tells of f.good in the end, unless it says otherwise
}

// Misbehave has an account of the host write twice, and the host do something wrong in
// between: the second event is the good one, which comes last. The fault is counted in
// the network's Faults, under its name, once it was committed; lies that are told only
// to whoever follows are counted when they are told. The account must be active, and the
// host serve; some need another host: see [ErrNoOtherHost].
func (h *Host) Misbehave(ctx context.Context, m Misbehaviour, a *Account) error {
	a.wrongs++
	key := func(name string) syntax.RecordKey { return syntax.RecordKey(fmt.Sprintf("wrong%d%s", a.wrongs, name)) }
	first, err := a.Commit(ctx, Create(key("a"), "first"), Create(key("b"), "first"))
	if err == nil {
		// It has come, as a rule, before what is wrong begins.
		err = errors.Join(h.append(ctx, first), Sleep(ctx, 100*time.Millisecond))
	}
	if err != nil {
		return err
	}
	f := &forgery{
		ctx: ctx, name: m.String(), host: h, account: a, before: first,
		writes: writesOf(Update(key("a"), "second"), Delete(key("b")), Create(key("c"), "second"), Create(key("d"), "second")),
	}
	return m.entry().do(f)
}

// fired counts that it has happened.
func (h *Host) fired(name string) { h.world.Net.Faults.Add(name) }
