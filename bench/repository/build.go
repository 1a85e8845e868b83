package repository

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	theirmst "github.com/bluesky-social/indigo/atproto/repo/mst"
	gocid "github.com/ipfs/go-cid"

	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// large is the number of entries of the trees that are built.
const large = 100_000

func buildSorted() ([]measure.Variant, error) {
	entries, err := sample(1, large)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	return compareBuilding(entries, buildOwn)
}

// buildRandom is building from entries in random order, which lexgen copies and
// sorts first.
func buildRandom() ([]measure.Variant, error) {
	entries, err := sample(1, large)
	if err != nil {
		return nil, err
	}
	return compareBuilding(entries, func(entries []mst.Entry) (cid.CID, error) {
		sorted := slices.Clone(entries)
		mst.Sort(sorted)
		return buildOwn(sorted)
	})
}

func compareBuilding(entries []entry, build func([]mst.Entry) (cid.CID, error)) ([]measure.Variant, error) {
	own := ownEntries(entries)
	root, err := build(own)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ours, err)
	}
	their, err := buildTheirs(entries)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", theirs, err)
	}
	theirRoot, err := their.RootCID()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", theirs, err)
	}
	if err := sameRoot(root, theirRoot); err != nil {
		return nil, err
	}
	parts, err := hashed(entries)
	if err != nil {
		return nil, err
	}
	return append(pair(func(int) error {
		_, err := build(own)
		return err
	}, func(int) error {
		tree, err := buildTheirs(entries)
		if err != nil {
			return err
		}
		_, err = tree.RootCID()
		return err //nolint:wrapcheck // measured as it is
	}), hashing(parts)), nil
}

// hashed returns what must be hashed to build the tree of entries.
func hashed(entries []entry) ([][]byte, error) {
	var parts [][]byte
	for _, e := range entries {
		parts = append(parts, e.theirKey)
	}
	_, err := mst.Build(pairs(sortedEntries(entries)), func(b blockstore.Block) error {
		parts = append(parts, bytes.Clone(b.Data))
		return nil
	})
	return parts, err
}

// buildOwn makes the tree of sorted entries and gives up its nodes.
func buildOwn(sorted []mst.Entry) (cid.CID, error) {
	return mst.Build(pairs(sorted), func(blockstore.Block) error { return nil })
}

// buildTheirs makes a tree of entries, one after another: indigo has no other
// way.
func buildTheirs(entries []entry) (*theirmst.Tree, error) {
	tree := theirmst.NewEmptyTree()
	for i := range entries {
		if _, err := tree.Insert(entries[i].theirKey, entries[i].theirValue); err != nil {
			return nil, err //nolint:wrapcheck // measured as it is
		}
	}
	return &tree, nil
}

func sameRoot(own cid.CID, their *gocid.Cid) error {
	if !bytes.Equal(own.Bytes(), their.Bytes()) {
		return fmt.Errorf("the root is %s, and with %s %s", own, theirs, their)
	}
	return nil
}
