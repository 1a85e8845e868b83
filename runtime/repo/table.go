package repo

import (
	"context"
	"hash/maphash"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

// table finds the blocks of a CAR file that is in memory by their CIDs. It is a
// [blockstore.Source] that is safe for concurrent use once nothing is added.
//
// It holds where blocks are in the file, and nothing of them, in 8 bytes a slot.
// A block stands in the first free slot from the one that its CID says, which
// without the seed nobody can foresee.
type table struct {
	file  []byte
	seed  maphash.Seed
	slots []spot // as many as a power of two
	count int
}

// spot is where the data of a block begins in the file, shifted, and its length.
// The CID stands in front of it, so that zero is none.
type spot uint64

// lengthBits is more than the length of a block has, which [car.DefaultMaxBlock]
// limits.
const lengthBits = 24

func (s spot) start() int { return int(s >> lengthBits) }

func (s spot) end() int { return s.start() + int(s&(1<<lengthBits-1)) }

// usualBlock is a length of blocks, in bytes, below which few repositories have
// their average.
const usualBlock = 256

// newTable returns a table of a file, without blocks.
func newTable(file []byte) *table {
	size := 64
	for size*usualBlock < len(file)/2*3 { // a third stays free
		size *= 2
	}
	return &table{file: file, seed: maphash.MakeSeed(), slots: make([]spot, size)}
}

// readTable returns a table with all blocks that are still to be read from in, a
// reader of file.
func readTable(in *car.Reader, file []byte) (*table, error) {
	t := newTable(file)
	for b, err := range in.Blocks() {
		if err != nil {
			return nil, refused(err)
		}
		t.add(b, in.Offset())
	}
	return t, nil
}

// Get implements [blockstore.Source].
func (t *table) Get(_ context.Context, c cid.CID) ([]byte, error) {
	data, ok := t.find(c)
	if !ok {
		return nil, &blockstore.MissingError{CID: c}
	}
	return data, nil
}

// find returns the data of a block.
func (t *table) find(c cid.CID) ([]byte, bool) {
	at := t.slots[t.slot(c)]
	return t.file[at.start():at.end():at.end()], at != 0
}

// slot returns the number of the slot of a block, which is free if the table
// does not have the block.
func (t *table) slot(c cid.CID) int {
	binary := c.AppendBytes(make([]byte, 0, cid.Size))
	last := len(t.slots) - 1
	for i := int(maphash.Bytes(t.seed, binary)) & last; ; i = (i + 1) & last {
		start := t.slots[i].start()
		if start == 0 || string(t.file[start-cid.Size:start]) == string(binary) {
			return i
		}
	}
}

// add adds a block that ends at an offset of the file, unless it is there.
func (t *table) add(b car.Block, end int64) {
	if t.count >= len(t.slots)/4*3 {
		t.grow()
	}
	if at := &t.slots[t.slot(b.CID)]; *at == 0 {
		*at = spot(int(end)-len(b.Data))<<lengthBits | spot(len(b.Data))
		t.count++
	}
}

// grow doubles the number of slots.
func (t *table) grow() {
	old := t.slots
	t.slots = make([]spot, 2*len(old))
	for _, at := range old {
		if at != 0 {
			c, _ := cid.FromBytes(t.file[at.start()-cid.Size : at.start()]) // which has been read before
			t.slots[t.slot(c)] = at
		}
	}
}

// keep implements shelf.
func (t *table) keep(b car.Block, end int64, _ bool) error {
	t.add(b, end)
	return nil
}

// missing implements shelf.
func (t *table) missing(c cid.CID) error { return &blockstore.MissingError{CID: c} }
