package mst

import (
	"context"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
)

// spot is a link of an edit, and the place of the node that it leads to.
type spot struct {
	link  *link
	place place
}

// here returns where the last descent ended.
func (e *Edit) here() spot { return e.path[len(e.path)-1] }

// descend sets the path to the node where key is or would be, or to the empty
// link in its stead. All nodes of the path are open. A root below layer ends
// the path too.
func (e *Edit) descend(ctx context.Context, key string, layer int) error {
	if e.err != nil {
		return e.err
	}
	s := spot{&e.root, place{layer: rootLayer}}
	e.path = append(e.path[:0], s)
	for {
		n, err := e.open(ctx, s)
		if err != nil {
			return err
		}
		if n.layer <= layer {
			return nil
		}
		i, _ := n.search(key)
		s = spot{n.link(i), s.place.child(n, i)}
		e.path = append(e.path, s)
		if s.link.empty() {
			return nil
		}
	}
}

// open returns the node at s as one that e owns. That alone is no change: the
// CID stays.
func (e *Edit) open(ctx context.Context, s spot) (*node, error) {
	if n := s.link.node; n != nil && n.owner == e.owner {
		return n, nil
	}
	n, err := e.reader.open(ctx, s.link, s.place)
	if err != nil {
		return nil, err
	}
	if n == s.link.node {
		n = n.clone(e.owner)
	}
	n.owner = e.owner
	s.link.node = n
	return n, nil
}

// touch says that the nodes of the path change.
func (e *Edit) touch() {
	for _, s := range e.path {
		e.replace(s.link)
	}
}

// replace says that the node of l changes or goes away.
func (e *Edit) replace(l *link) {
	if l.cid.Defined() {
		e.replaced = append(e.replaced, l.cid)
		l.cid = cid.CID{}
	}
}

// keep keeps an error for the calls that follow.
func (e *Edit) keep(err error) error {
	e.err = err
	return err
}

// flush computes the CIDs of all changed nodes, children first, and returns the
// nodes in that order. Their data is one piece of memory.
func (e *Edit) flush() ([]blockstore.Block, error) {
	if e.err != nil {
		return nil, e.err
	}
	changed := e.changed(make([]*link, 0, usualDepth))
	size := 0
	for _, l := range changed {
		size += l.node.size()
	}
	w := encoder{buf: make([]byte, 0, size)}
	added := make([]blockstore.Block, len(changed))
	for i, l := range changed {
		l.node.encode(&w)
		if err := w.check(); err != nil {
			return nil, e.keep(err)
		}
		data := w.finish()
		l.cid = cid.Sum(cid.DagCBOR, data)
		added[i] = blockstore.Block{CID: l.cid, Data: data}
		w.follow()
	}
	return added, nil
}

// changed appends the links to all changed nodes to found, children first.
func (e *Edit) changed(found []*link) []*link {
	type visit struct {
		link *link
		next int // of its node's links
	}
	stack := make([]visit, 0, usualDepth)
	if e.root.dirty() {
		stack = append(stack, visit{&e.root, 0})
	}
	for len(stack) > 0 {
		top := &stack[len(stack)-1]
		n := top.link.node
		if top.next == len(n.links) {
			found = append(found, top.link)
			stack = stack[:len(stack)-1]
			continue
		}
		below := &n.links[top.next]
		top.next++
		if below.dirty() {
			stack = append(stack, visit{below, 0})
		}
	}
	return found
}
