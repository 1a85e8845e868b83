package records

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	stdsync "sync"
	"time"

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
	// Malformed is how many names were no DIDs.
	Malformed int64 `json:"malformed,omitempty"`
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
			err := s.turn(ctx, &l)
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

// turn reads the next page of a list, and adds its accounts.
func (s *Syncer) turn(ctx context.Context, l *list) error {
	p, err := s.read(ctx, l)
	if err != nil {
		return err
	}
	added := 0
	if !l.Known {
		if added, err = s.Store.Add(ctx, p.repos); err != nil {
			return storeFailed("a page of a listing", err)
		}
	}
	if l.Collection == "" { // the others say nothing but names
		for i := range p.repos {
			if err := s.compare(ctx, p.repos[i].DID, p.repos[i].Active, p.revs[i]); err != nil {
				return err
			}
		}
	}
	l.Done = p.next == "" || p.next == l.Cursor // a cursor that stands still would never end
	l.Cursor, l.Read, l.Added, l.Malformed = p.next, l.Read+int64(len(p.repos)), l.Added+int64(added), l.Malformed+p.malformed
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

// A page is some accounts of a list.
type page struct {
	repos     []Repo
	revs      []syntax.TID // of each, where the list has them; nobody has signed them
	malformed int64        // names that are no DIDs, which are passed over
	next      string       // the cursor; "" at the end
}

// add adds an account that a list names.
func (p *page) add(r Repo, rev syntax.TID, now time.Time) {
	if _, err := syntax.ParseDID(string(r.DID)); err != nil {
		p.malformed++
		return
	}
	if r.Active {
		r.Next = now
	}
	p.repos, p.revs = append(p.repos, r), append(p.revs, rev)
}

// read reads the next page of a list.
func (s *Syncer) read(ctx context.Context, l *list) (*page, error) {
	var cursor lex.Opt[string]
	if l.Cursor != "" {
		cursor = lex.Some(l.Cursor)
	}
	p := &page{}
	if l.Collection != "" {
		out, err := comatproto.SyncListReposByCollection.Call(ctx, s.Upstream, &comatproto.SyncListReposByCollectionParams{
			Collection: l.Collection, Cursor: cursor, Limit: lex.Int(2000),
		})
		if err != nil {
			return nil, err
		}
		for _, r := range out.Repos {
			p.add(Repo{DID: r.DID, Active: true}, "", s.Now())
		}
		p.next = out.Cursor.Or("")
		return p, nil
	}
	out, err := comatproto.SyncListRepos.Call(ctx, s.Upstream, &comatproto.SyncListReposParams{Cursor: cursor, Limit: lex.Int(1000)})
	if err != nil {
		return nil, err
	}
	for _, r := range out.Repos {
		p.add(Repo{DID: r.DID, Active: r.Active.Or(true), Status: statusOf(r.Status.Or(""))}, r.Rev, s.Now())
	}
	p.next = out.Cursor.Or("")
	return p, nil
}

// Progress is how far a [Syncer] is.
type Progress struct {
	// Accounts is how many there are in each state.
	Accounts map[State]int64
	// Waiting is how many events wait to be delivered.
	Waiting int
	// Listed and Added are how many accounts the listings have named so far, and how
	// many of them were new; Done says that all were read. Malformed is how many names
	// were no DIDs, and were passed over.
	Listed, Added int64
	Malformed     int64
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
		p.Listed, p.Added, p.Malformed, p.Done = p.Listed+l.Read, p.Added+l.Added, p.Malformed+l.Malformed, p.Done && l.Done
	}
	return p, nil
}
