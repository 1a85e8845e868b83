package store

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// Memory is a [Store] that forgets everything with the process. The zero value is
// empty. It sorts whenever it lists: it is for tests and small networks.
type Memory struct {
	mu       sync.Mutex
	hosts    map[string]Host
	accounts map[syntax.DID]Account
	members  map[Membership]struct{}
}

// Host returns a host.
func (m *Memory) Host(_ context.Context, name string) (Host, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, ok := m.hosts[name]
	if !ok {
		return Host{}, ErrNotFound
	}
	return h, nil
}

// Hosts returns hosts in the order of their names.
func (m *Memory) Hosts(_ context.Context, after string, limit int) ([]Host, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return page(m.hosts, after, limit, func(Host) bool { return true }), nil
}

// page returns values behind a key, in the order of the keys.
func page[K cmp.Ordered, V any](all map[K]V, after K, limit int, keep func(V) bool) []V {
	var found []V
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if key > after && len(found) < limit && keep(all[key]) {
			found = append(found, all[key])
		}
	}
	return found
}

// PutHost adds or changes a host.
func (m *Memory) PutHost(_ context.Context, h Host) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if known, ok := m.hosts[h.Name]; ok {
		h.Seq, h.Accounts, h.FirstSeen = known.Seq, known.Accounts, known.FirstSeen
	}
	if m.hosts == nil {
		m.hosts = map[string]Host{}
	}
	m.hosts[h.Name] = h
	return nil
}

// NewHosts counts hosts.
func (m *Memory) NewHosts(_ context.Context, since time.Time) (n int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, h := range m.hosts {
		if !h.ByAdmin && !h.FirstSeen.Before(since) {
			n++
		}
	}
	return n, nil
}

// Account returns an account.
func (m *Memory) Account(_ context.Context, did syntax.DID) (Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.accounts[did]
	if !ok {
		return Account{}, ErrNotFound
	}
	return a, nil
}

// Accounts returns accounts in the order of their DIDs.
func (m *Memory) Accounts(_ context.Context, after syntax.DID, limit int) ([]Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return page(m.accounts, after, limit, func(a Account) bool { return a.Rev != "" }), nil
}

// Throttled returns the accounts of a host that are throttled.
func (m *Memory) Throttled(_ context.Context, host string, limit int) ([]Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := page(m.accounts, "", len(m.accounts), func(a Account) bool { return a.Host == host && a.Throttled })
	slices.SortStableFunc(found, func(a, b Account) int { return a.FirstSeen.Compare(b.FirstSeen) })
	return found[:min(limit, len(found))], nil
}

// CountThrottled counts the accounts of a host that are throttled.
func (m *Memory) CountThrottled(_ context.Context, host string) (n int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.accounts {
		if a.Host == host && a.Throttled {
			n++
		}
	}
	return n, nil
}

// InCollection returns accounts with records in a collection, in the order of their
// DIDs.
func (m *Memory) InCollection(_ context.Context, collection syntax.NSID, after syntax.DID, limit int) ([]syntax.DID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := page(m.accounts, after, limit, func(a Account) bool {
		_, is := m.members[Membership{a.DID, collection}]
		return is && a.Active && !a.Takedown
	})
	dids := make([]syntax.DID, len(found))
	for i := range found {
		dids[i] = found[i].DID
	}
	return dids, nil
}

// Collections returns the collections of an account.
func (m *Memory) Collections(_ context.Context, did syntax.DID, limit int) ([]syntax.NSID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []syntax.NSID
	for k := range m.members {
		if k.DID == did {
			found = append(found, k.Collection)
		}
	}
	slices.Sort(found)
	return found[:min(limit, len(found))], nil
}

// Commit stores a batch.
func (m *Memory) Commit(_ context.Context, b *Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.accounts == nil {
		m.accounts, m.members = map[syntax.DID]Account{}, map[Membership]struct{}{}
	}
	for i := range b.Accounts {
		m.accounts[b.Accounts[i].DID] = b.Accounts[i]
	}
	for name, more := range b.More {
		m.change(name, func(h *Host) { h.Accounts += more })
	}
	for name, seq := range b.Seqs {
		m.change(name, func(h *Host) { h.Seq = seq })
	}
	for _, did := range b.Forgotten {
		maps.DeleteFunc(m.members, func(k Membership, _ struct{}) bool { return k.DID == did })
	}
	for _, k := range b.Memberships {
		m.members[k] = struct{}{}
	}
	return nil
}

// change changes a host, if it is known.
func (m *Memory) change(name string, change func(*Host)) {
	if h, ok := m.hosts[name]; ok {
		change(&h)
		m.hosts[name] = h
	}
}
