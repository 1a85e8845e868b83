package sync

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Directory says whose an account is. [*identity.Directory] is one. It must remember for a
// while who does not answer: servers that hang are asked about each event of their accounts otherwise.
type Directory interface {
	// LookupUnnamed returns an identity without its handle, for which no server that a
	// stranger names is to be asked: as it is now if it is to be fresh, or else perhaps as
	// it is remembered.
	LookupUnnamed(ctx context.Context, did syntax.DID, fresh bool) (*identity.Identity, error)
	// LookupDID returns one that may be remembered, with its handle. It is asked about what
	// an #identity names.
	LookupDID(ctx context.Context, did syntax.DID) (*identity.Identity, error)
	// Purge has it looked up anew by who asks next, as it is said to have changed. Anybody can
	// say so: while nobody answers, what is remembered is given.
	Purge(id syntax.AtIdentifier)
}

// A Verifier verifies events. Its fields must not change after its first use. It may
// be used by any number of goroutines, if the events of one account come one after
// another, and what one of them says of the account is stored before the next one
// (SN-41).
type Verifier struct {
	Directory Directory
	Accounts  Accounts
	// Host is the origin of the server whose events these are, such as
	// https://pds.example, as [identity.Identity] has it, if it may speak for its own
	// accounts alone (SN-31). It is "" for a relay, which passes on those of all.
	Host string
	// Lenient are the faults that are passed over; the zero value is strict (SN-58).
	Lenient Leniency
	// Now is the clock. It must be set.
	Now func() time.Time
}

// Verify says what to do with a message of a stream. Nothing that it says of the
// account is stored: that is for the caller, together with what else the event means.
// An error is no verdict: something is not available now, and the event is to be
// verified again later. One that is [ErrAccounts] has to do with the caller alone.
func (v *Verifier) Verify(ctx context.Context, message lex.Object) (*Result, error) {
	c := &check{Verifier: v, ctx: ctx, message: message}
	switch m := message.(type) {
	case *comatproto.SyncSubscribeReposCommit:
		c.did, c.rev, c.signed = owned(m.Repo), owned(m.Rev), true
		return c.run(func() error { return c.commit(m) }) //nolint:contextcheck // the blocks are in memory
	case *comatproto.SyncSubscribeReposSync:
		c.did, c.rev, c.signed = owned(m.DID), owned(syntax.TID(m.Rev)), true
		return c.run(func() error { return c.sync(m) }) //nolint:contextcheck // the blocks are in memory
	case *comatproto.SyncSubscribeReposIdentity:
		c.did = owned(m.DID)
		return c.run(func() error { return c.identity(m) })
	case *comatproto.SyncSubscribeReposAccount:
		c.did = owned(m.DID)
		return c.run(func() error { return c.account(m) })
	}
	return &Result{Verdict: Ignored, Event: message, Reason: ReasonUnknownType, Err: fmt.Errorf("%q is no event of an account", typeOf(message))}, nil
}

// Unavailable is the result for an event that cannot be verified because something is
// not available, err, and that is not to be waited for any longer. A commit or #sync
// leaves a gap, and so does an #account, as otherwise a deletion or takedown would be
// missed for good: whoever fetches the repository anew is told the status, too
// (SN-54a). Other events are ignored. An err that is [ErrAccounts] is returned as it is.
func (v *Verifier) Unavailable(ctx context.Context, message lex.Object, err error) (*Result, error) {
	if errors.Is(err, ErrAccounts) {
		return nil, err
	}
	c := &check{Verifier: v, ctx: ctx, message: message}
	c.did = owned(AccountOf(message))
	return c.run(func() error {
		switch message.(type) {
		case *comatproto.SyncSubscribeReposCommit, *comatproto.SyncSubscribeReposSync, *comatproto.SyncSubscribeReposAccount:
			c.gap()
			return failf(Gap, ReasonUnavailable, "%w", err)
		}
		return failf(Ignored, ReasonUnavailable, "%w", err)
	})
}

func typeOf(m lex.Object) string {
	if m == nil {
		return ""
	}
	return m.LexType()
}

// owned returns a text that does not share the memory of a frame, as those who remember
// it for long would keep the whole frame.
func owned[T ~string](text T) T { return T(strings.Clone(string(text))) }

// A check is the verification of one event.
type check struct {
	*Verifier

	ctx     context.Context //nolint:containedctx // a check lives as long as one call
	message lex.Object
	did     syntax.DID
	rev     syntax.TID
	signed  bool     // it has a rev
	known   *Account // nil if nothing is
	result  Result

	tolerated []error // failures that are passed over
}

// A failure ends a check with a verdict.
type failure struct {
	verdict Verdict
	reason  Reason
	err     error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func failf(verdict Verdict, reason Reason, format string, args ...any) error {
	return &failure{verdict, reason, fmt.Errorf(format, args...)}
}

// run makes a result of what checks find.
func (c *check) run(checks func() error) (*Result, error) {
	err := c.shape()
	if err == nil {
		c.known, err = c.Accounts.Account(c.ctx, c.did)
		if err != nil {
			return nil, fmt.Errorf("sync: %s: %w: %w", c.did, ErrAccounts, err)
		}
		err = checks()
	}
	if _, invalid := syntax.ParseDID(string(c.did)); invalid == nil { // what is none is remembered of nobody
		c.result.DID = c.did
	}
	f, failed := errors.AsType[*failure](err)
	switch {
	case err == nil:
		c.result.Verdict = Accepted
		c.result.Reason, c.result.Err = c.passedOver()
	case !failed:
		return nil, fmt.Errorf("sync: %s: %w", c.did, err)
	default:
		c.result.Verdict, c.result.Reason, c.result.Err = f.verdict, f.reason, f.err
	}
	if c.result.Verdict != Refused {
		c.result.Event = c.message
	}
	return &c.result, nil
}

// shape holds the event against its schema (SN-03 to SN-08, SN-38).
func (c *check) shape() error {
	err := lex.Validate(c.message)
	if err == nil && c.signed {
		_, err = syntax.ParseTID(string(c.rev))
	}
	if err != nil {
		return failf(Refused, ReasonMalformed, "%w", err)
	}
	return nil
}

// commit checks a #commit.
func (c *check) commit(m *comatproto.SyncSubscribeReposCommit) error {
	if err := c.revs(); err != nil {
		return err
	}
	if c.known != nil && c.rev == c.known.Rev {
		return failf(Ignored, ReasonOldRev, "the rev %s is known", c.rev)
	}
	message := messageOf(m)
	verified, err := verifySigned(c, func(id *identity.Identity) (*repo.VerifiedMessage, error) {
		return c.proof(message, id.SigningKey)
	})
	if err != nil {
		return err
	}
	c.result.Commit, c.result.Operations, c.result.Records = verified.Commit, message.Ops, verified.Records
	if err := c.follows(message); err != nil {
		c.gap()
		return err
	}
	c.result.Account = c.at(verified.Commit)
	return nil
}

// gap notes that something was missed.
func (c *check) gap() {
	c.result.Resync = true
	a := Account{DID: c.did, Active: true}
	if c.known != nil {
		a = *c.known
	}
	if !a.Desynchronized {
		a.Desynchronized = true
		c.result.Account = &a
	}
}

// at is what is known after a commit.
func (c *check) at(commit *repo.Commit) *Account {
	a := &Account{DID: c.did, Active: true}
	if c.known != nil {
		*a = *c.known
	}
	a.Rev, a.Data, a.Desynchronized = owned(commit.Rev), commit.Data, false
	return a
}

// sync checks a #sync (SN-06, SN-39).
func (c *check) sync(m *comatproto.SyncSubscribeReposSync) error {
	if err := c.revs(); err != nil {
		return err
	}
	commit, err := verifySigned(c, func(id *identity.Identity) (*repo.Commit, error) {
		r, err := repo.OpenCAR(m.Blocks, repo.Identity{DID: c.did, Key: id.SigningKey}, repo.VerifyOptions{})
		if err != nil {
			return nil, err
		}
		return r.Commit(), nil
	})
	switch {
	case err != nil:
		return err
	case commit.Rev != c.rev:
		return failf(Refused, ReasonMismatch, "the rev of the commit is %s, announced as %s", commit.Rev, c.rev)
	}
	c.result.Commit = commit
	if k := c.known; k != nil && !k.Desynchronized && k.Rev == commit.Rev && k.Data == commit.Data {
		return failf(Ignored, ReasonUnchanged, "the rev %s is known", c.rev)
	}
	c.result.Account, c.result.Resync = c.at(commit), true
	return nil
}

// identity takes the hint that an identity has changed (SN-07), which any host may
// give (SN-53).
func (c *check) identity(*comatproto.SyncSubscribeReposIdentity) error {
	c.Directory.Purge(syntax.AtIdentifier(c.did))
	return nil
}

// account checks an #account (SN-08), which only the account's server may send
// (SN-53).
func (c *check) account(m *comatproto.SyncSubscribeReposAccount) error {
	a := &Account{DID: c.did}
	if c.known != nil {
		*a = *c.known
	}
	a.Active, a.Status = m.Active, owned(m.Status.Or(""))
	c.result.Account = a
	if c.Host == "" {
		return nil // the relay has asked
	}
	_, err := c.lookUp(c.here)
	if errors.Is(err, identity.ErrNotFound) && !m.Active {
		err = nil
		if c.did.Method() == "plc" { // a document at a web server may come back
			a.Status = StatusDeleted // SN-73
		}
	}
	if err != nil {
		c.result.Account = nil
	}
	return err
}

// messageOf returns the fields of an event that its verification is about.
func messageOf(m *comatproto.SyncSubscribeReposCommit) *repo.Message {
	ops := make([]repo.Op, len(m.Ops))
	for i, op := range m.Ops {
		ops[i] = repo.Op{Action: repo.Action(op.Action), Path: op.Path, CID: op.CID.Or(lex.Link{}).CID, Prev: op.Prev.Or(lex.Link{}).CID}
	}
	return &repo.Message{
		DID: m.Repo, Commit: m.Commit.CID, Rev: m.Rev, Since: m.Since.Or(""), PrevData: m.PrevData.Or(lex.Link{}).CID, Ops: ops, Blocks: m.Blocks,
	}
}

// revs compares the rev with the one before and with the clock (SN-35).
func (c *check) revs() error {
	if c.known != nil && c.known.Rev != "" && c.rev < c.known.Rev {
		return failf(Ignored, ReasonOldRev, "the rev %s is before %s, which is known", c.rev, c.known.Rev)
	}
	if lead := c.rev.Time().Sub(c.Now()); lead > repo.MaxRevLead || c.rev.Integer()>>63 != 0 {
		return failf(Refused, ReasonFutureRev, "the rev %s is more than %v ahead of the clock", c.rev, repo.MaxRevLead)
	}
	return nil
}

// verifySigned verifies what an account has signed with its key, and with the one
// that is looked up anew if that fails (SN-30 to SN-33).
func verifySigned[T any](c *check, verify func(*identity.Identity) (T, error)) (T, error) {
	var none T
	id, err := c.lookUp(c.usable)
	if err != nil {
		return none, err
	}
	if c.known != nil && !c.known.Active {
		return none, failf(Ignored, ReasonInactive, "the account is not active (%s)", c.known.Status)
	}
	verified, err := verify(id)
	if errors.Is(err, repo.ErrSignature) {
		fresh, lookUpErr := c.foreign(c.usable(c.Directory.LookupUnnamed(c.ctx, c.did, true)))
		if lookUpErr != nil {
			return none, lookUpErr
		}
		if !fresh.SigningKey.Equal(id.SigningKey) {
			verified, err = verify(fresh)
		}
	}
	if err != nil {
		return none, refused(err)
	}
	return verified, nil
}

// refused gives an error of package repo its reason.
func refused(err error) error {
	reason := ReasonMalformed
	for _, c := range []struct {
		kind   error
		reason Reason
	}{
		{repo.ErrSignature, ReasonSignature},
		{repo.ErrLimit, ReasonOversize},
		{repo.ErrIdentity, ReasonMismatch},
		{repo.ErrOperation, ReasonOperations},
	} {
		if errors.Is(err, c.kind) {
			reason = c.reason
			break
		}
	}
	return &failure{Refused, reason, err}
}

// lookUp returns whose the account is, if that passes a test, perhaps after it was
// looked up anew (SN-31).
func (c *check) lookUp(test func(*identity.Identity, error) (*identity.Identity, error)) (*identity.Identity, error) {
	id, err := test(c.Directory.LookupUnnamed(c.ctx, c.did, false))
	if f, ok := errors.AsType[*failure](err); ok && f.reason != ReasonNoIdentity {
		return c.foreign(test(c.Directory.LookupUnnamed(c.ctx, c.did, true)))
	}
	return id, err
}

// usable says whether what an account signs can be verified, and may come from here.
func (c *check) usable(id *identity.Identity, err error) (*identity.Identity, error) {
	if err == nil && id.Broken() {
		return nil, failf(Ignored, ReasonNoKeyOrPDS, "the DID document has no signing key, or no server")
	}
	return c.here(id, err)
}

// here says whether events of an account may come from the host (SN-31). With the
// error that they may not it returns the identity all the same.
func (c *check) here(id *identity.Identity, err error) (*identity.Identity, error) {
	_, told := errors.AsType[*identity.Error](err)
	switch {
	case told && !errors.Is(err, identity.ErrUnavailable):
		return nil, failf(Ignored, ReasonNoIdentity, "%w", err)
	case err != nil:
		return nil, err
	case c.Host != "" && id.PDS != c.Host:
		return id, failf(Refused, ReasonForeignHost, "the account is at %q, and the event is of %s", id.PDS, c.Host)
	}
	return id, nil
}

// follows says whether a commit is the next one (SN-36).
func (c *check) follows(m *repo.Message) error {
	switch {
	case c.known == nil || c.known.Rev == "" && !c.known.Desynchronized:
		return nil // it is the first that is seen
	case c.known.Desynchronized:
		return failf(Gap, ReasonDesynced, "events before %s are missing", m.Rev)
	}
	if m.Since != c.known.Rev {
		err := failf(Gap, ReasonSince, "it follows on the rev %q, and %s is known", m.Since, c.known.Rev)
		if !c.passes(c.Lenient.Since, err) {
			return err
		}
	}
	if m.PrevData != c.known.Data && (m.PrevData.Defined() || !c.Lenient.NoPrevData) {
		err := failf(Gap, ReasonPrevData, "it follows on the tree %s, and %s is known", m.PrevData, c.known.Data)
		if !c.passes(c.Lenient.PrevData, err) {
			return err
		}
	}
	return nil
}
