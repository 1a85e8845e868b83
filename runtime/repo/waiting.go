package repo

import (
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

// waiting holds blocks of a stream in limited memory. Blocks that have been given
// out stay in a quarter of that, as a record can stand under two paths, until
// their room is needed.
type waiting struct {
	blocks  map[cid.CID]held
	most    int64     // in bytes
	room    int64     // of that, what is left
	used    []cid.CID // blocks that have been given out, the oldest first
	ofUsed  int64     // what they take
	dropped bool      // whether a block was not kept, which may be needed again
}

// held is a block in memory.
type held struct {
	data []byte
	used bool // given out
}

// holdCost is about what holding a block costs beside its data, in bytes: its
// CID in front of the data, in the map and among the used ones, with the free
// part of the map and of what was allocated.
const holdCost = 256

func newWaiting(most int64) *waiting {
	return &waiting{blocks: map[cid.CID]held{}, most: most, room: most}
}

// find implements shelf. From now on the block may be dropped.
func (w *waiting) find(c cid.CID) ([]byte, bool) {
	h, ok := w.blocks[c]
	if ok && !h.used {
		w.blocks[c] = held{h.data, true}
		w.use(c, h.data)
	}
	return h.data, ok
}

// keep implements shelf.
func (w *waiting) keep(b car.Block, _ int64, used bool) bool {
	if _, ok := w.blocks[b.CID]; ok {
		return true
	}
	if !w.makeRoom(cost(b.Data)) {
		w.dropped = true
		return used
	}
	w.blocks[b.CID] = held{b.Data, used}
	if used {
		w.use(b.CID, b.Data)
	}
	return true
}

// use says that a block which is held has been given out.
func (w *waiting) use(c cid.CID, data []byte) {
	w.used = append(w.used, c)
	w.ofUsed += cost(data)
	for w.ofUsed > w.most/4 {
		w.drop()
	}
}

// drop drops the block that was given out first.
func (w *waiting) drop() {
	c := w.used[0]
	w.used = w.used[1:]
	freed := cost(w.blocks[c].data)
	w.ofUsed -= freed
	w.room += freed
	delete(w.blocks, c)
	w.dropped = true
}

// cost returns how many bytes holding a block takes.
func cost(data []byte) int64 { return int64(len(data)) + holdCost }

// makeRoom takes room, and drops used blocks if it must. It reports whether
// there was enough.
func (w *waiting) makeRoom(size int64) bool {
	for w.room < size && len(w.used) > 0 {
		w.drop()
	}
	if w.room < size {
		return false
	}
	w.room -= size
	return true
}

// missing implements shelf.
func (w *waiting) missing(c cid.CID) error {
	if !w.dropped {
		return &blockstore.MissingError{CID: c}
	}
	return failf(joined(ErrLimit, ErrOrder), c, "it is missing, or out of order: it is not where it stands in pre-order (RE-34), "+
		"and of other blocks not more than %d bytes are held: raise VerifyOptions.MaxHeld, or have the file in memory and use Load", w.most)
}
