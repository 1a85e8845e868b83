package repo

import (
	"context"

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
}

// shelf has the blocks that have been read, or some of them: a table if the file
// is in memory, else waiting.
type shelf interface {
	// find returns the data of a block, for which somebody has asked.
	find(c cid.CID) ([]byte, bool)
	// keep takes the block that was read last and ends at an offset of the
	// file. If somebody has asked for it already, it need not be kept.
	keep(b car.Block, end int64, used bool) error
	// missing returns the error about a block that is not found, nor in the
	// rest of the file.
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
	}
	for ; ok; ok, err = a.peek() {
		b := a.next
		a.next = car.Block{}
		found := b.CID == c
		if err := a.shelf.keep(b, a.in.Offset(), found); err != nil {
			return nil, err
		}
		if found {
			return b.Data, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return nil, a.shelf.missing(c)
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
