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
}

// A list is one that names accounts: of all, or of those with a collection. It is
// stored as a setting after each page, so that it goes on from there.
type list struct {
	Collection syntax.NSID `json:"collection,omitempty"` // "" for all
	Cursor     string      `json:"cursor,omitempty"`
	Done       bool        `json:"done,omitempty"`
	Read       int64       `json:"read"`  // accounts that it has named
	Added      int64       `json:"added"` // those that were new
}

func (l *list) setting() string { return "list " + string(l.Collection) }

// loadListing says which lists there are, and how far they were read.
func (s *Syncer) loadListing(ctx context.Context) error {
	if s.Accounts != Everyone || s.Backfill == NoBackfill {
		return nil
	}
	lists := []list{{}}
	if collections, ok := s.Filter.exact(); ok {
		lists = nil
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

// backfill reads all lists to their ends. A listing that cannot be read is tried again
// after a pause.
func (s *Syncer) backfill(ctx context.Context) error {
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
			if s.Sleep(ctx, pause) != nil {
				return nil //nolint:nilerr // it goes on with the next run
			}
		}
	}
	return nil
}

// page reads the next page of a list, and adds its accounts.
func (s *Syncer) page(ctx context.Context, l *list) error {
	repos, next, err := s.accountsOf(ctx, l)
	if err != nil {
		return err
	}
	added, err := s.Store.Add(ctx, repos)
	if err != nil {
		return storeFailed("a page of a listing", err)
	}
	l.Done = next == "" || next == l.Cursor // a cursor that stands still would never end
	l.Cursor, l.Read, l.Added = next, l.Read+int64(len(repos)), l.Added+int64(added)
	text, err := json.Marshal(l)
	if err == nil {
		err = s.Store.SetSetting(ctx, l.setting(), string(text))
	}
	if err != nil {
		return storeFailed("a listing", err)
	}
	if added > 0 {
		s.schedule.bell.ring()
	}
	return nil
}

// accountsOf reads a page.
func (s *Syncer) accountsOf(ctx context.Context, l *list) (repos []Repo, next string, err error) {
	var cursor lex.Opt[string]
	if l.Cursor != "" {
		cursor = lex.Some(l.Cursor)
	}
	if l.Collection != "" {
		out, err := comatproto.SyncListReposByCollection.Call(ctx, s.Upstream, &comatproto.SyncListReposByCollectionParams{
			Collection: l.Collection, Cursor: cursor, Limit: lex.Int(2000),
		})
		if err != nil {
			return nil, "", err
		}
		for _, r := range out.Repos {
			repos = append(repos, Repo{DID: r.DID, Active: true, Next: s.Now()})
		}
		return repos, out.Cursor.Or(""), nil
	}
	out, err := comatproto.SyncListRepos.Call(ctx, s.Upstream, &comatproto.SyncListReposParams{Cursor: cursor, Limit: lex.Int(1000)})
	if err != nil {
		return nil, "", err
	}
	for _, r := range out.Repos {
		repo := Repo{DID: r.DID, Active: r.Active.Or(true), Status: statusOf(r.Status.Or(""))}
		if repo.Active {
			repo.Next = s.Now()
		}
		repos = append(repos, repo)
	}
	return repos, out.Cursor.Or(""), nil
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
