package lexicon

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// getRecord is asked for the proof of a record (RE-44).
var getRecord = xrpc.Method{NSID: "com.atproto.sync.getRecord", Kind: xrpc.KindQuery, Output: repo.ExportMediaType}

// load gets a schema from the server of an account. What the account's document says
// may have changed: where the signature is another's, or the server does not have what
// it should, the document is looked up anew, once (ID-09). known is what was known
// before, or nil.
func (r *Resolver) load(ctx context.Context, did syntax.DID, nsid syntax.NSID, known *Lexicon) (*Lexicon, error) {
	account, err := r.account(ctx, did, false)
	if err != nil {
		return nil, err
	}
	found, err := r.from(ctx, account, nsid, known)
	if err == nil || !mayHaveMoved(err) || ctx.Err() != nil {
		return found, err
	}
	now, lookupErr := r.account(ctx, did, true)
	if lookupErr != nil || now.PDS == account.PDS && now.SigningKey.Equal(account.SigningKey) {
		return nil, err
	}
	return r.from(ctx, now, nsid, known)
}

// mayHaveMoved reports whether an error may come from a document that is not the
// newest.
func mayHaveMoved(err error) bool {
	return errors.Is(err, ErrSignature) || errors.Is(err, ErrUnproved) || errors.Is(err, ErrUnavailable) || errors.Is(err, ErrStale)
}

// account returns server and key of an account.
func (r *Resolver) account(ctx context.Context, did syntax.DID, anew bool) (*identity.Identity, error) {
	account, err := r.opts.Directory.LookupUnnamed(ctx, did, anew)
	const otherDID = "have the DNS name a DID that exists and has a server"
	switch {
	case errors.Is(err, identity.ErrUnavailable):
		return nil, fault(ErrUnavailable, err, "ask again later", "the authority %s: %s", did, reasonOf(err))
	case err != nil:
		return nil, fault(ErrAuthority, err, otherDID, "the authority %s: %s", did, reasonOf(err))
	case account.PDS == "":
		return nil, fault(ErrNoServer, nil, otherDID, "the DID document of the authority %s has no server (ID-07)", did)
	case account.SigningKey == nil:
		return nil, fault(ErrNoServer, nil, otherDID, "the DID document of the authority %s has no key that signs its repository (ID-07)", did)
	}
	return account, nil
}

// from gets a schema from the server in the account's document, and verifies it.
func (r *Resolver) from(ctx context.Context, account *identity.Identity, nsid syntax.NSID, known *Lexicon) (*Lexicon, error) {
	newest := r.opts.Revs.Newest(account.DID) // before somebody asks: an answer from then may be older than one after it
	if known != nil {
		newest = max(newest, known.Rev)
	}
	file, err := r.request(ctx, account, nsid)
	if err != nil {
		return nil, err
	}
	holder := repo.Identity{DID: account.DID, Key: account.SigningKey}
	proof, err := repo.VerifyProof(file, holder, Collection, syntax.RecordKey(nsid)) //nolint:contextcheck // the file is in memory
	if err != nil {
		return nil, proofFault(account, err)
	}
	if proof.Commit.Rev < newest {
		return nil, fault(ErrStale, nil, "whoever runs the server has to serve the newest commit",
			"%s sends the commit %s of %s, and the account had %s before", account.PDS, proof.Commit.Rev, account.DID, newest)
	}
	r.opts.Revs.Proved(account.DID, proof.Commit.Rev)
	if !proof.Record.CID.Defined() {
		return nil, fault(ErrNotFound, nil, "look for a slip in the name, or ask who owns it to publish it",
			"the authority %s has no such schema, and proves it", account.DID)
	}
	found := &Lexicon{NSID: nsid, DID: account.DID, CID: proof.Record.CID, Rev: proof.Commit.Rev, Data: bytes.Clone(proof.Record.Data)}
	if known != nil && known.CID == found.CID {
		found.Data = known.Data // which was checked
		return found, nil
	}
	if err := r.check(found); err != nil {
		return nil, err
	}
	return found, nil
}

// proofFault says what is wrong with a proof.
func proofFault(account *identity.Identity, err error) *Error {
	const operator = "nothing that this server says can be used: tell whoever runs it"
	reason := err.Error()
	if e, ok := errors.AsType[*repo.Error](err); ok {
		reason = e.Reason
		if e.Block.Defined() {
			reason = "block " + e.Block.String() + ": " + reason
		}
	}
	switch {
	case errors.Is(err, repo.ErrSignature):
		return fault(ErrSignature, err, operator, "the proof from %s: %s", account.PDS, reason)
	case errors.Is(err, repo.ErrLimit):
		return fault(ErrTooLarge, err, operator, "the proof from %s: %s", account.PDS, reason)
	}
	return fault(ErrProof, err, operator, "the proof from %s: %s", account.PDS, reason)
}

// request asks the account's server for a proof.
func (r *Resolver) request(ctx context.Context, account *identity.Identity, nsid syntax.NSID) ([]byte, error) {
	leave, err := r.hosts.enter(ctx, account.PDS)
	if err != nil {
		return nil, err
	}
	defer leave()
	asking, end := context.WithCancelCause(ctx)
	defer end(nil)
	client := xrpc.NewClient(account.PDS, xrpc.WithHTTPClient(r.opts.Client), xrpc.WithAttempts(r.opts.Attempts), xrpc.WithTimeout(r.opts.Timeout))
	var body xrpc.Body
	err = client.Do(asking, &xrpc.Call{
		Method: &getRecord,
		Params: &url.Values{"did": {string(account.DID)}, "collection": {string(Collection)}, "rkey": {string(nsid)}},
		Output: &body,
	})
	if err != nil {
		return nil, requestFault(account, err)
	}
	limit, done := context.WithTimeout(ctx, r.opts.Timeout)
	defer done()
	defer context.AfterFunc(limit, func() { end(errSlow) })()
	file, err := guard.ReadAll(&body, r.opts.MaxProof)
	switch {
	case err == nil:
		return file, nil
	case errors.Is(context.Cause(asking), errSlow) || isTimeout(err):
		return nil, fault(ErrUnavailable, err, "ask again later, or wait longer", "%s, the server of %s: its answer takes longer than %v",
			account.PDS, account.DID, r.opts.Timeout)
	}
	return nil, requestFault(account, err)
}

// errSlow ends a request whose answer comes, but too slowly.
var errSlow = errors.New("slow")

// isTimeout reports whether the client has ended a request that took too long.
func isTimeout(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// refusals are the errors that getRecord declares.
var refusals = []xrpc.ErrorName{"RecordNotFound", "RepoNotFound", "RepoDeactivated", "RepoSuspended", "RepoTakendown"}

// requestFault says what an error of a request means.
func requestFault(account *identity.Identity, err error) *Error {
	if answer, ok := errors.AsType[*xrpc.Error](err); ok && slices.Contains(refusals, answer.Name) {
		return fault(ErrUnproved, err, "look for a slip in the name; that it is not published only a proof can say, which this server does not give",
			"%s says %s for %s, and proves nothing", account.PDS, answer.Name, account.DID)
	}
	reason := reasonOfRequest(err)
	switch {
	case errors.Is(err, guard.ErrForbidden):
		return fault(ErrForbidden, err, "a network of one's own has to be permitted, see the documentation of the program",
			"the way to %s, the server of %s, is refused: %s", account.PDS, account.DID, reason)
	case errors.Is(err, guard.ErrTooLarge):
		return fault(ErrTooLarge, err, "a proof is some kilobytes long: tell whoever runs the server", "%s answers at length: %s", account.PDS, reason)
	}
	return fault(ErrUnavailable, err, "ask again later", "%s, the server of %s: %s", account.PDS, account.DID, reason)
}

// reasonOfRequest returns an error without the URL, which is long and known.
func reasonOfRequest(err error) string {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err.Error()
	}
	return strings.TrimPrefix(strings.TrimPrefix(err.Error(), "xrpc: "), string(getRecord.NSID)+": ")
}
