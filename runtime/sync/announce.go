package sync

import (
	"fmt"
	"slices"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Statuses of accounts that are not active at their server (SN-08, SN-70).
const (
	StatusDeactivated = "deactivated" // by its owner, as after a move to another server (SN-22)
	StatusDeleted     = "deleted"
	StatusSuspended   = "suspended"
	StatusTakendown   = "takendown"
)

// Statuses of accounts of which a relay does not pass on all, active or not (SN-70).
const (
	StatusDesynchronized = "desynchronized"
	StatusThrottled      = "throttled"
)

// IdentityEvent returns the event that says that the identity of an account may have changed:
// its handle, its key or its server (SN-07, SN-24). The handle is left out if it is "" or does
// not lead to the account. The seq is for the log to set.
func IdentityEvent(did syntax.DID, handle syntax.Handle, at time.Time) *comatproto.SyncSubscribeReposIdentity {
	e := &comatproto.SyncSubscribeReposIdentity{DID: did, Time: syntax.DatetimeOf(at)}
	if handle != "" && !handle.IsInvalid() {
		e.Handle = lex.Some(handle)
	}
	return e
}

// AccountEvent returns the event that says how an account is at its server (SN-08): active, or
// not, and why (SN-22, SN-23). The seq is for the log to set.
func AccountEvent(did syntax.DID, active bool, status string, at time.Time) *comatproto.SyncSubscribeReposAccount {
	e := &comatproto.SyncSubscribeReposAccount{DID: did, Active: active, Time: syntax.DatetimeOf(at)}
	if status != "" {
		e.Status = lex.Some(status)
	}
	return e
}

// CreationEvents returns what announces a new account, with the first commit of its
// repository: #identity, #account, #commit and #sync (SN-20). They are for
// [Log.AppendAll].
func CreationEvents(first *repo.Change, handle syntax.Handle, at time.Time) ([]lex.Object, error) {
	commit, err := CommitEvent(first, at)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(first.Blocks, func(b blockstore.Block) bool { return b.CID == first.Commit })
	if i < 0 {
		return nil, fmt.Errorf("sync: %s: the block of the commit %s is missing", first.DID, first.Commit)
	}
	state, err := syncEvent(first.DID, first.Rev, first.Blocks[i], at)
	if err != nil {
		return nil, err
	}
	return []lex.Object{IdentityEvent(first.DID, handle, at), AccountEvent(first.DID, true, "", at), commit, state}, nil
}

// ActivationEvents returns what announces an account that is active again, or active at the
// server that it has moved to, with the last commit of its repository: #account, #identity and
// #sync (SN-21, SN-24). After a move the commit must be one that was made there, with a rev
// above all before and with the key that the DID document has by then. Nothing is announced
// while an account is not active. They are for [Log.AppendAll].
func ActivationEvents(last *repo.Commit, handle syntax.Handle, at time.Time) ([]lex.Object, error) {
	state, err := SyncEvent(last, at)
	if err != nil {
		return nil, err
	}
	return []lex.Object{AccountEvent(last.DID, true, "", at), IdentityEvent(last.DID, handle, at), state}, nil
}
