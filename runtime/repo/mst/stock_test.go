package mst_test

import (
	"bytes"
	"context"
	"errors"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/blockstore/faultstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// stock is a source which a test fills, and takes blocks away from. A tree says the
// same over each kind.
type stock interface {
	blockstore.Source
	add(list ...blockstore.Block)
	remove(cids ...cid.CID)
}

// stockNames are the kinds of stocks.
var stockNames = []string{"memory", "CAR file", "store with faults"}

func newStock(name string) stock {
	switch blocks := newBlocks(); name {
	case "CAR file":
		return &carStock{blocks: blocks}
	case "store with faults":
		return &faultStock{blocks: blocks, kept: blockstore.NewMemory()}
	default:
		return blocks
	}
}

// carStock writes a new file when its blocks have changed.
type carStock struct {
	*blocks

	file *car.File // nil if the blocks have changed
}

func (s *carStock) add(list ...blockstore.Block) {
	s.blocks.add(list...)
	s.file = nil
}

func (s *carStock) remove(cids ...cid.CID) {
	s.blocks.remove(cids...)
	s.file = nil
}

func (s *carStock) Get(ctx context.Context, c cid.CID) ([]byte, error) {
	if s.file == nil {
		if err := s.write(); err != nil {
			return nil, err
		}
	}
	return s.file.Get(ctx, c)
}

func (s *carStock) write() error {
	var b bytes.Buffer
	w, err := car.NewWriter(&b)
	for c, data := range s.data {
		err = errors.Join(err, w.Write(car.Block{CID: c, Data: data}))
	}
	if err == nil {
		s.file, err = car.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()), car.Options{})
	}
	return err
}

// faultStock has all blocks that there ever were in a store, which loses those that
// were taken away.
type faultStock struct {
	*blocks

	kept  *blockstore.Memory
	lossy *faultstore.Store // nil if the blocks have changed
	err   error             // of the store
}

func (s *faultStock) add(list ...blockstore.Block) {
	s.blocks.add(list...)
	ctx := context.Background()
	tx, err := s.kept.Begin(ctx)
	if err == nil {
		err = errors.Join(tx.Put(ctx, syntax.TID("3jzfcijpj2z2a"), list...), tx.Commit(ctx))
	}
	s.lossy, s.err = nil, errors.Join(s.err, err)
}

func (s *faultStock) remove(cids ...cid.CID) {
	s.blocks.remove(cids...)
	s.lossy = nil
}

func (s *faultStock) Get(ctx context.Context, c cid.CID) ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	if s.lossy == nil {
		s.lossy = faultstore.New(s.kept)
		for _, b := range s.kept.Blocks() {
			if s.data[b.CID] == nil {
				s.lossy.Lose(b.CID)
			}
		}
	}
	return s.lossy.Get(ctx, c)
}
