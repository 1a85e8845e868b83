package mst

import (
	"context"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
)

// Tree is one version of a tree, an immutable value.
type Tree struct {
	source blockstore.Source
	root   link // never empty, and never dirty
}

// Empty returns the tree without entries. It needs no source, and what is made
// from it by edits is in memory.
func Empty() *Tree {
	var n node
	root := link{node: &n}
	root.cid = cid.Sum(cid.DagCBOR, []byte(emptyNode))
	return &Tree{root: root}
}

// emptyNode is the node of the tree without entries.
const emptyNode = nodeToken + "\x80" + leftToken + nullToken

// Open returns the tree whose root is a node of source. It reads nothing yet:
// if there is no such node, operations fail.
func Open(source blockstore.Source, root cid.CID) *Tree {
	return &Tree{source: source, root: link{cid: root}}
}

// Root returns the CID of the root.
func (t *Tree) Root() cid.CID { return t.root.cid }

// Get returns the value of key, which is undefined if the tree does not have
// the key. It reads the nodes on the way to key.
func (t *Tree) Get(ctx context.Context, key string) (cid.CID, error) {
	var value cid.CID
	err := t.descend(ctx, key, t.open, func(s step) error {
		if s.found {
			value = s.node.entries[s.index].Value
		}
		return nil
	})
	return value, err
}

// opener returns the node that a link leads to.
type opener func(context.Context, *link, place) (*node, error)

// open is the opener for one way down, on which no node can occur twice.
func (t *Tree) open(ctx context.Context, l *link, p place) (*node, error) {
	if l.node != nil {
		return l.node, nil
	}
	n := new(node)
	_, err := load(ctx, t.source, n, l.cid, p)
	return n, err
}

// step is a node on the way to a key.
type step struct {
	node  *node
	place place
	index int // of the first entry that is not below the key
	found bool
}

// descend calls visit with the nodes on the way to key, which ends at the key
// or where it would be.
func (t *Tree) descend(ctx context.Context, key string, open opener, visit func(step) error) error {
	if err := checkKey(key); err != nil {
		return err
	}
	for l, p := &t.root, (place{layer: rootLayer}); ; {
		n, err := open(ctx, l, p)
		if err != nil {
			return err
		}
		i, found := n.search(key)
		if err := visit(step{n, p, i, found}); err != nil || found {
			return err
		}
		if l, p = n.link(i), p.child(n, i); l.empty() {
			return nil
		}
	}
}
