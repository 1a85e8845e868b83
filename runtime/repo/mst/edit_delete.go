package mst

import (
	"context"
	"slices"
)

// remove removes key, to which the path leads.
func (e *Edit) remove(ctx context.Context, key string) error {
	e.touch()
	s := e.here()
	n := s.link.node
	i, _ := n.search(key)
	left, right := s.place.child(n, i), s.place.child(n, i+1)
	after := n.remove(i)
	if err := e.merge(ctx, spot{n.link(i), left}, spot{&after, right}); err != nil {
		return err
	}
	return e.shrink(ctx)
}

// merge joins the subtree at after to the one at into, which is the neighbour
// before it. Only the nodes on the edge between them change.
func (e *Edit) merge(ctx context.Context, into, after spot) error {
	for !after.link.empty() {
		if into.link.empty() {
			*into.link = *after.link
			return nil
		}
		n, err := e.open(ctx, into)
		if err != nil {
			return err
		}
		m, err := e.open(ctx, after)
		if err != nil {
			return err
		}
		e.replace(into.link)
		e.replace(after.link)
		i := len(n.entries)
		below, beside := into.place.child(n, i), after.place.child(m, 0)
		n.join(m)
		into, after = spot{n.link(i), below}, spot{m.link(0), beside}
	}
	return nil
}

// shrink removes what has become bare from the path, and then from the root
// what only leads down (RE-15).
func (e *Edit) shrink(ctx context.Context) error {
	for _, s := range slices.Backward(e.path[1:]) {
		if s.link.node.bare() {
			*s.link = link{}
		}
	}
	p := place{layer: e.root.node.layer}
	for len(e.root.node.entries) == 0 && !e.root.node.link(0).empty() {
		e.replace(&e.root)
		e.root = e.root.node.links[0]
		p.layer--
		if _, err := e.open(ctx, spot{&e.root, p}); err != nil {
			return err
		}
	}
	if e.root.node.bare() {
		e.root.node.layer, e.root.node.links = 0, nil
	}
	return nil
}
