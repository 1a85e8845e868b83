package records

import (
	"context"
	"errors"
	stdsync "sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// settingMissed says that events were missed whose accounts are not known, or accounts that
// nobody wanted then.
const settingMissed = "missed"

// misses says that events were missed whose accounts are not known. It is stored before
// the cursor moves past them, and until all lists are to be read again.
type misses struct {
	store Settings
	bell  *bell // rings when some were

	mu     stdsync.Mutex // guards below, also while it is stored
	noted  bool          // some were, since begin
	stored bool
}

func (m *misses) load(ctx context.Context) error {
	text, err := m.store.Setting(ctx, settingMissed)
	m.stored = text != ""
	return err
}

func (m *misses) note() {
	m.mu.Lock()
	m.noted = true
	m.mu.Unlock()
	m.bell.ring()
}

// keep stores what was noted.
func (m *misses) keep(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.save(ctx)
}

func (m *misses) save(ctx context.Context) error {
	if !m.noted || m.stored {
		return nil
	}
	if err := m.store.SetSetting(ctx, settingMissed, "yes"); err != nil {
		return err
	}
	m.stored = true
	return nil
}

// begin reports whether events were missed, which stays stored until end.
func (m *misses) begin(ctx context.Context) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.save(ctx); err != nil {
		return false, err
	}
	m.noted = false
	return m.stored, nil
}

// end says that all lists are to be read again, unless more was missed since begin.
func (m *misses) end(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.noted {
		return nil
	}
	if err := m.store.SetSetting(ctx, settingMissed, ""); err != nil {
		return err
	}
	m.stored = false
	return nil
}

// told is for what the upstream says of the stream. With a cursor that is too old, events
// were missed, and accounts that say nothing any more would be behind for good (ES-09).
func (s *Syncer) told(m *comatproto.SyncSubscribeReposInfo) {
	if m.Name == xrpc.InfoOutdatedCursor {
		s.misses.note()
	}
}

// missedSome has all accounts compared with the listing if events were missed. The
// listing of a relay may be a moment behind its stream.
func (s *Syncer) missedSome(ctx context.Context) error {
	some, err := s.misses.begin(ctx)
	if err != nil {
		return storeFailed("what was missed", err)
	}
	if !some {
		return nil
	}
	if err := s.Sleep(ctx, s.Limits.FirstEvent); err != nil {
		return err
	}
	if s.Accounts != Everyone {
		if err := s.Store.Resync(ctx, s.Now()); err != nil {
			return storeFailed("all accounts", err)
		}
		s.schedule.all()
	}
	for i := range s.listing.lists {
		l := s.listing.list(i)
		l.again()
		if err := s.storeList(ctx, &l); err != nil {
			return err
		}
		s.listing.set(i, l)
	}
	if err := s.misses.end(ctx); err != nil {
		return storeFailed("what was missed", err)
	}
	return nil
}

// compare holds an account that is kept against what a listing says of it. Its rev is
// no more than a hint that there is something to fetch, as nobody has signed it, and its
// status may be older than what the stream has said since. A resync up to an epoch may have
// been sent what was so before something was missed; later ones began with that behind them.
// kept says whether the account is kept.
func (s *Syncer) compare(ctx context.Context, did syntax.DID, active bool, rev syntax.TID, epoch int64) (kept bool, err error) {
	differs := s.passed.has(did) // the list may be older than that
	err = s.change(ctx, did, func(row *Repo) (*Change, error) {
		if kept = row != nil; !kept {
			return nil, nil //nolint:nilnil // it is not kept
		}
		differs = differs || row.Active != active
		behind := row.State == Synchronized || row.State == InProgress && row.Epoch <= epoch
		if row.Active && active && behind && rev > max(row.Rev, row.Want, row.QueuedRev) {
			return s.desynchronize(row, "", ReasonMissed), nil
		}
		return nil, nil //nolint:nilnil // it is in step
	})
	if err == nil && differs {
		err = s.askUntilAnswered(ctx, did)
	}
	return kept, err
}

// ask takes over what the upstream says of the status of an account now, of which an
// event may have been missed (SN-54a). If it says nothing, nothing changes (SN-72), and if
// it may say something another time, it is not answered.
func (s *Syncer) ask(ctx context.Context, did syntax.DID) (answered bool, err error) {
	for range asks {
		before, err := s.Store.Repo(ctx, did)
		if err != nil {
			return false, storeFailed(did, err)
		}
		if before == nil {
			return true, nil
		}
		var out *comatproto.SyncGetRepoStatusOutput
		sync.Away(ctx, func() {
			out, err = comatproto.SyncGetRepoStatus.Call(ctx, s.Upstream, &comatproto.SyncGetRepoStatusParams{DID: did})
		})
		if err != nil || out.DID != did {
			return err == nil || refuses(err), ctx.Err()
		}
		err = s.change(ctx, did, func(row *Repo) (*Change, error) {
			if row == nil || row.Version != before.Version {
				return nil, errStale // an event may have said something newer
			}
			return s.account(row, &accountEvent{DID: did, Active: out.Active, Status: out.Status}), nil
		})
		if !errors.Is(err, errStale) {
			return err == nil, err
		}
	}
	return false, nil
}

// asks is how often the status of an account is asked for that changes meanwhile.
const asks = 5

// dropped is for an event that is dropped because its account is not active. Whether it is
// so is asked first, as an event that said otherwise may have been missed (SN-54a); what
// was dropped is fetched then.
func (s *Syncer) dropped(ctx context.Context, did syntax.DID) error {
	if s.asked.Take(did) > 0 {
		return nil
	}
	if err := s.askUntilAnswered(ctx, did); err != nil {
		return err
	}
	return s.change(ctx, did, func(row *Repo) (*Change, error) {
		if row == nil || !row.Active || row.State != Synchronized {
			return nil, nil
		}
		return s.desynchronize(row, "", sync.ReasonInactive), nil
	})
}

// recentAccounts are the last ones of many.
type recentAccounts struct {
	mu  stdsync.Mutex
	all *simplelru.LRU[syntax.DID, struct{}]
}

// maxRecent is how many of them are remembered.
const maxRecent = 10_000

func newRecentAccounts() *recentAccounts {
	all, _ := simplelru.NewLRU[syntax.DID, struct{}](maxRecent, nil) // fails for sizes that are not positive
	return &recentAccounts{all: all}
}

// add adds an account, and reports whether it was not there.
func (r *recentAccounts) add(did syntax.DID) (anew bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	anew = !r.all.Contains(did)
	r.all.Add(did, struct{}{})
	return anew
}

func (r *recentAccounts) has(did syntax.DID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all.Contains(did)
}
