package mst

import (
	"fmt"
	"iter"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
)

// Build makes the tree of entries, whose keys are in ascending order, and
// returns the CID of its root. It calls emit with every node, those below
// before those above; the data is valid until emit returns. In memory it holds
// one node a layer.
//
// Keys out of order are ErrOrder. An error of emit ends it and is returned as
// it is.
func Build(entries iter.Seq2[string, cid.CID], emit func(blockstore.Block) error) (cid.CID, error) {
	b := builder{emit: emit, hasher: newHasher(), layer: rootLayer}
	for key, value := range entries {
		if err := b.add(key, &value); err != nil {
			return cid.CID{}, err
		}
	}
	return b.finish()
}

// builder makes a tree from its leaves up.
type builder struct {
	emit   func(blockstore.Block) error
	hasher *hasher
	layers []encoder // the node of each layer that is not finished yet
	last   string    // key
	layer  int       // of the last key, or rootLayer
	key    []byte    // the last one, for the hasher
}

func (b *builder) add(key string, value *cid.CID) error {
	if err := checkEntry(key, value); err != nil {
		return err
	}
	shared := commonPrefix(b.last, key)
	if !above(b.last, key, shared) {
		return fmt.Errorf("mst: key %q comes after %q: %w", key, b.last, ErrOrder)
	}
	b.key = append(b.key[:0], key...)
	layer := b.hasher.layer(b.key)
	if err := checkLayer(key, layer); err != nil {
		return err
	}
	b.last = key
	if layer != b.layer { // otherwise, the last key is that of the node, too
		if err := b.reach(layer); err != nil {
			return err
		}
		b.layer, shared = layer, commonPrefix(b.layers[layer].key, key)
	}
	b.layers[layer].entry(key, shared, value)
	return nil
}

// reach finishes all nodes below layer, which need not be there yet.
func (b *builder) reach(layer int) error {
	for len(b.layers) <= layer {
		b.layers = append(b.layers, encoder{})
		b.layers[len(b.layers)-1].reset()
	}
	for i := range layer {
		if b.layers[i].empty() {
			continue
		}
		c, err := b.close(i)
		if err != nil {
			return err
		}
		b.layers[i+1].subtree(c)
	}
	return nil
}

// close finishes the node of a layer.
func (b *builder) close(layer int) (cid.CID, error) {
	w := &b.layers[layer]
	if err := w.check(); err != nil {
		return cid.CID{}, err
	}
	data := w.finish()
	c := cid.FromHash(cid.DagCBOR, b.hasher.sum(data))
	err := b.emit(blockstore.Block{CID: c, Data: data})
	w.reset()
	return c, err
}

// finish finishes the root, which is in the highest layer or, without entries,
// in layer 0.
func (b *builder) finish() (cid.CID, error) {
	top := max(len(b.layers)-1, 0)
	if err := b.reach(top); err != nil {
		return cid.CID{}, err
	}
	return b.close(top)
}
