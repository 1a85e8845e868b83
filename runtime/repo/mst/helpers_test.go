package mst_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// content is what a tree should have: the model that it is compared with.
type content map[string]cid.CID

// sorted yields the entries in the order of their keys.
func (c content) sorted() iter.Seq2[string, cid.CID] {
	return func(yield func(string, cid.CID) bool) {
		for _, key := range slices.Sorted(maps.Keys(c)) {
			if !yield(key, c[key]) {
				return
			}
		}
	}
}

// sample returns n entries like those of a repository, by number.
func sample(n int) content {
	c := make(content, n)
	for i := range n {
		c[samplePath(i)] = record(i)
	}
	return c
}

// samplePath returns the path number i, whose record key has the form of a TID.
func samplePath(i int) string {
	const digits = "234567abcdefghijklmnopqrstuvwxyz"
	collections := []string{"app.bsky.feed.like", "app.bsky.feed.post", "app.bsky.graph.follow"}
	key := []byte("3k2222222222a")
	for place, rest := len(key)-2, i; rest > 0; place, rest = place-1, rest/len(digits) {
		key[place] = digits[rest%len(digits)]
	}
	return collections[i%len(collections)] + "/" + string(key)
}

// record returns the CID of the record number i.
func record(i int) cid.CID { return cid.Sum(cid.DagCBOR, fmt.Appendf(nil, "record %d", i)) }

// blocks is a source that counts how often it is read.
type blocks struct {
	data  map[cid.CID][]byte
	reads int
}

func newBlocks(list ...blockstore.Block) *blocks {
	b := &blocks{data: map[cid.CID][]byte{}}
	b.add(list...)
	return b
}

func (b *blocks) add(list ...blockstore.Block) {
	for _, block := range list {
		b.data[block.CID] = slices.Clone(block.Data)
	}
}

func (b *blocks) remove(cids ...cid.CID) {
	for _, c := range cids {
		delete(b.data, c)
	}
}

// node adds a node and returns its CID.
func (b *blocks) node(data []byte) cid.CID {
	c := cid.Sum(cid.DagCBOR, data)
	b.data[c] = data
	return c
}

func (b *blocks) Get(_ context.Context, c cid.CID) ([]byte, error) {
	b.reads++
	data, ok := b.data[c]
	if !ok {
		return nil, &blockstore.MissingError{CID: c}
	}
	return data, nil
}

// build makes the tree of c, with its nodes in a source.
func build(t testing.TB, c content) (*mst.Tree, *blocks) {
	t.Helper()
	source := newBlocks()
	root, err := mst.Build(c.sorted(), func(b blockstore.Block) error {
		source.add(b)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return mst.Open(source, root), source
}

// insert makes the tree of c by putting one key after the other, in no order.
func insert(t testing.TB, c content) *mst.Tree {
	t.Helper()
	edit := mst.Empty().Edit()
	for key, value := range c {
		if _, err := edit.Put(t.Context(), key, value); err != nil {
			t.Fatal(err)
		}
	}
	return finish(t, edit)
}

func finish(t testing.TB, edit *mst.Edit) *mst.Tree {
	t.Helper()
	tree, _, err := edit.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// contentOf returns what a tree has.
func contentOf(t testing.TB, tree *mst.Tree) content {
	t.Helper()
	c := content{}
	for entry, err := range tree.Entries(t.Context(), mst.Range{}) {
		if err != nil {
			t.Fatal(err)
		}
		c[entry.Key] = entry.Value
	}
	return c
}

// nodesOf returns the nodes of a tree in pre-order.
func nodesOf(t testing.TB, tree *mst.Tree) []blockstore.Block {
	t.Helper()
	var nodes []blockstore.Block
	for item, err := range tree.Walk(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if item.Node.CID.Defined() {
			nodes = append(nodes, item.Node)
		}
	}
	return nodes
}

// cidsOf returns the CIDs of blocks in ascending order.
func cidsOf(list []blockstore.Block) []cid.CID {
	cids := make([]cid.CID, len(list))
	for i, b := range list {
		cids[i] = b.CID
	}
	return sortedCIDs(cids)
}

func sortedCIDs(cids []cid.CID) []cid.CID {
	cids = append([]cid.CID{}, cids...)
	slices.SortFunc(cids, cid.CID.Compare)
	return slices.Compact(cids)
}

func isMissing(err error) bool {
	_, ok := errors.AsType[*blockstore.MissingError](err)
	return ok
}
