package repository

import (
	"bytes"
	"context"
	"fmt"

	indigo "github.com/bluesky-social/indigo/atproto/repo"
	formermst "github.com/bluesky-social/indigo/mst"
	blocks "github.com/ipfs/go-block-format"
	gocid "github.com/ipfs/go-cid"

	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// diffTen is the changes between two trees in stores in memory. indigo's
// present package has no such function, its former one has.
func diffTen() ([]measure.Variant, error) {
	const count, changed = 10_000, 10
	ctx := context.Background()
	random, err := sample(3, count)
	if err != nil {
		return nil, err
	}
	entries := sortedEntries(random)
	source := nodes{}
	before, err := mst.Build(pairs(entries), source.add)
	if err != nil {
		return nil, err
	}
	for i := range changed {
		entries[500+i*997].Value = cid.Sum(cid.DagCBOR, fmt.Appendf(nil, "other record %d", i))
	}
	after, err := mst.Build(pairs(entries), source.add)
	if err != nil {
		return nil, err
	}
	store, err := theirStore(ctx, source)
	if err != nil {
		return nil, err
	}
	roots := [2]gocid.Cid{}
	for i, root := range []cid.CID{before, after} {
		if roots[i], err = theirCID(root); err != nil {
			return nil, err
		}
	}
	own := func(int) ([]mst.Change, error) {
		changes, _, err := mst.Diff(ctx, mst.Open(source, before), mst.Open(source, after))
		return changes, err
	}
	their := func(int) ([]*formermst.DiffOp, error) {
		return formermst.DiffTrees(ctx, store, roots[0], roots[1])
	}
	changes, err := own(0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ours, err)
	}
	ops, err := their(0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", theirs, err)
	}
	if len(changes) != changed {
		return nil, fmt.Errorf("%d changes, want %d", len(changes), changed)
	}
	if err := sameChanges(changes, ops); err != nil {
		return nil, err
	}
	return pair(withoutResult(own), withoutResult(their)), nil
}

// theirStore returns the blocks of n as a store of indigo.
func theirStore(ctx context.Context, n nodes) (*indigo.TinyBlockstore, error) {
	store := indigo.NewTinyBlockstore()
	for c, data := range n {
		their, err := theirCID(c)
		if err != nil {
			return nil, err
		}
		block, err := blocks.NewBlockWithCid(data, their)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c, err)
		}
		if err := store.Put(ctx, block); err != nil {
			return nil, fmt.Errorf("%s: %w", c, err)
		}
	}
	return store, nil
}

// sameChanges proves that both name the same keys, in the same order, with the
// same values.
func sameChanges(own []mst.Change, their []*formermst.DiffOp) error {
	if len(own) != len(their) {
		return fmt.Errorf("%d changes, and with %s %d", len(own), theirs, len(their))
	}
	for i, change := range own {
		other := their[i]
		if change.Key != other.Rpath || !bytes.Equal(change.Old.Bytes(), other.OldCid.Bytes()) || !bytes.Equal(change.New.Bytes(), other.NewCid.Bytes()) {
			return fmt.Errorf("%+v, and with %s %+v", change, theirs, *other)
		}
	}
	return nil
}

func withoutResult[T any](work func(int) (T, error)) func(int) error {
	return func(i int) error {
		_, err := work(i)
		return err
	}
}
