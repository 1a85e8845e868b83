package repo

import (
	"context"
	"math"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

// arrival is the source of the blocks of a CAR file that is still being read.
// Whoever asks for blocks in the order of the file gets each as it arrives.
// Blocks that come before they are asked for are held, in limited memory.
//
// Blocks that have been given out are held too, as a record can stand under two
// paths, until their room is needed.
type arrival struct {
	in   *car.Reader
	next car.Block // undefined if none has been read ahead
	held map[cid.CID]held
	room int64 // in bytes, that is left for blocks

	used    []cid.CID // held, and given out, the oldest first
	dropped bool      // whether room was made
}

// held is a block in memory.
type held struct {
	data []byte
	used bool // given out
}

// holdCost is about what holding a block costs beside its data, in bytes.
const holdCost = 160

// unlimited is the room of a file that is in memory anyway.
const unlimited = math.MaxInt64

// newArrival returns the source of in, which may hold that many bytes, and
// expects that number of blocks.
func newArrival(in *car.Reader, room int64, blocks int) *arrival {
	return &arrival{in: in, room: room, held: make(map[cid.CID]held, blocks)}
}

// Get implements [blockstore.Source].
func (a *arrival) Get(ctx context.Context, c cid.CID) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ok, err := a.peek()
	if a.next.CID != c { // which is the rare case in pre-order
		if data, ok := a.find(c); ok {
			return data, nil
		}
	}
	for ; ok; ok, err = a.peek() {
		b := a.next
		a.next = car.Block{}
		if b.CID == c {
			a.keep(b)
			return b.Data, nil
		}
		if err := a.hold(b); err != nil {
			return nil, err
		}
	}
	return nil, a.absent(c, err)
}

// peek reads the next block, if that has not been done yet, and reports false
// at the end.
func (a *arrival) peek() (bool, error) {
	if a.next.CID.Defined() {
		return true, nil
	}
	for block, err := range a.in.Blocks() {
		a.next = block
		return err == nil, err
	}
	return false, nil
}

// find returns a block that is held, and that from now on may be dropped.
func (a *arrival) find(c cid.CID) ([]byte, bool) {
	h, ok := a.held[c]
	if ok && !h.used && a.room != unlimited {
		a.held[c] = held{h.data, true}
		a.used = append(a.used, c)
	}
	return h.data, ok
}

// absent returns the error about a block that is not in the file.
func (a *arrival) absent(c cid.CID, err error) error {
	switch {
	case err != nil:
		return err
	case a.dropped:
		return failf(ErrLimit, c, "it is not where it stands in pre-order (RE-34), and what came before could not all be held")
	default:
		return &blockstore.MissingError{CID: c}
	}
}

// hold keeps a block that nobody has asked for yet.
func (a *arrival) hold(b car.Block) error {
	if _, ok := a.held[b.CID]; ok {
		return nil
	}
	if !a.makeRoom(len(b.Data)) {
		return failf(ErrLimit, b.CID, "it comes before it is needed (RE-34), and more than the limit would have to be held")
	}
	a.held[b.CID] = held{b.Data, false}
	return nil
}

// keep keeps a block that has been given out, as long as there is room.
func (a *arrival) keep(b car.Block) {
	if a.room == unlimited {
		a.held[b.CID] = held{b.Data, true}
		return
	}
	if _, ok := a.held[b.CID]; ok {
		return
	}
	if !a.makeRoom(len(b.Data)) {
		a.dropped = true
		return
	}
	a.held[b.CID] = held{b.Data, true}
	a.used = append(a.used, b.CID)
}

// makeRoom takes the room for a block of that size, and drops used blocks if it
// must. It reports whether there was enough.
func (a *arrival) makeRoom(size int) bool {
	if a.room == unlimited {
		return true
	}
	cost := int64(size) + holdCost
	for a.room < cost && len(a.used) > 0 {
		c := a.used[0]
		a.used = a.used[1:]
		a.room += int64(len(a.held[c].data)) + holdCost
		delete(a.held, c)
		a.dropped = true
	}
	if a.room < cost {
		return false
	}
	a.room -= cost
	return true
}

// drain reads the rest of the file, so that it is checked, too (RE-33).
func (a *arrival) drain(ctx context.Context) error {
	for _, err := range a.in.Blocks() {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
	return nil
}
