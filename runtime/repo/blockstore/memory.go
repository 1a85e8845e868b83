package blockstore

import (
	"bytes"
	"context"
	"slices"
	"sync"

	"github.com/lexgen/lexgen/runtime/cid"
)

// Memory is a [Store] whose content is gone with the process.
type Memory struct {
	turn chan struct{} // holds a token while a transaction is open

	mu     sync.RWMutex // guards below
	blocks map[cid.CID][]byte
	head   cid.CID
}

// NewMemory returns a store without blocks and head.
func NewMemory() *Memory {
	return &Memory{turn: make(chan struct{}, 1), blocks: map[cid.CID][]byte{}}
}

// Get implements [Source].
func (m *Memory) Get(ctx context.Context, c cid.CID) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	data, ok := m.blocks[c]
	if !ok {
		return nil, &MissingError{c}
	}
	return data, nil
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
	all := make([]Block, 0, len(m.blocks))
	for c, data := range m.blocks {
		all = append(all, Block{c, data})
	}
	slices.SortFunc(all, func(a, b Block) int { return a.CID.Compare(b.CID) })
	return all
}

// Begin implements [Store].
func (m *Memory) Begin(ctx context.Context) (Tx, error) {
	if err := ctx.Err(); err != nil { // select would choose at random
		return nil, err
	}
	select {
	case m.turn <- struct{}{}:
		return &memoryTx{store: m, head: m.head, changes: map[cid.CID]change{}}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// apply makes the changes of a transaction visible.
func (m *Memory) apply(changes map[cid.CID]change, head cid.CID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.head = head
	for c, change := range changes {
		if change.deleted {
			delete(m.blocks, c)
		} else {
			m.blocks[c] = change.data
		}
	}
}

// change is what a transaction does to a block.
type change struct {
	data    []byte
	deleted bool
}

// memoryTx collects changes. Only transactions write to the store, one at a
// time: it may read the head without the lock.
type memoryTx struct {
	store   *Memory
	head    cid.CID
	changes map[cid.CID]change
	err     error // of an earlier call, or ErrTxDone
	done    bool
}

func (tx *memoryTx) Put(ctx context.Context, blocks ...Block) error {
	return tx.do(ctx, func() error {
		for _, b := range blocks {
			if !b.CID.Defined() {
				return ErrNoCID
			}
			tx.changes[b.CID] = change{data: bytes.Clone(b.Data)}
		}
		return nil
	})
}

func (tx *memoryTx) Delete(ctx context.Context, cids ...cid.CID) error {
	return tx.do(ctx, func() error {
		for _, c := range cids {
			tx.changes[c] = change{deleted: true}
		}
		return nil
	})
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
