package mst

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
)

// Proof returns the nodes from the root to each of keys, or to where it would
// be, without repetition: they prove that a tree with this root has the key
// with its value, or does not have it (RE-44, RE-45).
func (t *Tree) Proof(ctx context.Context, keys ...string) ([]blockstore.Block, error) {
	return t.collect(keys, func(p *pile, key string) error {
		return t.descend(ctx, key, p.open, func(step) error { return nil })
	})
}

// Cover returns the nodes that somebody needs who wants to take back changes of
// keys, without repetition (RE-42): those of the proof, and those between
// each key that the tree has and its neighbours.
func (t *Tree) Cover(ctx context.Context, keys ...string) ([]blockstore.Block, error) {
	return t.collect(keys, func(p *pile, key string) error {
		return t.descend(ctx, key, p.open, func(s step) error {
			if !s.found {
				return nil
			}
			return p.edges(ctx, s)
		})
	})
}

// collect returns the nodes that find opens for each key.
func (t *Tree) collect(keys []string, find func(*pile, string) error) ([]blockstore.Block, error) {
	p := pile{source: t.source, nodes: map[cid.CID]standing{}}
	for _, key := range keys {
		if err := find(&p, key); err != nil {
			return nil, err
		}
	}
	return p.blocks, nil
}

// pile collects the nodes that it opens, each of which it reads once. A node that
// is opened again stands where it stood.
type pile struct {
	source blockstore.Source
	blocks []blockstore.Block
	nodes  map[cid.CID]standing
}

// standing is a node and where it stands.
type standing struct {
	node  *node
	place place
}

// open is an opener.
func (p *pile) open(ctx context.Context, l *link, at place) (*node, error) {
	if before, ok := p.nodes[l.cid]; ok {
		if before.place != at {
			return nil, twice(l.cid)
		}
		return before.node, nil
	}
	n, data, err := p.read(ctx, l, at)
	if err != nil {
		return nil, err
	}
	p.nodes[l.cid] = standing{n, at}
	p.blocks = append(p.blocks, blockstore.Block{CID: l.cid, Data: data})
	return n, nil
}

// read returns the node that l leads to and its data.
func (p *pile) read(ctx context.Context, l *link, at place) (*node, []byte, error) {
	if l.node != nil {
		return l.node, l.node.block(), nil
	}
	n := new(node)
	data, err := load(ctx, p.source, n, l.cid, at)
	return n, data, err
}

// edges adds the nodes around the entry at s: the last ones before and the
// first ones after it.
func (p *pile) edges(ctx context.Context, s step) error {
	last := func(n *node) int { return len(n.entries) }
	first := func(*node) int { return 0 }
	if err := p.edge(ctx, s, s.index, last); err != nil {
		return err
	}
	return p.edge(ctx, s, s.index+1, first)
}

// edge adds the nodes from link i of the node at s down, where each is left by
// the link that choose names.
func (p *pile) edge(ctx context.Context, s step, i int, choose func(*node) int) error {
	for {
		l, at := s.node.link(i), s.place.child(s.node, i)
		if l.empty() {
			return nil
		}
		n, err := p.open(ctx, l, at)
		if err != nil {
			return err
		}
		s = step{node: n, place: at}
		i = choose(n)
	}
}

// VerifyProof returns what the tree with a root has as the value of key, as far
// as the nodes in blocks prove it: undefined if they prove that the tree does
// not have the key. Other blocks among them are no error, but each must have the
// hash of its CID. If a node is missing, the error wraps a
// [blockstore.MissingError].
func VerifyProof(root cid.CID, key string, blocks []blockstore.Block) (cid.CID, error) {
	source := make(proof, len(blocks))
	for _, b := range blocks {
		if b.CID.HashCode() != cid.SHA256 || sha256.Sum256(b.Data) != b.CID.Digest() {
			return cid.CID{}, fmt.Errorf("mst: block %v: %w", b.CID, ErrHash)
		}
		source[b.CID] = b.Data
	}
	return Open(source, root).Get(context.Background(), key)
}

// proof is a source of blocks in memory.
type proof map[cid.CID][]byte

// Get implements [blockstore.Source].
func (p proof) Get(_ context.Context, c cid.CID) ([]byte, error) {
	data, ok := p[c]
	if !ok {
		return nil, &blockstore.MissingError{CID: c}
	}
	return data, nil
}
