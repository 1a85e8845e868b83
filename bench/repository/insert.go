package repository

import (
	"context"
	"fmt"

	theirmst "github.com/bluesky-social/indigo/atproto/repo/mst"

	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// insertOne is putting a new key into a tree that is in memory, and computing
// the root. Trees of lexgen do not change, so that each key is put into the
// same one; that of indigo grows.
func insertOne() ([]measure.Variant, error) {
	ctx := context.Background()
	entries, err := sample(1, large)
	if err != nil {
		return nil, err
	}
	more, err := sample(2, large)
	if err != nil {
		return nil, err
	}
	own, err := loadOwn(ctx, entries)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ours, err)
	}
	their, err := buildTheirs(entries)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", theirs, err)
	}
	for _, e := range more[:100] {
		if err := sameAfter(ctx, own, their, e); err != nil {
			return nil, err
		}
	}
	var sets [][][]byte
	for _, e := range more[:1000] {
		_, added, err := putOwn(ctx, own, e)
		if err != nil {
			return nil, err
		}
		parts := [][]byte{e.theirKey}
		for _, node := range added {
			parts = append(parts, node.Data)
		}
		sets = append(sets, parts)
	}
	return append(pair(func(i int) error {
		_, _, err := putOwn(ctx, own, more[i%len(more)])
		return err
	}, func(i int) error {
		e := more[i%len(more)]
		if _, err := their.Insert(e.theirKey, e.theirValue); err != nil {
			return err //nolint:wrapcheck // measured as it is
		}
		_, err := their.RootCID()
		return err //nolint:wrapcheck // measured as it is
	}), hashing(sets...)), nil
}

// loadOwn makes a tree of entries with all nodes in memory.
func loadOwn(ctx context.Context, entries []entry) (*mst.Tree, error) {
	nodes := nodes{}
	root, err := mst.Build(pairs(sortedEntries(entries)), nodes.add)
	if err != nil {
		return nil, err
	}
	return mst.Open(nodes, root).Load(ctx)
}

// putOwn returns the root of tree with e, and the new nodes.
func putOwn(ctx context.Context, tree *mst.Tree, e entry) (cid.CID, []blockstore.Block, error) {
	edit := tree.Edit()
	if _, err := edit.Put(ctx, e.key, e.value); err != nil {
		return cid.CID{}, nil, err
	}
	next, delta, err := edit.Finish()
	if err != nil {
		return cid.CID{}, nil, err
	}
	return next.Root(), delta.Added, nil
}

// sameAfter proves that both have the same root with e. It leaves the trees as
// they were.
func sameAfter(ctx context.Context, own *mst.Tree, their *theirmst.Tree, e entry) error {
	root, _, err := putOwn(ctx, own, e)
	if err != nil {
		return fmt.Errorf("%s: %w", ours, err)
	}
	if _, err := their.Insert(e.theirKey, e.theirValue); err != nil {
		return fmt.Errorf("%s: %w", theirs, err)
	}
	theirRoot, err := their.RootCID()
	if err != nil {
		return fmt.Errorf("%s: %w", theirs, err)
	}
	if err := sameRoot(root, theirRoot); err != nil {
		return err
	}
	if _, err := their.Remove(e.theirKey); err != nil {
		return fmt.Errorf("%s: %w", theirs, err)
	}
	return nil
}

// nodes is a source in memory.
type nodes map[cid.CID][]byte

// add keeps a copy of a block.
func (n nodes) add(b blockstore.Block) error {
	n[b.CID] = append([]byte(nil), b.Data...)
	return nil
}

// Get implements blockstore.Source.
func (n nodes) Get(_ context.Context, c cid.CID) ([]byte, error) {
	data, ok := n[c]
	if !ok {
		return nil, &blockstore.MissingError{CID: c}
	}
	return data, nil
}
