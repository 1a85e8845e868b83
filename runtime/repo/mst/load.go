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
	s := loader{reader: reader{source: t.source}}
	stack := []visit{{spot{&loaded.root, place{layer: rootLayer}}, 0}}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		if top.next == 0 {
			if err := s.load(ctx, top.spot); err != nil {
				return nil, err
			}
		}
		n := top.link.node
		if top.next >= len(n.links) {
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

// loader allocates the nodes of one Load, many at a time.
type loader struct {
	reader  reader
	nodes   []node
	entries []Entry
	links   []link
}

// How much a loader allocates at a time, in nodes, and entries and links. A tree
// keeps what it does not need of the last allocation.
const (
	slabNodes = 64
	slabParts = 4 * slabNodes
	slabLeast = 8 // entries that are left when a new allocation is made
)

// load puts a node at s that is not shared with another tree.
func (l *loader) load(ctx context.Context, s spot) error {
	n := l.node()
	if from := s.link.node; from != nil {
		n.layer = from.layer
		n.entries = append(n.entries, from.entries...)
		n.links = append(n.links, from.links...)
	} else if _, err := l.reader.load(ctx, n, s.link.cid, s.place); err != nil {
		return err
	}
	n.entries, l.entries = taken(n.entries, l.entries)
	n.links, l.links = taken(n.links, l.links)
	s.link.node = n
	return nil
}

// node returns a node without entries that has room for some.
func (l *loader) node() *node {
	if len(l.nodes) == 0 {
		l.nodes = make([]node, slabNodes)
	}
	if len(l.entries) < slabLeast {
		l.entries = make([]Entry, slabParts)
	}
	if len(l.links) < slabLeast {
		l.links = make([]link, slabParts)
	}
	n := &l.nodes[0]
	l.nodes = l.nodes[1:]
	n.entries, n.links = l.entries[:0], l.links[:0]
	return n
}

// taken returns what a node has, whose room has been enough or not, and what is
// left of the room.
func taken[T any](has, room []T) (own, left []T) {
	if len(has) == 0 {
		return nil, room
	}
	if len(has) <= len(room) {
		room = room[len(has):]
	}
	return slices.Clip(has), room
}
