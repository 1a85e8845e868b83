package mst

import "github.com/lexgen/lexgen/runtime/cid"

// node is a node in memory. It is immutable, except in the hands of the Edit
// that owns it.
type node struct {
	owner   *owner // the edit that may change the node, or nil
	layer   int    // of its keys; 0 in the node of an empty tree
	left    link   // what is before the first entry
	entries []entry
}

// entry is a key, its value, and the subtree up to the next entry.
type entry struct {
	key   string
	value cid.CID
	right link
}

// link leads to a subtree: none if it is zero, one that has to be read if node
// is nil, and one that an edit has changed if cid is undefined.
type link struct {
	cid  cid.CID
	node *node
}

// owner is the identity of an edit between two calls of Finish.
type owner struct{ _ byte }

func (l *link) empty() bool { return l.node == nil && !l.cid.Defined() }

func (l *link) dirty() bool { return l.node != nil && !l.cid.Defined() }

// bare reports whether n leads to no key.
func (n *node) bare() bool { return len(n.entries) == 0 && n.left.empty() }

// link returns the link before entry i, which is the one after the last entry
// if i is their number.
func (n *node) link(i int) *link {
	if i == 0 {
		return &n.left
	}
	return &n.entries[i-1].right
}

// search returns the index of the first entry whose key is not less than key,
// and whether it is key.
func (n *node) search(key string) (int, bool) {
	low, high := 0, len(n.entries)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if n.entries[middle].key < key {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < len(n.entries) && n.entries[low].key == key
}

// clone returns a copy of n that o owns, with room for one more entry.
func (n *node) clone(o *owner) *node {
	return &node{owner: o, layer: n.layer, left: n.left, entries: append(make([]entry, 0, len(n.entries)+1), n.entries...)}
}

// encode writes n to w, but for the end. The CIDs of its links are known.
func (n *node) encode(w *encoder) {
	w.reset()
	w.subtree(n.left.cid)
	for i := range n.entries {
		e := &n.entries[i]
		w.entry(e.key, e.value)
		w.subtree(e.right.cid)
	}
}

// block returns the data of n, whose CID is known.
func (n *node) block() []byte {
	var w encoder
	n.encode(&w)
	return w.finish()
}

// place is where in a tree a node stands, and so what its keys must be.
type place struct {
	layer  int    // or rootLayer
	lo, hi string // keys are between these, which "" leaves open
}

// rootLayer is the layer of a root, before its first key says which it is.
const rootLayer = -1

// child returns the place of the subtree before entry i of n, which is at p.
func (p place) child(n *node, i int) place {
	below := place{n.layer - 1, p.lo, p.hi}
	if i > 0 {
		below.lo = n.entries[i-1].key
	}
	if i < len(n.entries) {
		below.hi = n.entries[i].key
	}
	return below
}
