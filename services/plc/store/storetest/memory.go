package storetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/plc/store"
)

// Memory is a store for tests, which says in a few lines what a store does: the
// other ones are compared with it. The zero Memory is empty.
type Memory struct {
	mu      sync.Mutex // guards below
	records []store.Record
	asides  map[string]store.Aside
	head    int64
}

var _ store.Store = (*Memory)(nil)

// Append takes operations, all or none.
func (m *Memory) Append(_ context.Context, additions ...store.Addition) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	records, head := slices.Clone(m.records), m.head
	for i := range additions {
		a := additions[i]
		if a.Seq == 0 {
			a.Seq = head + 1
		}
		if a.Seq <= head || i > 0 && (additions[i].Seq == 0) != (additions[0].Seq == 0) {
			return 0, fmt.Errorf("%w: %d", store.ErrSequence, a.Seq)
		}
		head = a.Seq
		length := 0
		for j := range records {
			if records[j].DID != a.DID {
				continue
			}
			length++
			if slices.Contains(a.Nullifies, records[j].Seq) {
				records[j].Nullified = true
			}
		}
		if length != a.Index {
			return 0, store.ErrConflict
		}
		a.CreatedAt = a.CreatedAt.UTC().Truncate(time.Millisecond)
		records = append(records, a.Record)
	}
	m.records, m.head = records, head
	return head, nil
}

// Skip moves the sequence forward.
func (m *Memory) Skip(_ context.Context, seq int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.head = max(m.head, seq)
	return nil
}

// Head returns the last number that was given.
func (m *Memory) Head(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.head, nil
}

// Log returns all operations of a DID.
func (m *Memory) Log(_ context.Context, did syntax.DID) ([]store.Record, error) {
	return m.all(func(r store.Record) bool { return r.DID == did }), nil
}

// Recent returns the last operations of a DID that were not undone.
func (m *Memory) Recent(_ context.Context, did syntax.DID, limit int) ([]store.Record, error) {
	records := m.all(func(r store.Record) bool { return r.DID == did && !r.Nullified })
	return records[max(0, len(records)-limit):], nil
}

// Find returns the operation of a DID with a CID.
func (m *Memory) Find(_ context.Context, did syntax.DID, c cid.CID) (store.Record, error) {
	return m.one(func(r store.Record) bool { return r.DID == did && r.CID == c })
}

// At returns the operation of a DID with an index.
func (m *Memory) At(_ context.Context, did syntax.DID, index int) (store.Record, error) {
	return m.one(func(r store.Record) bool { return r.DID == did && r.Index == index })
}

func (m *Memory) one(wanted func(store.Record) bool) (store.Record, error) {
	records := m.all(wanted)
	if len(records) == 0 {
		return store.Record{}, store.ErrNotFound
	}
	return records[0], nil
}

// After returns a part of the sequence.
func (m *Memory) After(_ context.Context, seq int64, limit int) ([]store.Record, error) {
	records := m.all(func(r store.Record) bool { return r.Seq > seq })
	return records[:min(limit, len(records))], nil
}

// Since returns operations in the order of their times.
func (m *Memory) Since(_ context.Context, t time.Time, limit int) ([]store.Record, error) {
	records := m.all(func(r store.Record) bool { return r.CreatedAt.UnixMilli() > t.UnixMilli() })
	slices.SortStableFunc(records, func(a, b store.Record) int { return cmp.Compare(a.CreatedAt.UnixMilli(), b.CreatedAt.UnixMilli()) })
	return records[:min(limit, len(records))], nil
}

func (m *Memory) all(wanted func(store.Record) bool) []store.Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	var records []store.Record
	for _, r := range m.records {
		if wanted(r) {
			records = append(records, r)
		}
	}
	return records
}

// SetAside keeps lines that were not taken.
func (m *Memory) SetAside(_ context.Context, asides ...store.Aside) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.asides == nil {
		m.asides = map[string]store.Aside{}
	}
	for _, a := range asides {
		m.asides[fmt.Sprint(a.Seq, string(a.Line))] = a
	}
	return nil
}

// Asides returns how many lines were set aside.
func (m *Memory) Asides(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return int64(len(m.asides)), nil
}

// Close does nothing.
func (*Memory) Close() error { return nil }
