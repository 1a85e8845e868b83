package mst

import (
	"context"
	"slices"
)

// Load returns t with all nodes in memory, which it has checked as Walk does.
// Its operations read nothing any more.
func (t *Tree) Load(ctx context.Context) (*Tree, error) {
	loaded := &Tree{source: t.source, root: t.root}
	type visit struct {
		spot

		next int // of its node's links
	}
	var s slab
	stack := []visit{{spot{&loaded.root, place{layer: rootLayer}}, 0}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if top.next == 0 {
			if err := s.load(ctx, t, top.spot); err != nil {
				return nil, err
			}
		}
		n := top.link.node
		if top.next > len(n.entries) {
			stack = stack[:len(stack)-1]
			continue
		}
		below := spot{n.link(top.next), top.place.child(n, top.next)}
		top.next++
		if !below.link.empty() {
			stack = append(stack, visit{below, 0})
		}
	}
	return loaded, nil
}

// slab allocates the nodes of one Load, many at a time.
type slab struct {
	nodes   []node
	entries []entry
}

// How much a slab allocates at a time, in nodes and entries. A tree keeps what
// it does not need of the last allocation.
const (
	slabNodes   = 64
	slabEntries = 4 * slabNodes
	slabLeast   = 8 // entries that are left when a new allocation is made
)

// load puts a node at s that is not shared with t.
func (s *slab) load(ctx context.Context, t *Tree, at spot) error {
	n := s.node()
	if from := at.link.node; from != nil {
		n.layer, n.left = from.layer, from.left
		n.entries = append(n.entries, from.entries...)
	} else if _, err := loadInto(ctx, t.source, n, at.link.cid, at.place); err != nil {
		return err
	}
	s.used(n)
	at.link.node = n
	return nil
}

// node returns a node without entries that has room for some.
func (s *slab) node() *node {
	if len(s.nodes) == 0 {
		s.nodes = make([]node, slabNodes)
	}
	if len(s.entries) < slabLeast {
		s.entries = make([]entry, slabEntries)
	}
	n := &s.nodes[0]
	s.nodes = s.nodes[1:]
	n.entries = s.entries[:0]
	return n
}

// used takes the entries of n, whose room has been enough or not, from s.
func (s *slab) used(n *node) {
	if len(n.entries) <= len(s.entries) {
		s.entries = s.entries[len(n.entries):]
	}
	n.entries = slices.Clip(n.entries)
}
