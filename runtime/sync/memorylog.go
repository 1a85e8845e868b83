package sync

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	stdsync "sync"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// MemoryLog keeps entries until the process ends. The zero value is empty.
type MemoryLog struct {
	mu      stdsync.Mutex
	entries []Entry
	state   LogState
	owner   int64
}

// Own implements [LogStore].
func (m *MemoryLog) Own(context.Context) (owner int64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.owner++
	return m.owner, nil
}

// Append implements [LogStore].
func (m *MemoryLog) Append(_ context.Context, owner int64, entries []Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(entries) == 0 {
		return nil
	}
	if owner != m.owner {
		return ErrFenced
	}
	if first := entries[0].Seq; first <= m.state.Latest {
		return fmt.Errorf("%w: %d is not behind %d", ErrUsed, first, m.state.Latest)
	}
	m.entries = append(m.entries, entries...)
	m.state.Latest = entries[len(entries)-1].Seq
	return nil
}

// Read implements [LogStore].
func (m *MemoryLog) Read(_ context.Context, after int64, limit, bytes int) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	from, _ := slices.BinarySearchFunc(m.entries, after+1, compareSeq)
	found := m.entries[from:min(from+limit, len(m.entries))]
	return slices.Clone(found[:fitting(found, bytes)]), nil
}

// fitting returns how many of the first entries have no more than so many bytes
// together; the first one always counts.
func fitting(entries []Entry, bytes int) int {
	for i := range entries {
		if bytes -= len(entries[i].Frame); bytes < 0 && i > 0 {
			return i
		}
	}
	return len(entries)
}

func compareSeq(e Entry, seq int64) int { return cmp.Compare(e.Seq, seq) }

// State implements [LogStore].
func (m *MemoryLog) State(context.Context) (LogState, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state, nil
}

// Skip implements [LogStore].
func (m *MemoryLog) Skip(_ context.Context, latest int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state.Latest = max(m.state.Latest, latest)
	return nil
}

// Drop implements [LogStore].
func (m *MemoryLog) Drop(_ context.Context, upTo int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	upTo = min(upTo, m.state.Latest)
	m.entries = slices.DeleteFunc(m.entries, func(e Entry) bool { return e.Seq <= upTo })
	m.state.Dropped = max(m.state.Dropped, upTo)
	return nil
}

// Erase implements [LogStore].
func (m *MemoryLog) Erase(_ context.Context, did syntax.DID, upTo int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries = slices.DeleteFunc(m.entries, func(e Entry) bool { return e.DID == did && e.Seq <= upTo })
	m.state.Erased++
	return nil
}
