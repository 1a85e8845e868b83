package mst

import (
	"context"
	"slices"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
)

// Edit is a tree that is being changed. CIDs are computed by [Edit.Finish]
// alone, so that many changes cost little more than one.
//
// An error of Put or Delete that comes from reading the tree is final: what
// follows returns it again. One about a key or a value changes nothing.
type Edit struct {
	reader   reader
	root     link
	owner    *owner
	path     []spot    // from the root to where the last call went
	replaced []cid.CID // nodes of the tree before that are no longer in this one
	err      error
	room     [usualDepth]spot // where path begins
}

// Delta is how the nodes of two trees differ.
type Delta struct {
	// Added has the nodes of the new tree that the old one lacks, each before
	// those below it.
	Added []blockstore.Block
	// Removed names the nodes of the old tree that the new one lacks, in
	// ascending order.
	Removed []cid.CID
}

// Edit returns an edit that begins with t, which does not change.
func (t *Tree) Edit() *Edit {
	e := &Edit{reader: reader{source: t.source}, root: t.root, owner: new(owner)}
	e.path, e.replaced = e.room[:0], make([]cid.CID, 0, usualDepth)
	return e
}

// usualDepth is more layers than a repository of usual size has.
const usualDepth = 12

// Get returns the value of key, which is undefined if the tree does not have
// the key.
func (e *Edit) Get(ctx context.Context, key string) (cid.CID, error) {
	if err := checkKey(key); err != nil {
		return cid.CID{}, err
	}
	if err := e.descend(ctx, key, Layer(key)); err != nil {
		return cid.CID{}, err
	}
	value, _ := e.here().link.get(key)
	return value, nil
}

// get returns the value of key in the node that l leads to.
func (l *link) get(key string) (cid.CID, bool) {
	if l.empty() {
		return cid.CID{}, false
	}
	i, found := l.node.search(key)
	if !found {
		return cid.CID{}, false
	}
	return l.node.entries[i].Value, true
}

// Put sets the value of key and returns the one before, which is undefined if
// the tree did not have the key. Value has a blessed CID (DM-11).
func (e *Edit) Put(ctx context.Context, key string, value cid.CID) (cid.CID, error) {
	if err := checkEntry(key, &value); err != nil {
		return cid.CID{}, err
	}
	layer := Layer(key)
	if err := checkLayer(key, layer); err != nil {
		return cid.CID{}, err
	}
	if err := e.descend(ctx, key, layer); err != nil {
		return cid.CID{}, err
	}
	prev, _ := e.here().link.get(key)
	if prev == value {
		return prev, nil
	}
	return prev, e.keep(e.put(ctx, key, value, layer))
}

// Delete removes key and returns its value, which is undefined if the tree did
// not have the key.
func (e *Edit) Delete(ctx context.Context, key string) (cid.CID, error) {
	if err := checkKey(key); err != nil {
		return cid.CID{}, err
	}
	if err := e.descend(ctx, key, Layer(key)); err != nil {
		return cid.CID{}, err
	}
	prev, found := e.here().link.get(key)
	if !found {
		return prev, nil
	}
	return prev, e.keep(e.remove(ctx, key))
}

// Finish computes the CIDs of the nodes that have changed, and returns the new
// tree and how its nodes differ from those of the tree before. The edit can go
// on from the new tree.
//
// The new tree holds the changed nodes in memory; the others it reads from the
// source of the old one.
func (e *Edit) Finish() (*Tree, Delta, error) {
	added, err := e.flush()
	if err != nil {
		return nil, Delta{}, err
	}
	slices.Reverse(added)
	delta := net(added, e.replaced)
	e.owner, e.replaced = new(owner), nil
	return &Tree{e.reader.source, e.root}, delta, nil
}

// net removes from both lists what they share: nodes that were changed and
// changed back. A node occurs once in a tree, so that one which was not
// replaced cannot be among those added.
func net(added []blockstore.Block, removed []cid.CID) Delta {
	slices.SortFunc(removed, cid.CID.Compare)
	var shared []cid.CID // in no order, and seldom any
	added = slices.DeleteFunc(added, func(b blockstore.Block) bool {
		_, found := slices.BinarySearchFunc(removed, b.CID, cid.CID.Compare)
		if found {
			shared = append(shared, b.CID)
		}
		return found
	})
	slices.SortFunc(shared, cid.CID.Compare)
	removed = slices.DeleteFunc(removed, func(c cid.CID) bool {
		_, found := slices.BinarySearchFunc(shared, c, cid.CID.Compare)
		return found
	})
	return Delta{Added: added, Removed: removed}
}
