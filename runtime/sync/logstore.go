package sync

import (
	"cmp"
	"context"
	"slices"
	stdsync "sync"

	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// An Entry is an event in a log.
type Entry struct {
	Seq int64
	DID syntax.DID // whose event it is
	// Frame is what is sent (ES-03). Nobody may change it.
	Frame []byte
}

// A LogStore keeps the entries of a log. Implementations are safe for concurrent use,
// but for Append, of which there is one call at a time. Package logtest has the tests
// that each must pass.
type LogStore interface {
	// Append adds entries, all or none. Their seqs rise, and the first one is larger
	// than any before. They are durable when it returns nil; after an error they may
	// be there all the same.
	Append(ctx context.Context, entries []Entry) error
	// Read returns the first entries behind a seq, limit at most, in their order. There
	// may be fewer where they are long, but none only if there is none.
	Read(ctx context.Context, after int64, limit int) ([]Entry, error)
	// Window says what is kept. Latest is the largest seq that ever was, whatever was
	// dropped or erased since.
	Window(ctx context.Context) (xrpc.Window, error)
	// Drop removes all entries up to a seq.
	Drop(ctx context.Context, upTo int64) error
	// Erase removes the entries of an account up to a seq, as when it was deleted
	// (SN-23).
	Erase(ctx context.Context, did syntax.DID, upTo int64) error
}

// MemoryLog keeps entries until the process ends. The zero value is empty.
type MemoryLog struct {
	mu      stdsync.Mutex
	entries []Entry
	window  xrpc.Window
}

// Append implements [LogStore].
func (m *MemoryLog) Append(_ context.Context, entries []Entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries = append(m.entries, entries...)
	if n := len(entries); n > 0 {
		m.window.Latest = entries[n-1].Seq
	}
	return nil
}

// Read implements [LogStore].
func (m *MemoryLog) Read(_ context.Context, after int64, limit int) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	from, _ := slices.BinarySearchFunc(m.entries, after+1, compareSeq)
	return slices.Clone(m.entries[from:min(from+limit, len(m.entries))]), nil
}

func compareSeq(e Entry, seq int64) int { return cmp.Compare(e.Seq, seq) }

// Window implements [LogStore].
func (m *MemoryLog) Window(context.Context) (xrpc.Window, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.window, nil
}

// Drop implements [LogStore].
func (m *MemoryLog) Drop(_ context.Context, upTo int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	upTo = min(upTo, m.window.Latest)
	m.entries = slices.DeleteFunc(m.entries, func(e Entry) bool { return e.Seq <= upTo })
	m.window.Dropped = max(m.window.Dropped, upTo)
	return nil
}

// Erase implements [LogStore].
func (m *MemoryLog) Erase(_ context.Context, did syntax.DID, upTo int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries = slices.DeleteFunc(m.entries, func(e Entry) bool { return e.DID == did && e.Seq <= upTo })
	return nil
}
