package records

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	stdsync "sync"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// listing is what a backfill has read.
type listing struct {
	mu    stdsync.Mutex
	lists []list
	bell  bell // rings when they are to be read anew
}

// A list is one that names accounts: of all, or of those with a collection. It is
// stored as a setting after each page, so that it goes on from there.
type list struct {
	Collection syntax.NSID `json:"collection,omitempty"` // "" for all
	// Known says that accounts which are not kept are passed over.
	Known  bool   `json:"known,omitempty"`
	Cursor string `json:"cursor,omitempty"`
	Done   bool   `json:"done,omitempty"`
	Read   int64  `json:"read"`  // accounts that it has named
	Added  int64  `json:"added"` // those that were new
}

func (l *list) setting() string {
	if l.Known {
		return "list of those that are kept"
	}
	return "list " + string(l.Collection)
}

// loadListing says which lists there are, and how far they were read.
func (s *Syncer) loadListing(ctx context.Context) error {
	if s.Accounts != Everyone {
		return nil
	}
	lists := []list{{}}
	collections, exact := s.Filter.exact()
	if exact || s.Backfill == NoBackfill {
		lists = []list{{Known: true, Done: true}} // until something was missed
	}
	if exact && s.Backfill != NoBackfill {
		for _, c := range collections {
			lists = append(lists, list{Collection: c})
		}
	}
	for i := range lists {
		text, err := s.Store.Setting(ctx, lists[i].setting())
		if err == nil && text != "" {
			err = json.Unmarshal([]byte(text), &lists[i])
		}
		if err != nil {
			return fmt.Errorf("how far accounts were listed: %w", err)
		}
	}
	s.listing.lists = lists
	return nil
}

// backfill reads all lists to their ends, and again when something was missed, until
// ctx ends.
func (s *Syncer) backfill(ctx context.Context) error {
	if err := s.cursor.wait(ctx, s.Sleep, s.Limits.FirstEvent); err != nil {
		return nil //nolint:nilerr // ctx has ended
	}
	for {
		t := s.listing.bell.ticket(ctx)
		err := s.readLists(ctx)
		if err == nil {
			err = t.wait(s.Sleep, -1)
		}
		t.drop()
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it goes on with the next run
		}
		if err != nil {
			return err
		}
	}
}

// readLists reads all lists to their ends. A listing that cannot be read is tried again
// after a pause.
func (s *Syncer) readLists(ctx context.Context) error {
	if err := s.missedSome(ctx); err != nil {
		return err
	}
	for i := range s.listing.lists {
		failures := 0
		for {
			s.listing.mu.Lock()
			l := s.listing.lists[i]
			s.listing.mu.Unlock()
			if l.Done {
				break
			}
			err := s.page(ctx, &l)
			if _, final := errors.AsType[*storeError](err); final {
				return err
			}
			pause := s.Limits.PageEvery
			if failures++; err == nil {
				failures = 0
				s.listing.mu.Lock()
				s.listing.lists[i] = l
				s.listing.mu.Unlock()
			} else {
				pause = s.Limits.pause(failures)
			}
			if err := s.Sleep(ctx, pause); err != nil {
				return err
			}
		}
	}
	return nil
}

// page reads the next page of a list, and adds its accounts.
func (s *Syncer) page(ctx context.Context, l *list) error {
	repos, revs, next, err := s.accountsOf(ctx, l)
	if err != nil {
		return err
	}
	added := 0
	if !l.Known {
		if added, err = s.Store.Add(ctx, repos); err != nil {
			return storeFailed("a page of a listing", err)
		}
	}
	if l.Collection == "" { // the others say nothing but names
		for i := range repos {
			if err := s.compare(ctx, repos[i].DID, repos[i].Active, revs[i]); err != nil {
				return err
			}
		}
	}
	l.Done = next == "" || next == l.Cursor // a cursor that stands still would never end
	l.Cursor, l.Read, l.Added = next, l.Read+int64(len(repos)), l.Added+int64(added)
	if err := s.storeList(ctx, l); err != nil {
		return err
	}
	if added > 0 {
		s.schedule.bell.ring()
	}
	return nil
}

func (s *Syncer) storeList(ctx context.Context, l *list) error {
	text, err := json.Marshal(l)
	if err == nil {
		err = s.Store.SetSetting(ctx, l.setting(), string(text))
	}
	if err != nil {
		return storeFailed("a listing", err)
	}
	return nil
}

// accountsOf reads a page. A list of all has their revs, too.
func (s *Syncer) accountsOf(ctx context.Context, l *list) (repos []Repo, revs []syntax.TID, next string, err error) {
	var cursor lex.Opt[string]
	if l.Cursor != "" {
		cursor = lex.Some(l.Cursor)
	}
	if l.Collection != "" {
		out, err := comatproto.SyncListReposByCollection.Call(ctx, s.Upstream, &comatproto.SyncListReposByCollectionParams{
			Collection: l.Collection, Cursor: cursor, Limit: lex.Int(2000),
		})
		if err != nil {
			return nil, nil, "", err
		}
		for _, r := range out.Repos {
			repos = append(repos, Repo{DID: r.DID, Active: true, Next: s.Now()})
		}
		return repos, nil, out.Cursor.Or(""), nil
	}
	out, err := comatproto.SyncListRepos.Call(ctx, s.Upstream, &comatproto.SyncListReposParams{Cursor: cursor, Limit: lex.Int(1000)})
	if err != nil {
		return nil, nil, "", err
	}
	for _, r := range out.Repos {
		repo := Repo{DID: r.DID, Active: r.Active.Or(true), Status: statusOf(r.Status.Or(""))}
		if repo.Active {
			repo.Next = s.Now()
		}
		repos, revs = append(repos, repo), append(revs, r.Rev)
	}
	return repos, revs, out.Cursor.Or(""), nil
}

// Progress is how far a [Syncer] is.
type Progress struct {
	// Accounts is how many there are in each state.
	Accounts map[State]int64
	// Waiting is how many events wait to be delivered.
	Waiting int
	// Listed and Added are how many accounts the listings have named so far, and how
	// many of them were new; Done says that all were read.
	Listed, Added int64
	Done          bool
}

// Progress returns how far it is. Counting takes the store time in proportion to the
// number of accounts.
func (s *Syncer) Progress(ctx context.Context) (Progress, error) {
	counts, err := s.Store.Counts(ctx)
	if err != nil {
		return Progress{}, fmt.Errorf("records: count accounts: %w", err)
	}
	p := Progress{Accounts: counts, Waiting: s.outbox.backlog(), Done: true}
	s.listing.mu.Lock()
	defer s.listing.mu.Unlock()
	for _, l := range s.listing.lists {
		p.Listed, p.Added, p.Done = p.Listed+l.Read, p.Added+l.Added, p.Done && l.Done
	}
	return p, nil
}
