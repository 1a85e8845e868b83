package repo

import (
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

// waiting holds blocks of a stream in limited memory. A block that has been
// given out stays, as a record can stand under two paths, until its room is
// needed.
type waiting struct {
	blocks  map[cid.CID]held
	most    int64     // in bytes
	room    int64     // of that, what is left
	used    []cid.CID // blocks that have been given out, the oldest first
	dropped bool      // whether a block that had been given out was not kept
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
		w.used = append(w.used, c)
	}
	return h.data, ok
}

// keep implements shelf.
func (w *waiting) keep(b car.Block, _ int64, used bool) error {
	if _, ok := w.blocks[b.CID]; ok {
		return nil
	}
	if !w.makeRoom(int64(len(b.Data)) + holdCost) {
		if used {
			w.dropped = true
			return nil
		}
		return failf(ErrLimit, b.CID,
			"it comes before it is needed (RE-34), and more than the %d bytes of MaxHeld would have to be held: raise that, or load the file from memory", w.most)
	}
	w.blocks[b.CID] = held{b.Data, used}
	if used {
		w.used = append(w.used, b.CID)
	}
	return nil
}

// makeRoom takes room, and drops used blocks if it must. It reports whether
// there was enough.
func (w *waiting) makeRoom(cost int64) bool {
	for w.room < cost && len(w.used) > 0 {
		c := w.used[0]
		w.used = w.used[1:]
		w.room += int64(len(w.blocks[c].data)) + holdCost
		delete(w.blocks, c)
		w.dropped = true
	}
	if w.room < cost {
		return false
	}
	w.room -= cost
	return true
}

// missing implements shelf.
func (w *waiting) missing(c cid.CID) error {
	if !w.dropped {
		return &blockstore.MissingError{CID: c}
	}
	return failf(ErrLimit, c,
		"it is not where it stands in pre-order (RE-34), and of what came before no more than the %d bytes of MaxHeld could be held: raise that, or load the file from memory", w.most)
}
