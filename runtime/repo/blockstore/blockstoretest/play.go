package blockstoretest

import (
	"bytes"
	"context"
	"maps"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Play runs a program on an empty store and on a model, and compares all that
// can be seen after each transaction. The upper three bits of a byte are a
// step, the lower five the block that it is about; every program makes sense.
func Play(t testing.TB, s Subject, program []byte) {
	t.Helper()
	p := &player{store: s.Store, reopen: s.Reopen, committed: state{blocks: map[cid.CID]kept{}}}
	for _, b := range program {
		p.step(t, b>>5, alphabet(int(b&31)))
	}
	p.rollback(t)
}

// state is what a store holds.
type state struct {
	blocks map[cid.CID]kept
	head   cid.CID
}

// kept is what a store knows of a block.
type kept struct {
	references int
	rev        syntax.TID
}

type player struct {
	store     blockstore.Store
	reopen    func(t testing.TB) blockstore.Store
	committed state
	tx        blockstore.Tx // nil where none is open
	open      state         // what it would make of committed
	begun     int           // transactions
}

// letters is how many blocks programs are about.
const letters = 32

// alphabet returns block i. Neighbours differ in nothing but the codec.
func alphabet(i int) blockstore.Block {
	data := bytes.Repeat([]byte{byte(i / 2)}, i/2*i/2)
	codec := cid.DagCBOR
	if i%2 == 1 {
		codec = cid.Raw
	}
	return blockstore.Block{CID: cid.Sum(codec, data), Data: data}
}

func (p *player) step(t testing.TB, step byte, b blockstore.Block) {
	t.Helper()
	switch step {
	case 0:
		p.rollback(t)
	case 1:
		p.commit(t)
	case 2:
		p.reopened(t)
	case 3:
		p.moved(t, b)
	case 4:
		p.change(t, func(ctx context.Context) error { return p.tx.SetHead(ctx, p.open.head, b.CID) })
		p.open.head = b.CID
	case 5:
		p.change(t, func(ctx context.Context) error { return p.tx.Delete(ctx, b.CID) })
		k := p.open.blocks[b.CID]
		if k.references--; k.references > 0 {
			p.open.blocks[b.CID] = k
		} else {
			delete(p.open.blocks, b.CID)
		}
	default:
		p.change(t, func(ctx context.Context) error { return p.tx.Put(ctx, p.rev(), b) })
		k, there := p.open.blocks[b.CID]
		if !there {
			k.rev = p.rev()
		}
		k.references++
		p.open.blocks[b.CID] = k
	}
}

// rev returns the rev of the open transaction.
func (p *player) rev() syntax.TID { return rev(min(p.begun, 31)) }

// change runs a step in the open transaction, or in a new one.
func (p *player) change(t testing.TB, run func(ctx context.Context) error) {
	t.Helper()
	if p.tx == nil {
		p.tx = begin(t, p.store)
		p.begun++
		p.open = state{maps.Clone(p.committed.blocks), p.committed.head}
	}
	ok(t, "change", run(t.Context()))
}

func (p *player) commit(t testing.TB) {
	t.Helper()
	if p.tx == nil {
		return
	}
	ok(t, "Commit", p.tx.Commit(t.Context()))
	p.tx, p.committed = nil, p.open
	p.compare(t)
}

func (p *player) rollback(t testing.TB) {
	t.Helper()
	if p.tx == nil {
		return
	}
	ok(t, "Rollback", p.tx.Rollback())
	p.tx = nil
	p.compare(t)
}

// moved tries to set the head from what it is not, and loses the transaction.
func (p *player) moved(t testing.TB, b blockstore.Block) {
	t.Helper()
	p.change(t, func(ctx context.Context) error {
		if p.open.head != b.CID {
			wantError(t, "SetHead", p.tx.SetHead(ctx, b.CID, cid.CID{}), blockstore.ErrHeadMoved)
		}
		return nil
	})
	p.rollback(t)
}

func (p *player) reopened(t testing.TB) {
	t.Helper()
	p.rollback(t)
	if p.reopen != nil {
		p.store = p.reopen(t)
		p.compare(t)
	}
}

// compare says that the store holds what was committed, and no more.
func (p *player) compare(t testing.TB) {
	t.Helper()
	wantHead(t, p.store, p.committed.head)
	for i := range letters {
		b := alphabet(i)
		if _, there := p.committed.blocks[b.CID]; there {
			wantBlocks(t, p.store, b)
		} else {
			wantMissing(t, p.store, b)
		}
	}
	for _, since := range []syntax.TID{"", rev(min(p.begun, 31) / 2), p.rev()} {
		p.compareSince(t, since)
	}
}

// compareSince says that the store yields what is newer than a rev.
func (p *player) compareSince(t testing.TB, since syntax.TID) {
	t.Helper()
	head := p.committed.head
	if _, there := p.committed.blocks[head]; head.Defined() && !there {
		return // what comes of it is a test of its own
	}
	var want []blockstore.Block
	for i := range letters {
		b := alphabet(i)
		switch {
		case b.CID == head:
			want = append([]blockstore.Block{b}, want...)
		case head.Defined() && p.committed.blocks[b.CID].rev > since:
			want = append(want, b)
		}
	}
	wantSince(t, p.store, since, want...)
}

// programs plays some programs: others are found by fuzzing.
func programs(t *testing.T, s Subject) {
	t.Helper()
	Play(t, s, []byte{
		6<<5 | 1, 6<<5 | 2, 4<<5 | 1, 1 << 5, // put two, head, commit
		5<<5 | 1, 6<<5 | 3, 0, // lost
		5<<5 | 2, 6<<5 | 31, 4<<5 | 31, 1 << 5, 2 << 5, // kept over reopening
		6<<5 | 9, 3<<5 | 9, // lost to a moved head
		3<<5 | 31, 6<<5 | 30, 5<<5 | 30, 6<<5 | 30, 1 << 5,
		6<<5 | 30, 6<<5 | 7, 1 << 5, 5<<5 | 30, 1 << 5, 2 << 5, 5<<5 | 30, 1 << 5, // two references, one, none
	})
}
