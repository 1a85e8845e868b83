package records

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	stdsync "sync"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// listing is what a backfill has read.
type listing struct {
	unwanted *recentAccounts // that were named lately, and are not kept

	mu    stdsync.Mutex
	lists []list
	bell  bell // rings when they are to be read anew
}

func (g *listing) list(i int) list {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lists[i]
}

func (g *listing) set(i int, l list) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.lists[i] = l
}

// whole reports whether a list was read to its end as one of all.
func (g *listing) whole() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.ContainsFunc(g.lists, func(l list) bool { return l.Whole && l.Done })
}

// A list is one that names accounts: of all, or of those with a collection. It is
// stored as a setting after each page, so that it goes on from there.
type list struct {
	Collection syntax.NSID `json:"collection,omitempty"` // "" for all
	// Known says that accounts which are not kept are passed over.
	Known bool `json:"known,omitempty"`
	// Whole says that all accounts are listed, as the upstream has no list of those with
	// the collection.
	Whole  bool   `json:"whole,omitempty"`
	Cursor string `json:"cursor,omitempty"`
	Done   bool   `json:"done,omitempty"`
	Read   int64  `json:"read"`  // accounts that it has named
	Added  int64  `json:"added"` // those that were new
	// Malformed is how many names were no DIDs.
	Malformed int64 `json:"malformed,omitempty"`
	// Again says that it is to be read once more when it was read to its end.
	Again bool `json:"again,omitempty"`
	// Lap looks for cursors that come round again, and Round says that they have, which
	// has ended the list.
	Lap   lap  `json:"lap"`
	Round bool `json:"round,omitempty"`
	// Idle looks for pages that name nothing new, and Stale says that there were too many,
	// which has ended the list.
	Idle  idle `json:"idle"`
	Stale bool `json:"stale,omitempty"`

	err error // why it cannot be read at present
}

func (l *list) setting() string {
	if l.Known {
		return "list of those that are kept"
	}
	return "list " + string(l.Collection)
}

// again has a list read from its beginning. One that is being read ends first: otherwise
// it might never, with an upstream that is often away.
func (l *list) again() {
	if !l.Done && l.Cursor != "" {
		l.Again = true
		return
	}
	l.Cursor, l.Done, l.Whole, l.Again = "", false, false, false
	l.Lap, l.Round, l.Idle, l.Stale = lap{}, false, idle{}, false
}

// passed notes that a page was read. It returns an error of the upstream if the list has ended
// because nothing new comes.
func (l *list) passed(p *page, added int) (err error) {
	switch {
	case p.next == "" || p.next == l.Cursor: // a cursor that stands still would never end
		l.Done = true
	case l.Lap.again(p.next):
		l.Done, l.Round = true, true
	case l.Idle.over():
		l.Done, l.Stale = true, true
		err = l.stale()
	}
	l.Cursor, l.Read, l.Added, l.Malformed = p.next, l.Read+int64(len(p.repos)), l.Added+int64(added), l.Malformed+p.malformed
	if l.Done && l.Again {
		l.again()
	}
	return err
}

// trouble is why a list cannot be read at present, or has ended early.
func (l *list) trouble() error {
	if l.Round {
		return fmt.Errorf("records: the cursors of the %s come round again: it may name more accounts", strings.TrimSpace(l.setting()))
	}
	if l.Stale {
		return l.stale()
	}
	return l.err
}

func (l *list) stale() error {
	return fmt.Errorf("records: the %s brings nothing new and does not end: it may name more accounts", strings.TrimSpace(l.setting()))
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
			lists[i] = list{} // what is left out is not so
			err = json.Unmarshal([]byte(text), &lists[i])
		}
		if err != nil {
			return fmt.Errorf("how far accounts were listed: %w", err)
		}
	}
	s.listing.lists, s.listing.unwanted = lists, newRecentAccounts()
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

// readLists reads all lists to their ends. One that cannot be read is tried again after a
// pause, when the others were read.
func (s *Syncer) readLists(ctx context.Context) error {
	for failures := 0; ; {
		pages, failed, err := s.round(ctx)
		if err != nil || failed == 0 {
			return err
		}
		if failures++; pages > 0 {
			failures = 1
		}
		if err := s.Sleep(ctx, s.Limits.pause(failures)); err != nil {
			return err
		}
	}
}

// round reads each list until it ends or cannot be read, and returns how many pages there
// were and how many lists have failed.
func (s *Syncer) round(ctx context.Context) (pages, failed int, err error) {
	if err := s.missedSome(ctx); err != nil {
		return 0, 0, err
	}
	for i := range s.listing.lists {
		n, err := s.readList(ctx, i)
		pages += n
		switch {
		case ctx.Err() != nil:
			return 0, 0, ctx.Err()
		case finalOf(err) != nil:
			return 0, 0, err
		case err != nil:
			failed++
		}
	}
	return pages, failed, nil
}

// readList reads one list. Between its pages it is looked whether something was missed.
func (s *Syncer) readList(ctx context.Context, i int) (pages int, err error) {
	for {
		l := s.listing.list(i)
		if l.Done {
			return pages, nil
		}
		l.err = s.turn(ctx, &l)
		s.listing.set(i, l)
		if l.err != nil {
			return pages, l.err
		}
		pages++
		if err := s.Sleep(ctx, s.Limits.PageEvery); err != nil {
			return pages, err
		}
		if err := s.missedSome(ctx); err != nil {
			return pages, err
		}
	}
}

// turn reads the next page of a list, and adds its accounts. It is an error of the upstream if
// the list has ended because nothing new comes.
func (s *Syncer) turn(ctx context.Context, l *list) error {
	epoch := s.epochs.Load() // before the page, which may be newer than what is being fetched
	p, err := s.read(ctx, l)
	if err != nil {
		return err
	}
	added := 0
	if !l.Known {
		if added, err = s.add(ctx, p.repos); err != nil {
			return storeFailed("a page of a listing", err)
		}
	}
	news := added > 0
	if l.Collection == "" { // the others say nothing but names
		for i := range p.repos {
			kept, err := s.compare(ctx, p.repos[i].DID, p.repos[i].Active, p.revs[i], epoch)
			if err != nil {
				return err
			}
			if !kept && s.listing.unwanted.add(p.repos[i].DID) { // each of the page, or it would be new again later
				news = true
			}
		}
	}
	if err := s.idles(ctx, l, len(p.repos), news); err != nil {
		return err
	}
	stale := l.passed(p, added)
	if err := s.storeList(ctx, l); err != nil {
		return err
	}
	return stale
}

// idles notes how many accounts a page has named, and whether one of them was new.
func (s *Syncer) idles(ctx context.Context, l *list, names int, news bool) error {
	if news {
		l.Idle = idle{}
		return nil
	}
	if l.Idle.page(names); !l.Idle.over() {
		return nil
	}
	counts, err := s.Store.Counts(ctx)
	if err != nil {
		return storeFailed("accounts that are known", err)
	}
	l.Idle.Known = 0
	for _, n := range counts {
		l.Idle.Known += n
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
	if l.Collection == "" || l.Whole {
		return s.readAll(ctx, l.Cursor)
	}
	p, err := s.readCollection(ctx, l.Collection, l.Cursor)
	if !lacks(err) {
		return p, err
	}
	if s.listing.whole() { // for another collection
		return &page{}, nil
	}
	l.Whole, l.Cursor, l.Lap = true, "", lap{} // that of the other list says nothing here
	return s.readAll(ctx, "")
}

// lacks reports whether an error says that there is no such endpoint, which servers tell
// by one of two statuses (XR-02, XR-04).
func lacks(err error) bool {
	e, ok := errors.AsType[*xrpc.Error](err)
	return ok && (e.Status == http.StatusNotImplemented || e.Status == http.StatusNotFound)
}

// readCollection reads a page of a list of accounts with a collection.
func (s *Syncer) readCollection(ctx context.Context, collection syntax.NSID, cursor string) (*page, error) {
	out, err := comatproto.SyncListReposByCollection.Call(ctx, s.Upstream, &comatproto.SyncListReposByCollectionParams{
		Collection: collection, Cursor: cursorOf(cursor), Limit: lex.Int(2000),
	})
	if err != nil {
		return nil, err
	}
	p := &page{next: out.Cursor.Or("")}
	for _, r := range out.Repos {
		p.add(Repo{DID: r.DID, Active: true}, "", s.Now())
	}
	return p, nil
}

// readAll reads a page of a list of all accounts.
func (s *Syncer) readAll(ctx context.Context, cursor string) (*page, error) {
	out, err := comatproto.SyncListRepos.Call(ctx, s.Upstream, &comatproto.SyncListReposParams{Cursor: cursorOf(cursor), Limit: lex.Int(1000)})
	if err != nil {
		return nil, err
	}
	p := &page{next: out.Cursor.Or("")}
	for _, r := range out.Repos {
		p.add(Repo{DID: r.DID, Active: r.Active.Or(true), Status: statusOf(r.Status.Or(""))}, r.Rev, s.Now())
	}
	return p, nil
}

func cursorOf(text string) (cursor lex.Opt[string]) {
	if text != "" {
		cursor = lex.Some(text)
	}
	return cursor
}

// Progress is how far a [Syncer] is.
type Progress struct {
	// Accounts is how many there are in each state.
	Accounts map[State]int64
	// Waiting is how many events wait to be delivered.
	Waiting int
	// Refused is how many accounts have a next event that the application has given back,
	// and Aside how many of those that were set aside have had no event taken since.
	Refused, Aside int
	// Listed and Added are how many accounts the listings have named so far, and how
	// many of them were new; Done says that all were read. Malformed is how many names
	// were no DIDs, and were passed over.
	Listed, Added int64
	Malformed     int64
	Done          bool
	// Err is why a listing cannot be read at present, nil if each can. It is tried again
	// after pauses that grow. One whose cursors come round again, or that goes on and brings
	// nothing new, has ended, and is Done.
	Err error
}

// Progress returns how far it is. Counting takes the store time in proportion to the
// number of accounts.
func (s *Syncer) Progress(ctx context.Context) (Progress, error) {
	counts, err := s.Store.Counts(ctx)
	if err != nil {
		return Progress{}, fmt.Errorf("records: count accounts: %w", err)
	}
	p := Progress{Accounts: counts, Done: true}
	p.Waiting, p.Refused, p.Aside = s.outbox.backlog()
	s.listing.mu.Lock()
	defer s.listing.mu.Unlock()
	for _, l := range s.listing.lists {
		p.Listed, p.Added, p.Malformed, p.Done = p.Listed+l.Read, p.Added+l.Added, p.Malformed+l.Malformed, p.Done && l.Done
		p.Err = errors.Join(p.Err, l.trouble())
	}
	return p, nil
}
