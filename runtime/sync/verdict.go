package sync

import (
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Verdict says what to do with an event.
type Verdict int

const (
	// Refused is for an event that breaks a rule: whoever sent it is at fault.
	Refused Verdict = iota
	// Ignored is for one that changes nothing, and nobody is at fault: it is old, or
	// of an account that is not shown.
	Ignored
	// Gap is for one that is valid by itself, and does not follow on what is known:
	// something was missed, and the repository is to be fetched anew (SN-36).
	Gap
	// Accepted is for one that is valid and next.
	Accepted
)

// String returns the name in lower case, such as for metrics.
func (v Verdict) String() string {
	switch v {
	case Ignored:
		return "ignored"
	case Gap:
		return "gap"
	case Accepted:
		return "accepted"
	case Refused:
	}
	return "refused"
}

// A Reason is why an event was not accepted, such as for metrics.
type Reason string

// The reasons.
const (
	ReasonUnknownType Reason = "unknown-type"   // ignored: no message of the stream (ES-04)
	ReasonMalformed   Reason = "malformed"      // refused: not what the schema says, or no blocks of a repository (SN-38)
	ReasonOversize    Reason = "oversize"       // refused: beyond a limit (SN-05, SN-38)
	ReasonOldRev      Reason = "old-rev"        // ignored: not after the last rev (SN-35, SN-39)
	ReasonFutureRev   Reason = "future-rev"     // refused (SN-35)
	ReasonNoIdentity  Reason = "no-identity"    // ignored: the DID leads to nothing, or is a tombstone (SN-30)
	ReasonNoKeyOrPDS  Reason = "no-key-or-pds"  // ignored: the document lacks one (SN-30)
	ReasonForeignHost Reason = "foreign-host"   // refused: the account is at another server (SN-31, SN-53)
	ReasonInactive    Reason = "inactive"       // ignored: the account is not active (SN-32)
	ReasonSignature   Reason = "signature"      // refused, with the key that was looked up anew (SN-33)
	ReasonMismatch    Reason = "mismatch"       // refused: event and commit disagree (SN-34)
	ReasonOperations  Reason = "operations"     // refused: not what the commit did (SN-37)
	ReasonNoPrevData  Reason = "no-prev-data"   // accepted by [Leniency], and otherwise refused as operations: it does not say on which tree it follows
	ReasonSince       Reason = "since"          // gap: not the rev of the commit before (SN-36)
	ReasonPrevData    Reason = "prev-data"      // gap: not the tree of the commit before (SN-36)
	ReasonDesynced    Reason = "desynchronized" // gap: there was one before, and the account is not in step again
	ReasonUnavailable Reason = "unavailable"    // gap, or ignored: what is needed to verify it was not to be had
	ReasonUnchanged   Reason = "unchanged"      // ignored: #sync with what is known (SN-39)
)

// A Result is what a [Verifier] says of an event.
type Result struct {
	Verdict Verdict
	// DID is the account, "" for what is no event of one, or names none. It has memory of
	// its own.
	DID syntax.DID
	// Reason and Err say why the event is not accepted, or what a [Leniency] has passed
	// over, the first of it if there is more; else they are "" and nil. Err has the
	// details, and wraps the error of the package that found the fault.
	Reason Reason
	Err    error
	// Event is the message, nil if the verdict is Refused.
	Event lex.Object
	// Commit is what a #commit or a #sync proves, and Operations with their Records
	// what a #commit did. They share the memory of the message.
	Commit     *repo.Commit
	Operations []repo.Op
	Records    []repo.Record
	// Resync says that the account's records are to be fetched anew: after a gap, and
	// for an accepted #sync (SN-39).
	Resync bool
	// Account is what is known of the account once the event was processed, for
	// [Accounts]; nil if nothing changes.
	Account *Account
}
