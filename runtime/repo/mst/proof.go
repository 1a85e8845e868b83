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
		return t.descend(ctx, key, func(s step) error {
			p.add(s)
			return nil
		})
	})
}

// Cover returns the nodes that somebody needs who wants to take back changes of
// keys, without repetition (RE-42): those of the proof, and those between
// each key that the tree has and its neighbours.
func (t *Tree) Cover(ctx context.Context, keys ...string) ([]blockstore.Block, error) {
	return t.collect(keys, func(p *pile, key string) error {
		return t.descend(ctx, key, func(s step) error {
			p.add(s)
			if !s.found {
				return nil
			}
			return t.edges(ctx, s, p)
		})
	})
}

// edges adds the nodes around the entry at s: the last ones before and the
// first ones after it.
func (t *Tree) edges(ctx context.Context, s step, p *pile) error {
	last := func(n *node) int { return len(n.entries) }
	first := func(*node) int { return 0 }
	if err := t.edge(ctx, s, s.index, last, p); err != nil {
		return err
	}
	return t.edge(ctx, s, s.index+1, first, p)
}

// edge adds the nodes from link i of the node at s down, where each is left by
// the link that choose names.
func (t *Tree) edge(ctx context.Context, s step, i int, choose func(*node) int, p *pile) error {
	for {
		l, at := s.node.link(i), s.place.child(s.node, i)
		if l.empty() {
			return nil
		}
		n, data, err := load(ctx, t.source, l, at)
		if err != nil {
			return err
		}
		s = step{link: l, node: n, data: data, place: at}
		p.add(s)
		i = choose(n)
	}
}

// collect returns the nodes that find adds for each key.
func (t *Tree) collect(keys []string, find func(*pile, string) error) ([]blockstore.Block, error) {
	p := pile{seen: map[cid.CID]bool{}}
	for _, key := range keys {
		if err := find(&p, key); err != nil {
			return nil, err
		}
	}
	return p.blocks, nil
}

// pile is a list of blocks without repetition.
type pile struct {
	blocks []blockstore.Block
	seen   map[cid.CID]bool
}

// add adds the node at s.
func (p *pile) add(s step) {
	if p.seen[s.link.cid] {
		return
	}
	p.seen[s.link.cid] = true
	data := s.data
	if data == nil {
		data = s.node.block()
	}
	p.blocks = append(p.blocks, blockstore.Block{CID: s.link.cid, Data: data})
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
