package records

import (
	"context"
	"errors"
	"strings"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

type (
	commitEvent   = comatproto.SyncSubscribeReposCommit
	syncEvent     = comatproto.SyncSubscribeReposSync
	identityEvent = comatproto.SyncSubscribeReposIdentity
	accountEvent  = comatproto.SyncSubscribeReposAccount
)

// names returns whose event a message is, and whether it is reason enough to keep the
// account.
func (s *Syncer) names(m lex.Object) (did syntax.DID, named bool) {
	switch m := m.(type) {
	case *commitEvent:
		return m.Repo, s.Accounts == Everyone && (len(s.Filter) == 0 || s.touches(m))
	case *syncEvent:
		return m.DID, s.Accounts == Everyone && len(s.Filter) == 0
	case *identityEvent:
		return m.DID, false
	case *accountEvent:
		return m.DID, false
	}
	return "", false
}

// touches reports whether a commit says that it is about a collection that is wanted.
func (s *Syncer) touches(m *commitEvent) bool {
	for _, op := range m.Ops {
		if s.Filter.Match(op.Path) {
			return true
		}
	}
	return false
}

// handle processes an event that was verified. All that it means is stored at once.
func (s *Syncer) handle(ctx context.Context, _ int64, r *sync.Result) error {
	if r.Verdict != sync.Accepted && r.Verdict != sync.Gap {
		s.Observer.Handled(r, Desynchronized)
		if r.Reason == sync.ReasonInactive {
			return s.dropped(ctx, r.DID)
		}
		return nil
	}
	if err := s.room(ctx); err != nil {
		return err
	}
	decide, err := s.decision(ctx, r)
	if err != nil || decide == nil {
		return err
	}
	var state State
	err = s.change(ctx, r.DID, func(row *Repo) (*Change, error) {
		state = Desynchronized
		if row != nil {
			state = row.State
		}
		return decide(row), nil
	})
	if err == nil {
		s.Observer.Handled(r, state)
	}
	return err
}

// decision returns what an event changes. What has to be looked up for it is, first.
func (s *Syncer) decision(ctx context.Context, r *sync.Result) (func(*Repo) *Change, error) {
	switch m := r.Event.(type) {
	case *commitEvent:
		if r.Commit == nil {
			return s.unverified(ctx, r)
		}
		return func(row *Repo) *Change { return s.commit(row, r, m) }, nil
	case *syncEvent:
		if r.Commit == nil {
			return s.unverified(ctx, r)
		}
		return func(row *Repo) *Change { return s.synced(row, r) }, nil
	case *accountEvent:
		if r.Verdict == sync.Gap {
			return s.unsure, nil
		}
		return func(row *Repo) *Change { return s.account(row, m) }, nil
	case *identityEvent:
		var id *identity.Identity
		var err error
		sync.Away(ctx, func() { id, err = s.Directory.LookupDID(ctx, r.DID) })
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return func(row *Repo) *Change { return s.identity(row, r.DID, id, err) }, nil
	}
	return nil, nil //nolint:nilnil // nothing changes
}

// desynchronize has the repository fetched soon, with a rev at least.
func (s *Syncer) desynchronize(row *Repo, want syntax.TID, why sync.Reason) *Change {
	row.desynchronize(want, s.Now())
	row.Reason = why
	return &Change{Repo: *row, Dequeue: AllQueued}
}

// postpone has the repository fetched after a failure: the more there were in a row, the
// later.
func (s *Syncer) postpone(row *Repo, want syntax.TID, why sync.Reason) *Change {
	c := s.desynchronize(row, want, why)
	c.Repo.Attempts++
	c.Repo.Next = s.Now().Add(s.Limits.pause(c.Repo.Attempts))
	return c
}

// found is an account that is new.
func found(did syntax.DID) *Repo { return &Repo{DID: did, Active: true} }

// commit is for a #commit, which is valid by itself. Whether it is the next one is
// decided here, as a resync may have ended since it was verified.
func (s *Syncer) commit(row *Repo, r *sync.Result, m *commitEvent) *Change {
	q := s.queuedOf(r, m)
	switch {
	case row == nil && q.Since == "" && !q.PrevData.Defined() && r.Reason == "":
		return s.apply(found(r.DID), q) // the first one: there is nothing else in the repository
	case row == nil:
		return s.desynchronize(found(r.DID), q.Rev, ReasonNew)
	case q.Rev <= row.Rev || q.Rev <= row.QueuedRev:
		return nil
	case row.State == Synchronized:
		return s.next(row, q, r.Reason)
	case row.State == InProgress:
		return s.enqueue(row, q)
	case q.Rev > row.Want: // it is dropped, and what is fetched must have it
		row.Want = q.Rev
		if row.Reason == sync.ReasonUnavailable && row.fetched() {
			row.Next = s.Now() // its server did not answer, and may be there again
			s.schedule.heard(row.Host)
		}
		return &Change{Repo: *row}
	}
	return nil
}

// next is for a commit of an account that is in step, and why it was let pass.
func (s *Syncer) next(row *Repo, q *Queued, why sync.Reason) *Change {
	if crowd := s.outbox.crowded(row.DID); crowd != "" {
		return s.desynchronize(row, q.Rev, crowd)
	}
	if s.follows(row, q) {
		return s.apply(row, q)
	}
	return s.desynchronize(row, q.Rev, why)
}

// queuedOf returns what a commit did to records that are wanted.
func (s *Syncer) queuedOf(r *sync.Result, m *commitEvent) *Queued {
	q := &Queued{Rev: r.Commit.Rev, Since: m.Since.Or(""), PrevData: m.PrevData.Or(lex.Link{}).CID, Data: r.Commit.Data}
	for _, e := range r.RecordEvents() {
		if s.Filter.Match(e.Record.Path) {
			q.Records = append(q.Records, RecordEvent{
				Live: true, Rev: e.Rev, Action: e.Action, Path: e.Record.Path, CID: e.Record.CID, Data: e.Record.Data,
			})
		}
	}
	return q
}

// follows reports whether a commit is the next one (SN-36), as far as leniency does not
// pass over that it is not.
func (s *Syncer) follows(row *Repo, q *Queued) bool {
	since := q.Since == row.Rev || s.Lenient.Since
	data := q.PrevData == row.Data || s.Lenient.PrevData || !q.PrevData.Defined() && s.Lenient.NoPrevData
	return since && data
}

// apply makes the records those of the commit.
func (s *Syncer) apply(row *Repo, q *Queued) *Change {
	row.State, row.Rev, row.Data, row.Want, row.Next = Synchronized, q.Rev, q.Data, max(row.Want, q.Rev), zero
	row.Attempts, row.Reason = 0, ""
	c := &Change{Repo: *row}
	c.add(q.Records)
	return c
}

// add adds events of records, and what they change.
func (c *Change) add(events []RecordEvent) {
	for i := range events {
		e := &events[i]
		c.Records = append(c.Records, Entry{e.Path, e.CID})
		c.Events = append(c.Events, Event{DID: c.Repo.DID, Record: e})
	}
}

// enqueue keeps a commit until the repository was fetched. With too many it is fetched
// again.
func (s *Syncer) enqueue(row *Repo, q *Queued) *Change {
	if row.Queued >= s.Limits.Queued || row.QueuedBytes+q.size() > s.Limits.QueuedBytes {
		return s.postpone(row, q.Rev, ReasonOverflow)
	}
	row.Queued, row.QueuedBytes, row.QueuedRev = row.Queued+1, row.QueuedBytes+q.size(), q.Rev
	return &Change{Repo: *row, Enqueue: q}
}

// synced is for a #sync that says something new (SN-39).
func (s *Syncer) synced(row *Repo, r *sync.Result) *Change {
	switch {
	case row == nil:
		return s.desynchronize(found(r.DID), r.Commit.Rev, ReasonNew)
	case r.Commit.Rev < row.Rev:
		return nil
	case row.State == Synchronized && r.Commit.Rev == row.Rev && r.Commit.Data == row.Data:
		return nil
	}
	return s.desynchronize(row, r.Commit.Rev, ReasonSync)
}

// account is for an #account (SN-08). If it says nothing new of one that is not active,
// the word is the upstream's from then on, and its server is not asked any more.
func (s *Syncer) account(row *Repo, m *accountEvent) *Change {
	if row == nil {
		return nil
	}
	status := statusOf(m.Status.Or(""))
	same := row.Active == m.Active && row.Status == status
	switch {
	case same && (m.Active || !row.fetched()):
		return nil
	case !m.Active && status == StatusDeleted && !same:
		return s.removed(row)
	}
	return s.says(row, m.Active, status)
}

// unsure is for an #account that could not be verified in time: whoever fetches the
// repository is told how the account is, even if it is not active as far as is known
// (SN-54a).
func (s *Syncer) unsure(row *Repo) *Change {
	if row == nil {
		return nil
	}
	c := s.desynchronize(row, "", sync.ReasonUnavailable)
	c.Repo.Next = s.Now()
	return c
}

// statusOf returns a status as it is, if it looks like one: it comes from strangers, and
// is stored and shown.
func statusOf(text string) string {
	const maxStatus = 64
	strange := func(r rune) bool { return r <= ' ' || r >= 0x7f }
	if len(text) > maxStatus || strings.ContainsFunc(text, strange) {
		return "unknown"
	}
	return text
}

// says is for what is said of an account. Nothing is fetched while it is not active, and
// its events are dropped; once it is, what was dropped is fetched, whatever its state was.
func (s *Syncer) says(row *Repo, active bool, status string) *Change {
	was := *row
	row.Active, row.Status = active, status
	c := &Change{Repo: *row}
	switch {
	case !active && row.State != Synchronized:
		c = s.desynchronize(row, "", row.Reason)
		c.Repo.Next = zero
	case active && !was.Active:
		c = s.desynchronize(row, "", sync.ReasonInactive)
	}
	if was.Active != active || was.Status != status {
		c.tell()
	}
	return c
}

// removed is for an account that was deleted (SN-23, SN-73): one event says it.
func (s *Syncer) removed(row *Repo) *Change {
	row.deleted()
	row.Reason = ReasonDeleted
	c := &Change{Repo: *row, Clear: true, Dequeue: AllQueued}
	if s.outbox.waits(row.DID) {
		c.Drop = DropAll
	}
	c.tell()
	return c
}

// tell adds an event that says how the account is, in place of an earlier one that waits.
func (c *Change) tell() {
	r := &c.Repo
	c.Drop = max(c.Drop, DropStatus)
	c.Events = append(c.Events, Event{DID: r.DID, Account: &AccountEvent{Handle: r.Handle, Active: r.Active, Status: r.Status}})
}

// identity is for an #identity (SN-07), with what was looked up then.
func (s *Syncer) identity(row *Repo, did syntax.DID, id *identity.Identity, err error) *Change {
	switch {
	case row == nil:
		return nil
	case tombstoned(did, err) && row.Status == StatusDeleted:
		return nil
	case tombstoned(did, err):
		return s.removed(row)
	case err == nil && row.Handle == id.Handle && row.Host == id.PDS:
		return nil // nothing has changed, and any host may send any number of them
	case id != nil:
		if row.Host != id.PDS && row.State == Desynchronized && row.fetched() {
			row.Next = s.Now() // the new server may have what the old one did not
		}
		row.Handle, row.Host = id.Handle, id.PDS
	}
	c := &Change{Repo: *row}
	c.tell()
	return c
}

// tombstoned reports whether a DID leads to nothing any more (SN-73). That of a web
// server may come back.
func tombstoned(did syntax.DID, err error) bool {
	return errors.Is(err, identity.ErrNotFound) && strings.HasPrefix(string(did), "did:plc:")
}
