package mst

import (
	"context"
	"errors"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
)

// reader reads the nodes of one tree during one operation, each once: a node to
// which a second link leads is refused before it is read again (RE-14, RE-17), so
// that no tree makes an operation read more blocks than there are.
//
// Of a tree with more nodes than maxSeen, which has a million records and more,
// it remembers the first ones, so that its memory has a limit. One of the others
// is refused at its first key, which has its place where it was read first: after
// one more read, or as many as there are layers. That ends every operation.
type reader struct {
	source blockstore.Source
	hasher *hasher           // nil before the first node
	seen   map[mark]struct{} // at most maxSeen
}

// maxSeen is how many nodes a reader remembers, in 10 MiB at most.
const maxSeen = 1 << 18

// mark is a part of the hash of a node, long enough that nobody can find two
// nodes which agree in it.
type mark [16]byte

// load reads the node c, which stands at p, into n, and returns its data. What
// the source fails to give can be asked for again.
func (r *reader) load(ctx context.Context, n *node, c cid.CID, p place) ([]byte, error) {
	digest := c.Digest()
	m := mark(digest[:])
	if _, again := r.seen[m]; again {
		return nil, twice(c)
	}
	data, err := r.source.Get(ctx, c)
	if err != nil {
		return nil, at(c, err)
	}
	if r.seen == nil {
		r.seen, r.hasher = map[mark]struct{}{}, newHasher()
	}
	if len(r.seen) < maxSeen {
		r.seen[m] = struct{}{}
	}
	return data, n.decodeAs(c, data, p, r.hasher)
}

// forgets reports whether err is about a node that the reader would read again
// for the next link to it.
func (r *reader) forgets(err error) bool {
	_, refused := errors.AsType[*Error](err)
	return refused && len(r.seen) == maxSeen
}

// open is an opener.
func (r *reader) open(ctx context.Context, l *link, p place) (*node, error) {
	if l.node != nil {
		return l.node, nil
	}
	n := new(node)
	_, err := r.load(ctx, n, l.cid, p)
	return n, err
}

// load reads the node c, which stands at p, into n, and returns its data.
func load(ctx context.Context, source blockstore.Source, n *node, c cid.CID, p place) ([]byte, error) {
	data, err := source.Get(ctx, c)
	if err != nil {
		return nil, at(c, err)
	}
	return data, n.decodeAs(c, data, p, nil)
}

// decodeAs is decode with errors that name the node.
func (n *node) decodeAs(c cid.CID, data []byte, p place, h *hasher) error {
	if err := n.decode(data, p, h); err != nil {
		return at(c, err)
	}
	return nil
}

// twice returns the error about a node that occurs in two places.
func twice(c cid.CID) error { return at(c, structuref("it occurs twice in the tree (RE-14)")) }
