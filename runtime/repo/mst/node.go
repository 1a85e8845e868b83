package mst

import (
	"slices"

	"github.com/lexgen/lexgen/runtime/cid"
)

// node is a node in memory. It is immutable, except in the hands of the Edit
// that owns it.
//
// Entries and links stand apart, because most nodes that a change makes have the
// same entries as before, which they share, and because leaves have no links.
type node struct {
	owner   *owner // the edit that may change the node, or nil
	layer   int    // of its keys; 0 in the node of an empty tree
	entries []Entry
	links   []link // before, between and after the entries; none in layer 0
	shared  bool   // entries are those of another node, too
}

// link leads to a subtree: none if it is zero, one that has to be read if node
// is nil, and one that an edit has changed if cid is undefined.
type link struct {
	cid  cid.CID
	node *node
}

// owner is the identity of an edit between two calls of Finish.
type owner struct{ _ byte }

func (l *link) empty() bool { return l == nil || l.node == nil && !l.cid.Defined() }

func (l *link) dirty() bool { return l != nil && l.node != nil && !l.cid.Defined() }

// bare reports whether n leads to no key.
func (n *node) bare() bool { return len(n.entries) == 0 && n.link(0).empty() }

// link returns the link before entry i, which is the one after the last entry
// if i is their number. In layer 0 it is nil.
func (n *node) link(i int) *link {
	if len(n.links) == 0 {
		return nil
	}
	return &n.links[i]
}

// search returns the index of the first entry whose key is not less than key,
// and whether it is key.
func (n *node) search(key string) (int, bool) {
	low, high := 0, len(n.entries)
	for low < high {
		middle := int(uint(low+high) >> 1)
		if n.entries[middle].Key < key {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < len(n.entries) && n.entries[low].Key == key
}

// clone returns a copy of n that o owns.
func (n *node) clone(o *owner) *node {
	return &node{owner: o, layer: n.layer, entries: n.entries, links: slices.Clone(n.links), shared: true}
}

// newNode returns a node without entries that o owns.
func newNode(o *owner, layer int) *node {
	n := &node{owner: o, layer: layer}
	if layer > 0 {
		n.links = make([]link, 1, 2)
	}
	return n
}

// own makes the entries n's own, so that they can be changed, with room for
// some more.
func (n *node) own(more int) {
	if n.shared {
		n.entries = append(make([]Entry, 0, len(n.entries)+more), n.entries...)
		n.shared = false
	}
}

// insert puts an entry before entry i, and between the two links of which the
// first is there already.
func (n *node) insert(i int, e Entry, right link) {
	n.own(1)
	n.entries = slices.Insert(n.entries, i, e)
	if len(n.links) > 0 {
		n.links = slices.Insert(n.links, i+1, right)
	}
}

// remove takes entry i away, and the link after it, which it returns.
func (n *node) remove(i int) link {
	n.own(0)
	n.entries = slices.Delete(n.entries, i, i+1)
	if len(n.links) == 0 {
		return link{}
	}
	right := n.links[i+1]
	n.links = slices.Delete(n.links, i+1, i+2)
	return right
}

// cut takes the entries from i on away, and returns a node with them. The link
// before entry i is the last of n and the first of that.
func (n *node) cut(i int) *node {
	after := &node{owner: n.owner, layer: n.layer, entries: n.entries[i:], shared: n.shared}
	n.entries = n.entries[:i:i]
	if len(n.links) > 0 {
		after.links = slices.Clone(n.links[i:])
		n.links = n.links[:i+1]
	}
	return after
}

// join adds the entries of m, and all links of that but the first.
func (n *node) join(m *node) {
	n.own(len(m.entries))
	n.entries = append(n.entries, m.entries...)
	if len(n.links) > 0 {
		n.links = append(n.links, m.links[1:]...)
	}
}

// encode writes n to w, but for the end. The CIDs of its links are known.
func (n *node) encode(w *encoder) {
	w.reset()
	if len(n.links) > 0 {
		w.subtree(n.links[0].cid)
	}
	for i := range n.entries {
		e := &n.entries[i]
		w.entry(e.Key, commonPrefix(w.key, e.Key), &e.Value)
		if len(n.links) > 0 {
			w.subtree(n.links[i+1].cid)
		}
	}
}

// size returns how long the block of n is at most, headroom included.
func (n *node) size() int {
	size, last := nodeRoom, ""
	for i := range n.entries {
		key := n.entries[i].Key
		prefix := commonPrefix(last, key)
		suffix := len(key) - prefix
		size += usualEntry + headSize(suffix) + suffix + headSize(prefix)
		if len(n.links) > 0 && !n.links[i+1].empty() {
			size += linkSize
		}
		last = key
	}
	return size
}

// usualEntry is the length of an entry without its key and subtree.
const usualEntry = len(entryToken+prefixToken+rightToken+nullToken+valueToken) + linkSize

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
		below.lo = n.entries[i-1].Key
	}
	if i < len(n.entries) {
		below.hi = n.entries[i].Key
	}
	return below
}
