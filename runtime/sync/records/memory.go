package records

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	stdsync "sync"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// MemoryStore is a [Store] that ends with the process, for tests and for programs that
// fetch everything anew each time. The zero value is empty. It takes time in proportion
// to the number of accounts to find the next one.
type MemoryStore struct {
	mu       stdsync.Mutex
	repos    map[syntax.DID]*memoryRepo
	events   []Event // in the order of their IDs
	lastID   int64
	settings map[string]string
}

type memoryRepo struct {
	Repo

	records []Entry  // in the order of their paths
	queue   []Queued // in the order of their revs
}

// Repo implements [Store].
func (m *MemoryStore) Repo(_ context.Context, did syntax.DID) (*Repo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.repos[did]
	if r == nil {
		return nil, nil //nolint:nilnil // nothing is kept
	}
	return new(r.Repo), nil
}

// Add implements [Store].
func (m *MemoryStore) Add(_ context.Context, repos []Repo) (added int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range repos {
		if m.repos[r.DID] == nil {
			m.put(r)
			added++
		}
	}
	return added, nil
}

// put stores what is kept of an account, with the next version.
func (m *MemoryStore) put(r Repo) *memoryRepo {
	if m.repos == nil {
		m.repos = map[syntax.DID]*memoryRepo{}
	}
	r.Version++
	r.Next = r.Next.Truncate(time.Microsecond)
	kept := m.repos[r.DID]
	if kept == nil {
		kept = &memoryRepo{}
		m.repos[r.DID] = kept
	}
	kept.Repo = r
	return kept
}

// Change implements [Store].
func (m *MemoryStore) Change(_ context.Context, c *Change) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var version int64
	if r := m.repos[c.Repo.DID]; r != nil {
		version = r.Version
	}
	if version != c.Repo.Version {
		return ErrConflict
	}
	dropped := m.drop(c)
	if c.Forget {
		delete(m.repos, c.Repo.DID)
	} else {
		m.put(c.Repo).change(c, dropped)
	}
	for _, e := range c.Events {
		m.lastID++
		e.ID = m.lastID
		m.events = append(m.events, e)
	}
	return nil
}

// drop removes events of an account that wait, and returns the records that they are of,
// unless all are removed anyway.
func (m *MemoryStore) drop(c *Change) (untold []Entry) {
	c.Dropped = nil
	if c.Drop == DropNone {
		return nil
	}
	m.events = slices.DeleteFunc(m.events, func(e Event) bool {
		ends := e.Account != nil && e.Account.Status == StatusDeleted && (c.Drop == DropStatus || !c.Clear)
		if e.DID != c.Repo.DID || ends || c.Drop == DropStatus && e.Record != nil {
			return false
		}
		if e.Record != nil && !c.Clear {
			untold = append(untold, Entry{e.Record.Path, Untold})
		}
		c.Dropped = append(c.Dropped, e.ID)
		return true
	})
	return untold
}

func (r *memoryRepo) change(c *Change, untold []Entry) {
	if c.Clear {
		r.records = nil
	}
	for _, e := range append(untold, c.Records...) {
		i, found := slices.BinarySearchFunc(r.records, e.Path, func(e Entry, path string) int { return strings.Compare(e.Path, path) })
		switch {
		case !e.CID.Defined() && found:
			r.records = slices.Delete(r.records, i, i+1)
		case !e.CID.Defined():
		case found:
			r.records[i] = e
		default:
			r.records = slices.Insert(r.records, i, e)
		}
	}
	r.queue = slices.DeleteFunc(r.queue, func(q Queued) bool { return q.Rev <= c.Dequeue })
	if c.Enqueue != nil {
		r.queue = append(r.queue, *c.Enqueue)
		slices.SortStableFunc(r.queue, func(a, b Queued) int { return cmp.Compare(a.Rev, b.Rev) })
	}
}

// Records implements [Store].
func (m *MemoryStore) Records(_ context.Context, did syntax.DID, after string, limit int) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.repos[did]
	if r == nil {
		return nil, nil
	}
	i, found := slices.BinarySearchFunc(r.records, after, func(e Entry, path string) int { return strings.Compare(e.Path, path) })
	if found {
		i++
	}
	return append([]Entry(nil), r.records[i:min(i+limit, len(r.records))]...), nil
}

// Queue implements [Store].
func (m *MemoryStore) Queue(_ context.Context, did syntax.DID, limit int) ([]Queued, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.repos[did]
	if r == nil {
		return nil, nil
	}
	return append([]Queued(nil), r.queue[:min(limit, len(r.queue))]...), nil
}

// scheduled returns the accounts that are to be fetched.
func (m *MemoryStore) scheduled() []*memoryRepo {
	var all []*memoryRepo
	for _, r := range m.repos {
		if r.State == Desynchronized && !r.Next.IsZero() {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b *memoryRepo) int {
		return cmp.Or(strings.Compare(a.Host, b.Host), a.Next.Compare(b.Next), strings.Compare(string(a.DID), string(b.DID)))
	})
	return all
}

// NextHost implements [Store].
func (m *MemoryStore) NextHost(_ context.Context, after string) (host string, ok bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := m.scheduled()
	for _, r := range all {
		if r.Host > after {
			return r.Host, true, nil
		}
	}
	if len(all) == 0 {
		return "", false, nil
	}
	return all[0].Host, true, nil
}

// Due implements [Store].
func (m *MemoryStore) Due(_ context.Context, host string) (did syntax.DID, next time.Time, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.scheduled() {
		if r.Host == host {
			return r.DID, r.Next, nil
		}
	}
	return "", zero, nil
}

// Restart implements [Store].
func (m *MemoryStore) Restart(_ context.Context, now time.Time) error {
	m.resync(now, func(r *Repo) bool { return r.State == InProgress })
	return nil
}

// Resync implements [Store].
func (m *MemoryStore) Resync(_ context.Context, now time.Time) error {
	m.resync(now, func(*Repo) bool { return true })
	return nil
}

func (m *MemoryStore) resync(now time.Time, which func(*Repo) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.repos {
		if which(&r.Repo) {
			next := r.Repo
			next.desynchronize("", now.UTC())
			m.put(next).queue = nil
		}
	}
}

// Counts implements [Store].
func (m *MemoryStore) Counts(context.Context) (map[State]int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	counts := map[State]int64{}
	for r := range maps.Values(m.repos) {
		counts[r.State]++
	}
	return counts, nil
}

// Waiting implements [Store].
func (m *MemoryStore) Waiting(_ context.Context, after int64, limit int) (refs []Ref, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, _ := m.find(after + 1)
	for _, e := range m.events[i:min(i+limit, len(m.events))] {
		refs = append(refs, Ref{e.ID, e.DID})
	}
	return refs, nil
}

func (m *MemoryStore) find(id int64) (int, bool) {
	return slices.BinarySearchFunc(m.events, id, func(e Event, id int64) int { return cmp.Compare(e.ID, id) })
}

// Event implements [Store].
func (m *MemoryStore) Event(_ context.Context, id int64) (*Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i, found := m.find(id); found {
		return new(m.events[i]), nil
	}
	return nil, nil //nolint:nilnil // it is not there
}

// Acknowledge implements [Store].
func (m *MemoryStore) Acknowledge(_ context.Context, ids []int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	gone := make(map[int64]bool, len(ids))
	for _, id := range ids {
		gone[id] = true
	}
	m.events = slices.DeleteFunc(m.events, func(e Event) bool { return gone[e.ID] })
	return nil
}

// Setting implements [Store].
func (m *MemoryStore) Setting(_ context.Context, name string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.settings[name], nil
}

// SetSetting implements [Store].
func (m *MemoryStore) SetSetting(_ context.Context, name, value string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.settings == nil {
		m.settings = map[string]string{}
	}
	m.settings[name] = value
	return nil
}
