package mst

import (
	"context"
	"slices"

	"github.com/lexgen/lexgen/runtime/cid"
)

// put sets the value of key, to which the path leads.
func (e *Edit) put(ctx context.Context, key string, value cid.CID, layer int) error {
	e.touch()
	s := e.here()
	switch n := s.link.node; {
	case n == nil: // no subtree yet
		leaf := newNode(e.owner, layer)
		leaf.insert(0, Entry{key, value}, link{})
		*s.link = e.tower(link{node: leaf}, s.place.layer)
		return nil
	case n.layer < layer:
		return e.raise(ctx, key, value, layer)
	default:
		return e.insert(ctx, s, key, value)
	}
}

// insert sets the value of key in the node at s.
func (e *Edit) insert(ctx context.Context, s spot, key string, value cid.CID) error {
	n := s.link.node
	i, found := n.search(key)
	if found {
		n.own(0)
		n.entries[i].Value = value
		return nil
	}
	left, right, err := e.split(ctx, spot{n.link(i), s.place.child(n, i)}, key)
	if err != nil {
		return err
	}
	if l := n.link(i); l != nil {
		*l = left
	}
	n.insert(i, Entry{key, value}, right)
	return nil
}

// raise puts key on top of the tree.
func (e *Edit) raise(ctx context.Context, key string, value cid.CID, layer int) error {
	left, right, err := e.split(ctx, e.here(), key)
	if err != nil {
		return err
	}
	root := newNode(e.owner, layer)
	root.links[0] = e.tower(left, layer-1)
	root.insert(0, Entry{key, value}, e.tower(right, layer-1))
	e.root = link{node: root}
	return nil
}

// tower returns l below as many nodes without entries as lead up to layer
// (RE-14).
func (e *Edit) tower(l link, layer int) link {
	if l.empty() {
		return l
	}
	for below := l.node.layer; below < layer; below++ {
		above := newNode(e.owner, below+1)
		above.links[0] = l
		l = link{node: above}
	}
	return l
}

// split divides the subtree at s into what is before and what is after key,
// which it does not have. Only the nodes on the way to key change.
func (e *Edit) split(ctx context.Context, s spot, key string) (left, right link, err error) {
	var halves []*link // both of each layer, from above
	before, after := &left, &right
	for !s.link.empty() {
		n, err := e.open(ctx, s)
		if err != nil {
			return link{}, link{}, err
		}
		e.replace(s.link)
		i, _ := n.search(key)
		p := s.place.child(n, i)
		m := n.cut(i)
		*before, *after = link{node: n}, link{node: m}
		halves = append(halves, before, after)
		if len(n.links) == 0 {
			break
		}
		middle := n.links[i]
		before, after = &n.links[i], &m.links[0]
		*before, *after = link{}, link{}
		s = spot{&middle, p}
	}
	for _, half := range slices.Backward(halves) {
		if half.node.bare() {
			*half = link{}
		}
	}
	return left, right, nil
}
