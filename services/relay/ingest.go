package relay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/relay/store"
)

// knownTo is what the verifier of a host is told of accounts: what their servers have
// said, which is how the relay keeps it, whatever host that was.
type knownTo struct{ host *host }

// Account implements [sync.Accounts].
func (k knownTo) Account(ctx context.Context, did syntax.DID) (*sync.Account, error) {
	a, err := k.host.relay.accounts.get(ctx, did)
	if a == nil || err != nil {
		return nil, err
	}
	return &sync.Account{DID: did, Rev: a.Rev, Data: a.Data, Active: a.Active, Status: a.Status, Desynchronized: a.Desynchronized}, nil
}

// SetAccount implements [sync.Accounts]. It is not called: what is known is changed
// while an event is handled.
func (knownTo) SetAccount(context.Context, *sync.Account) error { return nil }

// admit waits until the host may send another event. Where it is the first one of a new
// host, it is stored before that where the host is to be followed from, should the
// process end now (SN-52).
func (h *host) admit(ctx context.Context, seq int64, m lex.Object) error {
	opts, kind := h.relay.opts, kindOf(m)
	if h.seq() == store.NoSeq {
		if err := errors.Join(h.SetCursor(ctx, seq-1), h.relay.accounts.flush(ctx)); err != nil {
			return err
		}
	}
	h.relay.metrics.received.WithLabelValues(kind).Inc()
	now := opts.Now()
	h.mu.Lock()
	h.events[kind]++
	h.lastEvent = now
	h.rate.add(now)
	h.mu.Unlock()
	return h.mayGoOn(ctx, eventsOf(m))
}

// bytesOfEvent is how many bytes count as another event: several times what they have on the
// network on average, and a hundredth of what they may have.
const bytesOfEvent = 20_000

// eventsOf is how many events one counts as.
func eventsOf(m lex.Object) int {
	switch m := m.(type) {
	case *comatproto.SyncSubscribeReposCommit:
		return 1 + len(m.Blocks)/bytesOfEvent
	case *comatproto.SyncSubscribeReposSync:
		return 1 + len(m.Blocks)/bytesOfEvent
	}
	return 1
}

// passedOn notes that an event of the host was passed on.
func (h *host) passedOn(m lex.Object) {
	at, err := timeOf(m).Time()
	if err != nil {
		return
	}
	now := h.relay.opts.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.passed, h.lag = now, max(now.Sub(at), 0)
}

// mayGoOn waits until the host may send another event, or something in place of one, that counts
// as so many (SN-51).
func (h *host) mayGoOn(ctx context.Context, events int) error {
	return h.quotaNow().event(ctx, h.relay.opts, events, h.throttle)
}

// handled is handle, whose errors the operator is told.
func (h *host) handled(ctx context.Context, seq int64, r *sync.Result) error {
	err := h.handle(ctx, seq, r)
	if err != nil && ctx.Err() == nil {
		h.relay.opts.Logger.ErrorContext(ctx, "an event cannot be processed now, and comes again", "host", h.name, "seq", seq, "error", err)
	}
	return err
}

// handle passes on what was verified, or notes why not. An error is one of the log or
// the store, and ends the connection: the event comes again.
func (h *host) handle(ctx context.Context, seq int64, r *sync.Result) error {
	state := r.Account
	r.Account = nil // it is changed here
	if r.Reason == sync.ReasonInactive {
		again, err := h.reactivated(ctx, r)
		if err != nil {
			return err
		}
		state, r.Account = again.Account, nil
		r = again
	}
	switch r.Verdict {
	case sync.Gap:
		return h.gap(ctx, seq, r)
	case sync.Refused, sync.Ignored:
		h.reject(seq, r.DID, r.Reason, r.Err)
		return nil
	case sync.Accepted:
	}
	switch m := r.Event.(type) {
	case *comatproto.SyncSubscribeReposCommit:
		return h.content(ctx, seq, r, freshCommit(m))
	case *comatproto.SyncSubscribeReposSync:
		return h.content(ctx, seq, r, freshSync(m))
	case *comatproto.SyncSubscribeReposIdentity:
		return h.identity(ctx, seq, m)
	case *comatproto.SyncSubscribeReposAccount:
		return h.account(ctx, seq, m, state)
	}
	return nil
}

// content passes on a commit, or what stands for it, unless the account is taken down
// or throttled.
//
// What was said of the account while the event was verified counts: it may have moved, and its
// new server was faster (SN-35), or it is not active any more. A commit that does not follow
// any more is a gap.
func (h *host) content(ctx context.Context, seq int64, r *sync.Result, event lex.Object) error {
	gap, err := h.passOn(ctx, seq, r, event)
	if gap == nil || err != nil {
		return err
	}
	r.Verdict, r.Reason, r.Err = sync.Gap, sync.ReasonSince, gap
	return h.gap(ctx, seq, r)
}

// passOn is content, but for a commit that does not follow, which it says.
func (h *host) passOn(ctx context.Context, seq int64, r *sync.Result, event lex.Object) (gap, err error) {
	unlock, err := h.lock(ctx, r.DID)
	if err != nil {
		return nil, err
	}
	defer unlock()
	known, err := h.relay.accounts.get(ctx, r.DID)
	if err != nil {
		return nil, err
	}
	if known != nil {
		if reason, why := overtaken(known, r, event); reason != "" {
			h.reject(seq, r.DID, reason, why)
			return nil, nil
		}
		if gap := follows(known, r); gap != nil {
			return gap, nil
		}
	}
	a, err := h.takeIn(ctx, r.DID)
	if a == nil {
		h.rejectBeyond(seq, r.DID, err)
		return nil, err
	}
	if err := h.relay.accounts.prepare(ctx, r.DID); err != nil {
		return nil, err
	}
	switch {
	case a.Takedown:
		h.reject(seq, r.DID, ReasonTakendown, errors.New("the account is taken down here"))
		return nil, nil
	case a.Throttled:
		h.rejectBeyond(seq, r.DID, nil)
		return nil, nil
	}
	if err := h.relay.emit(ctx, event); err != nil {
		return nil, err
	}
	h.passedOn(r.Event)
	ctx = context.WithoutCancel(ctx) // it is in the stream
	h.relay.accounts.belong(r.DID, collectionsOf(r.Operations))
	rev, head := r.Commit.Rev, r.Commit.Block().CID
	_, err = h.relay.accounts.set(ctx, r.DID, func(a *store.Account) {
		a.Rev, a.Head, a.Data, a.Desynchronized = syntax.TID(strings.Clone(string(rev))), head, r.Commit.Data, false
	})
	return nil, err
}

// overtaken says why what was said of an account while an event was verified lets it pass no
// more, "" if it does not.
func overtaken(known *store.Account, r *sync.Result, event lex.Object) (sync.Reason, error) {
	rev := r.Commit.Rev
	_, commit := event.(*comatproto.SyncSubscribeReposCommit)
	switch {
	case !known.Active:
		return sync.ReasonInactive, fmt.Errorf("the account is %s by now", cmp.Or(known.Status, "inactive"))
	case known.Rev > rev || known.Rev == rev && commit:
		return sync.ReasonOldRev, fmt.Errorf("the rev %s is not behind %s, which is known by now", rev, known.Rev)
	}
	return "", nil
}

// follows says why an accepted commit does not follow on what is known by now, nil if it does.
func follows(known *store.Account, r *sync.Result) error {
	m, ok := r.Event.(*comatproto.SyncSubscribeReposCommit)
	if !ok || r.Verdict != sync.Accepted || known.Rev == "" || m.Since.Or("") == known.Rev {
		return nil
	}
	return fmt.Errorf("it follows on the rev %q, and %s is known by now", m.Since.Or(""), known.Rev)
}

// rejectBeyond rejects an event of an account that is beyond what the host may have,
// unless there was an error.
func (h *host) rejectBeyond(seq int64, did syntax.DID, err error) {
	if err == nil {
		h.reject(seq, did, ReasonThrottled, errors.New("the host has more accounts than it may have"))
	}
}

// mostThrottled is how many times more accounts than a host may have are noted, as
// throttled ones.
const mostThrottled = 10

// takeIn notes that an account is at the host, as its DID document says, and returns it.
// One beyond what the host may have is throttled (SN-54), and one far beyond that is not
// noted: it returns nil.
func (h *host) takeIn(ctx context.Context, did syntax.DID) (*store.Account, error) {
	a, err := h.relay.accounts.get(ctx, did)
	if err != nil || a != nil && a.Host == h.name {
		return a, err
	}
	h.mu.Lock()
	over := !h.info.Trusted && h.info.Accounts >= h.info.AccountLimit
	beyond := over && h.info.Accounts >= mostThrottled*h.info.AccountLimit
	if !beyond {
		h.info.Accounts++
	}
	h.mu.Unlock()
	if beyond {
		return nil, nil //nolint:nilnil // there is none
	}
	updated, err := h.relay.accounts.update(ctx, did, func(a *store.Account) { a.Host, a.Throttled = h.name, over })
	if err != nil {
		h.grow(-1) // its event comes again
		return nil, err
	}
	if a != nil {
		if from := h.relay.host(a.Host); from != nil {
			from.grow(-1)
		}
	}
	return updated, nil
}

// grow counts accounts that have come, or left.
func (h *host) grow(more int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.info.Accounts += more
}

// gap is for a commit that is valid and does not follow on the last one, because events
// are missing. It is not passed on: who has all that the relay has passed on could not
// apply it. What it proves is where the repository is now, and that is passed on as a
// #sync (SN-06), so that those who follow fetch the repository, which a relay does not
// (SN-40). Then the account is in step again. If that happens too often, or the commit
// could not be verified, the account is desynchronized until a commit or #sync comes for
// which it does not.
//
// Of an account that is taken down or throttled nothing is announced, and nothing is counted
// but that. What could not be verified may come from a host that has nothing to do with the
// account, and changes nothing of one at another host (SN-31).
func (h *host) gap(ctx context.Context, seq int64, r *sync.Result) error {
	known, err := h.relay.accounts.get(ctx, r.DID)
	if err != nil {
		return err
	}
	dropped := r.Commit != nil && known != nil && (known.Takedown || known.Throttled) // by content
	if !dropped {
		h.reject(seq, r.DID, r.Reason, r.Err)
	}
	if r.Commit != nil && (dropped || h.relay.syncs.Take(r.DID) == 0) {
		event, err := sync.SyncEvent(r.Commit, h.relay.opts.Now())
		if err != nil {
			return err
		}
		if !dropped {
			h.relay.metrics.healed.Inc()
		}
		return h.content(ctx, seq, r, event)
	}
	if known == nil || r.Commit == nil && known.Host != h.name {
		return nil
	}
	_, err = h.relay.accounts.update(ctx, r.DID, func(a *store.Account) { a.Desynchronized = true })
	return err
}

// collectionsOf returns the collections in which there are records after a commit.
func collectionsOf(ops []repo.Op) (all []syntax.NSID) {
	for _, op := range ops {
		if op.CID.Defined() {
			all = append(all, repo.Record{Path: op.Path}.Collection())
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// identity passes on that an identity may have changed, with the handle if it leads
// back to the account (SN-53). What leads nowhere, and is not known, is none. What another
// host than the account's says again and again is not even looked up.
func (h *host) identity(ctx context.Context, seq int64, m *comatproto.SyncSubscribeReposIdentity) error {
	hint := h.relay.hints.key(h.name, m.DID)
	if h.relay.hints.limiter.Wait(hint) > 0 {
		h.reject(seq, m.DID, ReasonRateLimited, fmt.Errorf("the account is at another host, and this one has said so of late; one in %s counts", hintInterval))
		return nil
	}
	h.relay.opts.Directory.Purge(syntax.AtIdentifier(m.DID))
	id, err := h.lookUp(ctx, m.DID)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, sync.ErrAccounts) {
		return err
	}
	known, failed := h.relay.accounts.get(ctx, m.DID)
	if failed != nil {
		return failed
	}
	here := known != nil && known.Host == h.name
	if err == nil {
		here = id.PDS == h.verifier.Host
	}
	if !here {
		h.relay.hints.limiter.Take(hint)
	}
	switch {
	case errors.Is(err, identity.ErrLimited) && !here && known != nil:
		h.reject(seq, m.DID, ReasonRateLimited, err)
		return nil
	case err != nil && known == nil:
		h.reject(seq, m.DID, sync.ReasonNoIdentity, err)
		return nil
	}
	e := &comatproto.SyncSubscribeReposIdentity{DID: m.DID, Time: m.Time}
	if handle, ok := m.Handle.Get(); ok && err == nil && !id.Handle.IsInvalid() && handle.Normalize() == id.Handle {
		e.Handle = lex.Some(id.Handle)
	}
	if err := h.relay.emit(ctx, e); err != nil {
		return err
	}
	h.passedOn(m)
	return nil
}

// lookUp returns whose an account is, and holds up no other one meanwhile.
func (h *host) lookUp(ctx context.Context, did syntax.DID) (id *identity.Identity, err error) {
	sync.Away(ctx, func() { id, err = h.verifier.Directory.LookupDID(ctx, did) })
	return id, err
}

// account passes on what the account's server says, together with what is to be said of
// it here (SN-53).
func (h *host) account(ctx context.Context, seq int64, m *comatproto.SyncSubscribeReposAccount, state *sync.Account) error {
	if len(state.Status) > maxStatus {
		h.reject(seq, m.DID, sync.ReasonMalformed, fmt.Errorf("a status of %d bytes", len(state.Status)))
		return nil
	}
	known, err := h.relay.accounts.get(ctx, m.DID)
	if err != nil {
		return err
	}
	if known == nil || known.Host != h.name { // an account that is gone is at no host, and its last one may say so (SN-73)
		_, err := h.lookUp(ctx, m.DID)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, sync.ErrAccounts):
			return err
		case errors.Is(err, identity.ErrUnavailable): // it is not known that the account is here
			h.reject(seq, m.DID, sync.ReasonUnavailable, err)
			return nil
		case err != nil:
			h.reject(seq, m.DID, sync.ReasonNoIdentity, err)
			return nil
		}
	}
	if a, err := h.takeIn(ctx, m.DID); a == nil {
		h.rejectBeyond(seq, m.DID, err)
		return err
	}
	if err := h.says(ctx, m.DID, state.Active, state.Status); err != nil {
		return err
	}
	h.passedOn(m)
	return nil
}

// says takes over what an account's server says of it.
func (h *host) says(ctx context.Context, did syntax.DID, active bool, status string) error {
	if err := h.relay.accounts.prepare(ctx, did); err != nil {
		return err
	}
	unlock, err := h.lock(ctx, did)
	if err != nil {
		return err
	}
	defer unlock()
	return h.relay.changeAccount(ctx, did, func(a *store.Account) { a.Active, a.Status = active, status })
}

// changeAccount passes on how an account is after a change, and makes the change. The
// caller has prepared the account, and holds its lock. Of an account that comes to be
// deleted nothing else is kept (SN-23), which is done before it is noted: after an error
// the event comes again.
func (r *Relay) changeAccount(ctx context.Context, did syntax.DID, change func(*store.Account)) error {
	a, err := r.accounts.get(ctx, did)
	if err == nil && a == nil {
		err = fmt.Errorf("relay: the account %s: %w", did, store.ErrNotFound)
	}
	if err != nil {
		return err
	}
	before := isDeleted(a)
	change(a)
	event := accountEvent(a, r.opts.Now())
	if err := r.emit(ctx, event); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // it is in the stream
	if isDeleted(a) && !before {
		sync.Away(ctx, func() { err = r.opts.Log.Erase(ctx, event) })
		if err != nil {
			return err
		}
	}
	_, err = r.accounts.set(ctx, did, change)
	return err
}

// reactivated asks the host whether an account is active again whose event is about to
// be dropped because it is not, and verifies the event anew if so (SN-54a). If the host
// does not answer, nothing changes (SN-72).
func (h *host) reactivated(ctx context.Context, r *sync.Result) (*sync.Result, error) {
	if r.Event == nil || h.relay.checks.Take(r.DID) > 0 {
		return r, nil
	}
	var out *comatproto.SyncGetRepoStatusOutput
	var err error
	sync.Away(ctx, func() {
		out, err = comatproto.SyncGetRepoStatus.Call(ctx, h.client, &comatproto.SyncGetRepoStatusParams{DID: r.DID})
	})
	if err != nil || out.DID != r.DID || !out.Active || len(out.Status.Or("")) > maxStatus {
		return r, ctx.Err()
	}
	if a, err := h.takeIn(ctx, r.DID); a == nil {
		return r, err
	}
	if err := h.says(ctx, r.DID, true, out.Status.Or("")); err != nil {
		return nil, err
	}
	again, err := h.verifier.Verify(ctx, r.Event)
	if err != nil && ctx.Err() == nil {
		return h.verifier.Unavailable(ctx, r.Event, err)
	}
	return again, err
}

// emit appends an event to the log.
func (r *Relay) emit(ctx context.Context, event lex.Object) error {
	if _, err := r.opts.Log.Append(ctx, event); err != nil {
		r.fenced()
		return err
	}
	r.metrics.emitted.WithLabelValues(kindOf(event)).Inc()
	return nil
}

// reject notes that an event was not passed on.
func (h *host) reject(seq int64, did syntax.DID, reason sync.Reason, err error) {
	one := Rejection{Time: h.relay.opts.Now(), Host: h.name, Seq: seq, DID: did, Reason: reason, Detail: detailOf(err)}
	h.relay.metrics.rejected.WithLabelValues(string(reason)).Inc()
	h.relay.ofAccounts.add(string(did), one)
	h.relay.ofHosts.add(h.name, one)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rejected[reason]++
}

// broken notes a frame that could not be read.
func (h *host) broken(err *xrpc.FrameError) {
	reason := ReasonFrame
	switch {
	case errors.Is(err, xrpc.ErrSeq):
		reason = ReasonSeq
	case errors.Is(err, xrpc.ErrFrameTooLong):
		reason = sync.ReasonOversize
	}
	h.reject(0, "", reason, err)
}

// told notes what a host says of its stream: that it does not keep all that was missed.
func (h *host) told(m *comatproto.SyncSubscribeReposInfo) {
	h.relay.opts.Logger.Warn("a host says", "host", h.name, "name", detailOf(errors.New(m.Name)), "message", detailOf(errors.New(m.Message.Or(""))))
}
