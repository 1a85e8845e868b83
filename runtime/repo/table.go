package repo

import (
	"context"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"slices"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

// table finds the blocks of a CAR file that is in memory by their CIDs. It is a
// [blockstore.Source] that is safe for concurrent use once nothing is added.
//
// It holds where blocks are in the file, and nothing of them: less than 8 bytes
// for each. Room for all of the file is made when some hundreds have been added,
// so that one which is refused before costs little, however long it is.
//
// A block stands in the first free slot from the one that its CID says, which
// without the seed nobody can foresee.
type table struct {
	file  []byte
	first int64 // where the first block begins
	seed  maphash.Seed
	slots []byte // of spotSize bytes each
	count int    // of those that are taken

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

// spot says where a block begins in the file, with its length in front of its
// CID. In its highest bits it has a few of the hash of the CID, by which most
// others are told apart without looking at the file. Zero is none.
type spot uint64

// Sizes of a spot in bytes, and of its parts in bits.
const (
	spotSize  = 5
	startBits = 36
	hashBits  = 8*spotSize - startBits
)

func newSpot(hash uint64, start int) spot {
	return spot(hash)<<startBits&(1<<(8*spotSize)-1) | spot(start)
}

// resembles reports whether the hash may be that of the CID.
func (s spot) resembles(hash uint64) bool { return s>>startBits == spot(hash)&(1<<hashBits-1) }

func (s spot) start() int { return int(s & (1<<startBits - 1)) }

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
	return in, &table{
		file: file, first: in.Offset(), seed: maphash.MakeSeed(),
		slots: make([]byte, 2*batch*spotSize), pending: make([]entry, 0, batch),
	}, nil
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
	name := c.AppendBytes(make([]byte, 0, cid.Size))
	_, at := t.slot(maphash.Bytes(t.seed, name), name)
	if at == 0 {
		return nil, false
	}
	return t.section(at)[cid.Size:], true
}

// slot returns the slot of a block, and what is there: zero if the table does not
// have the block.
func (t *table) slot(hash uint64, name []byte) (slot []byte, at spot) {
	count := uint64(len(t.slots) / spotSize)
	for i, _ := bits.Mul64(hash, count); ; i++ {
		if i == count {
			i = 0
		}
		slot = t.slots[i*spotSize:][:spotSize]
		at = readSpot(slot)
		if at == 0 || at.resembles(hash) && string(t.section(at)[:cid.Size]) == string(name) {
			return slot, at
		}
	}
}

func readSpot(slot []byte) spot {
	return spot(binary.LittleEndian.Uint32(slot)) | spot(slot[4])<<32
}

func writeSpot(slot []byte, at spot) {
	binary.LittleEndian.PutUint32(slot, uint32(at))
	slot[4] = byte(at >> 32)
}

// section returns CID and data of a block, which has been read.
func (t *table) section(at spot) []byte {
	length, size := binary.Uvarint(t.file[at.start():])
	start := at.start() + size
	end := start + int(length)
	return t.file[start:end:end]
}

// add adds a block that ends at an offset of the file, unless it is there.
func (t *table) add(b car.Block, end int64) {
	length := cid.Size + len(b.Data)
	start := int(end) - length
	hash := maphash.Bytes(t.seed, t.file[start:start+cid.Size])
	t.pending = append(t.pending, entry{hash, newSpot(hash, start-varintSize(length))})
	if len(t.pending) == batch {
		t.flush()
	}
}

// varintSize returns how many bytes the varint of n has.
func varintSize(n int) int { return (bits.Len(uint(n)|1) + 6) / 7 }

// flush gives what is pending its slots.
func (t *table) flush() {
	if len(t.pending) == 0 {
		return
	}
	if t.count+len(t.pending) > len(t.slots)/spotSize/4*3 { // a quarter stays free
		t.grow()
	}
	for _, e := range t.pending {
		t.put(e)
	}
	t.pending = t.pending[:0]
}

// put gives a block a slot, unless it has one.
func (t *table) put(e entry) {
	if slot, at := t.slot(e.hash, t.section(e.spot)[:cid.Size]); at == 0 {
		writeSpot(slot, e.spot)
		t.count++
	}
}

// cheapSlots is up to how many slots a table has room by estimate.
const cheapSlots = 1 << 18

// grow makes room for all blocks of the file. Counting them costs as much as a tenth
// of reading them: the first time, if the file is not long, their number is estimated
// by the length of those that have been added. If that was too little, and for long
// files, they are counted, and room never has to be made again.
func (t *table) grow() {
	old := t.slots
	slots := 0
	if first := len(old) == 2*batch*spotSize; first {
		last := t.pending[len(t.pending)-1].spot.start()
		perBlock := max(1, (last-int(t.first))/(t.count+len(t.pending)))
		slots = len(t.file)/perBlock*3/2 + 8*batch
	}
	if slots == 0 || slots > cheapSlots {
		slots = sections(t.file[t.first:])/3*4 + 8
	}
	t.slots, t.count = make([]byte, slots*spotSize), 0
	for slot := range slices.Chunk(old, spotSize) {
		if at := readSpot(slot); at != 0 {
			t.put(entry{maphash.Bytes(t.seed, t.section(at)[:cid.Size]), at})
		}
	}
}

// sections returns how many blocks there are in the rest of a file, up to where
// it cannot be read.
func sections(rest []byte) int {
	for n := 0; ; n++ {
		length, size := binary.Uvarint(rest)
		if size <= 0 || length < cid.Size || length > uint64(len(rest)-size) {
			return n
		}
		rest = rest[size+int(length):]
	}
}

// keep implements shelf.
func (t *table) keep(b car.Block, end int64, _ bool) bool {
	t.add(b, end)
	return true
}

// missing implements shelf.
func (t *table) missing(c cid.CID) error { return &blockstore.MissingError{CID: c} }
