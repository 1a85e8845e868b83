package repo

import (
	"context"
	"errors"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

// arrival is the source of the blocks of a CAR file that is still being read.
// Whoever asks for blocks in the order of the file gets each as it arrives. What
// has been read is put on a shelf.
type arrival struct {
	in    *car.Reader
	next  car.Block // undefined if none has been read ahead
	shelf shelf
	// refuse is told of a block that is not the one of its CID, and returns nil
	// if reading goes on behind it.
	refuse func(error) error
	// dropped are the CIDs of such blocks, maxDropped at most.
	dropped map[cid.CID]bool
}

// maxDropped is how many false blocks are remembered: a further one is missing,
// too, where it is needed.
const maxDropped = 1 << 16

// shelf has the blocks that have been read, or some of them: a table if the file
// is in memory, else waiting.
type shelf interface {
	// find returns the data of a block, for which somebody has asked.
	find(c cid.CID) ([]byte, bool)
	// keep takes the block that was read last and ends at an offset of the
	// file. If somebody has asked for it already, it need not be kept. False
	// says that there is no room for it.
	keep(b car.Block, end int64, used bool) bool
	// missing returns the error about a block that is not found, nor in the
	// rest of the file, or as much of it as could be kept.
	missing(c cid.CID) error
}

// Get implements [blockstore.Source].
func (a *arrival) Get(ctx context.Context, c cid.CID) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ok, err := a.peek()
	if a.next.CID != c { // which is the rare case in pre-order
		if data, ok := a.shelf.find(c); ok {
			return data, nil
		}
		if a.dropped[c] {
			return nil, errDropped
		}
	}
	for ok {
		b := a.next
		a.next = car.Block{}
		found := b.CID == c
		if !a.shelf.keep(b, a.in.Offset(), found) {
			return nil, a.shelf.missing(c)
		}
		if found {
			return b.Data, nil
		}
		if ok, err = a.peek(); a.dropped[c] {
			return nil, errDropped
		}
	}
	if err != nil {
		return nil, err
	}
	return nil, a.shelf.missing(c)
}

// peek reads the next block, if that has not been done yet, and reports false
// at the end. False blocks are dropped.
func (a *arrival) peek() (bool, error) {
	for !a.next.CID.Defined() {
		block, err := a.read()
		switch {
		case errors.Is(err, car.ErrHash):
			if err := a.drop(err); err != nil {
				return false, err
			}
		case err != nil || !block.CID.Defined():
			return false, err
		default:
			a.next = block
		}
	}
	return true, nil
}

// read returns the next block, which is undefined at the end.
func (a *arrival) read() (car.Block, error) {
	for block, err := range a.in.Blocks() {
		return block, err
	}
	return car.Block{}, nil
}

// drop drops the block that err is about, if the verification goes on.
func (a *arrival) drop(err error) error {
	e, ok := refused(err).(*Error) //nolint:errorlint // which it is
	if !ok {
		return err
	}
	if err := a.refuse(e); err != nil {
		return err
	}
	if a.dropped == nil {
		a.dropped = map[cid.CID]bool{}
	}
	if len(a.dropped) < maxDropped {
		a.dropped[e.Block] = true
	}
	return nil
}

// drain reads the rest of the file, so that it is checked, too (RE-33).
func (a *arrival) drain(ctx context.Context) error {
	for {
		ok, err := a.peek()
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || !ok {
			return err
		}
		a.next = car.Block{}
	}
}
