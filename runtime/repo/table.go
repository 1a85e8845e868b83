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

	pending []entry // that have no slot yet
}

// entry is a block on its way to its slot.
type entry struct {
	hash uint64 // of the CID
	spot spot
}

// batch is how many entries wait for each other. Slots are all over the memory:
// that of one is fetched while the next is looked for.
const batch = 256

// spot says where the data of a block is in the file: from the highest bits on, a
// few of the hash of its CID, by which most others are told apart without looking
// at the file; where the data begins, behind the CID; how long it is. Zero is none.
type spot uint64

// Sizes of the parts of a spot in bits. A length has room for
// [car.DefaultMaxBlock].
const (
	hashBits   = 6
	startBits  = 36
	lengthBits = 64 - hashBits - startBits
)

func (s spot) hash() uint64 { return uint64(s >> (startBits + lengthBits)) }

func (s spot) start() int { return int(s >> lengthBits & (1<<startBits - 1)) }

func (s spot) end() int { return s.start() + int(s&(1<<lengthBits-1)) }

// usualBlock is a length of blocks, in bytes, below which few repositories have
// their average.
const usualBlock = 256

// parse begins to read a file in memory, and returns a table for its blocks. A
// file longer than a table can be of is beyond a limit.
func parse(file []byte, maxTotal int64) (*car.Reader, *table, error) {
	if maxTotal <= 0 || maxTotal > 1<<startBits {
		maxTotal = 1 << startBits
	}
	in, err := car.Parse(file, car.Options{MaxTotal: maxTotal})
	if err != nil {
		return nil, nil, refused(err)
	}
	size := 2 * batch
	for size*usualBlock < len(file)/2*3 { // a third stays free
		size *= 2
	}
	t := &table{file: file, seed: maphash.MakeSeed(), slots: make([]spot, size), pending: make([]entry, 0, batch)}
	return in, t, nil
}

// parseAll reads a whole file in memory, and returns its roots and blocks.
func parseAll(file []byte, maxTotal int64) ([]cid.CID, *table, error) {
	in, blocks, err := parse(file, maxTotal)
	if err != nil {
		return nil, nil, err
	}
	for b, err := range in.Blocks() {
		if err != nil {
			return nil, nil, refused(err)
		}
		blocks.add(b, in.Offset())
	}
	blocks.flush()
	return in.Roots(), blocks, nil
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
	t.flush()
	binary := c.AppendBytes(make([]byte, 0, cid.Size))
	at := *t.slot(maphash.Bytes(t.seed, binary), binary)
	return t.file[at.start():at.end():at.end()], at != 0
}

// slot returns the slot of a block, which is free if the table does not have the
// block.
func (t *table) slot(hash uint64, binary []byte) *spot {
	last := len(t.slots) - 1
	for i := int(hash) & last; ; i = (i + 1) & last {
		at := t.slots[i]
		if at == 0 || at.hash() == hash>>(64-hashBits) && string(t.cid(at)) == string(binary) {
			return &t.slots[i]
		}
	}
}

// cid returns the binary CID of a block.
func (t *table) cid(at spot) []byte { return t.file[at.start()-cid.Size : at.start()] }

// add adds a block that ends at an offset of the file, unless it is there.
func (t *table) add(b car.Block, end int64) {
	start := int(end) - len(b.Data)
	hash := maphash.Bytes(t.seed, t.file[start-cid.Size:start])
	at := spot(hash>>(64-hashBits)<<(startBits+lengthBits)) | spot(start)<<lengthBits | spot(len(b.Data))
	t.pending = append(t.pending, entry{hash, at})
	if len(t.pending) == batch {
		t.flush()
	}
}

// flush gives what is pending its slots.
func (t *table) flush() {
	if len(t.pending) == 0 {
		return
	}
	if t.count+len(t.pending) > len(t.slots)/4*3 {
		t.grow()
	}
	for _, e := range t.pending {
		if at := t.slot(e.hash, t.cid(e.spot)); *at == 0 {
			*at = e.spot
			t.count++
		}
	}
	t.pending = t.pending[:0]
}

// grow doubles the number of slots.
func (t *table) grow() {
	old := t.slots
	t.slots = make([]spot, 2*len(old))
	for _, at := range old {
		if at != 0 {
			*t.slot(maphash.Bytes(t.seed, t.cid(at)), t.cid(at)) = at
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
