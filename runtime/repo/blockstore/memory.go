package blockstore

import (
	"bytes"
	"context"
	"iter"
	"slices"
	"sync"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Memory is a [Store] whose content is gone with the process.
type Memory struct {
	turn chan struct{} // holds a token while a transaction is open

	mu     sync.RWMutex // guards below
	blocks map[cid.CID]kept
	head   cid.CID
}

// kept is a block, how many references there are to it, and the rev with which
// it came. The zero value is none.
type kept struct {
	data       []byte
	rev        syntax.TID
	references int
}

// NewMemory returns a store without blocks and head.
func NewMemory() *Memory {
	return &Memory{turn: make(chan struct{}, 1), blocks: map[cid.CID]kept{}}
}

// Get implements [Source].
func (m *Memory) Get(ctx context.Context, c cid.CID) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	b, ok := m.blocks[c]
	if !ok {
		return nil, &MissingError{c}
	}
	return b.data, nil
}

// Head implements [Store].
func (m *Memory) Head(ctx context.Context) (cid.CID, error) {
	if err := ctx.Err(); err != nil {
		return cid.CID{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.head, nil
}

// Blocks returns all blocks, in the order of their CIDs. Their data must not be
// changed.
func (m *Memory) Blocks() []Block {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.chosen(func(cid.CID, kept) bool { return true })
}

// chosen returns some of the blocks, in the order of their CIDs.
func (m *Memory) chosen(choose func(c cid.CID, b kept) bool) []Block {
	var all []Block
	for c, b := range m.blocks {
		if choose(c, b) {
			all = append(all, Block{c, b.data})
		}
	}
	slices.SortFunc(all, func(a, b Block) int { return a.CID.Compare(b.CID) })
	return all
}

// Since implements [Store].
func (m *Memory) Since(ctx context.Context, rev syntax.TID) iter.Seq2[Block, error] {
	return func(yield func(Block, error) bool) {
		blocks, err := m.since(ctx, rev)
		if err != nil {
			yield(Block{}, err)
			return
		}
		for _, b := range blocks {
			if err := ctx.Err(); err != nil {
				yield(Block{}, err)
				return
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// since returns what Since yields.
func (m *Memory) since(ctx context.Context, rev syntax.TID) ([]Block, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if !m.head.Defined() {
		return nil, nil
	}
	commit, ok := m.blocks[m.head]
	if !ok {
		return nil, &MissingError{m.head}
	}
	others := m.chosen(func(c cid.CID, b kept) bool { return c != m.head && b.rev > rev })
	return append([]Block{{m.head, commit.data}}, others...), nil
}

// Begin implements [Store].
func (m *Memory) Begin(ctx context.Context) (Tx, error) {
	if err := ctx.Err(); err != nil { // select would choose at random
		return nil, err
	}
	select {
	case m.turn <- struct{}{}:
		return &memoryTx{store: m, head: m.head, changes: map[cid.CID]kept{}}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// apply makes the changes of a transaction visible.
func (m *Memory) apply(changes map[cid.CID]kept, head cid.CID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.head = head
	for c, b := range changes {
		if b.references == 0 {
			delete(m.blocks, c)
		} else {
			m.blocks[c] = b
		}
	}
}

// memoryTx collects what becomes of blocks. Only transactions write to the
// store, one at a time: it may read without the lock.
type memoryTx struct {
	store   *Memory
	head    cid.CID
	changes map[cid.CID]kept
	err     error // of an earlier call, or ErrTxDone
	done    bool
}

func (tx *memoryTx) Put(ctx context.Context, rev syntax.TID, blocks ...Block) error {
	return tx.do(ctx, func() error {
		for _, b := range blocks {
			if !b.CID.Defined() {
				return ErrNoCID
			}
			k := tx.block(b.CID)
			if k.references == 0 {
				k = kept{data: bytes.Clone(b.Data), rev: rev}
			}
			k.references++
			tx.changes[b.CID] = k
		}
		return nil
	})
}

func (tx *memoryTx) Delete(ctx context.Context, cids ...cid.CID) error {
	return tx.do(ctx, func() error {
		for _, c := range cids {
			if k := tx.block(c); k.references > 0 {
				k.references--
				tx.changes[c] = k
			}
		}
		return nil
	})
}

// block returns what has become of a block so far.
func (tx *memoryTx) block(c cid.CID) kept {
	if k, ok := tx.changes[c]; ok {
		return k
	}
	return tx.store.blocks[c]
}

func (tx *memoryTx) SetHead(ctx context.Context, old, next cid.CID) error {
	return tx.do(ctx, func() error {
		if tx.head != old {
			return ErrHeadMoved
		}
		tx.head = next
		return nil
	})
}

func (tx *memoryTx) Commit(ctx context.Context) error {
	err := tx.do(ctx, func() error {
		tx.store.apply(tx.changes, tx.head)
		return nil
	})
	tx.end()
	return err
}

func (tx *memoryTx) Rollback() error {
	tx.end()
	return nil
}

// end lets the next transaction begin.
func (tx *memoryTx) end() {
	if !tx.done {
		tx.done, tx.err, tx.changes = true, ErrTxDone, nil
		<-tx.store.turn
	}
}

// do keeps the first error, which is final.
func (tx *memoryTx) do(ctx context.Context, step func() error) error {
	if tx.err != nil {
		return tx.err
	}
	err := ctx.Err()
	if err == nil {
		err = step()
	}
	if err != nil {
		tx.err = err
	}
	return err
}
