package mst

import (
	"context"
	"iter"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
)

// Entry is a key and its value.
type Entry struct {
	Key   string
	Value cid.CID
}

// Range is the keys from From on, up to but without To. An empty To stands for
// no end, so that the zero Range has all keys.
type Range struct{ From, To string }

// Prefix returns the range of the keys that begin with prefix.
func Prefix(prefix string) Range {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] < 0xff {
			return Range{prefix, prefix[:i] + string([]byte{prefix[i] + 1})}
		}
	}
	return Range{From: prefix}
}

// Entries yields the entries of a range in the order of their keys. It reads
// the nodes that can hold them, each when its turn comes. A pair with an error
// is the last one, and its entry is zero.
func (t *Tree) Entries(ctx context.Context, r Range) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		c := newCursor(ctx, t)
		if err := c.seek(r.From); err != nil {
			yield(Entry{}, err)
			return
		}
		c.entries(r.To, yield)
	}
}

// entries yields the entries from where c stands up to but without the key to.
func (c *cursor) entries(to string, yield func(Entry, error) bool) {
	for {
		switch c.peek() {
		case atEnd:
			return
		case atLink:
			if _, _, err := c.enter(); err != nil {
				yield(Entry{}, err)
				return
			}
		case atEntry:
			e := c.entry()
			c.pass()
			if to != "" && e.Key >= to || !yield(e, nil) {
				return
			}
		}
	}
}

// Item is a node or an entry.
type Item struct {
	// Node is the node that begins here. Its CID is undefined if the item is an
	// entry.
	Node blockstore.Block
	// Layer is that of the node, or of the node that has the entry.
	Layer int
	// Entry is the entry, if the item is one.
	Entry Entry
}

// Walk yields all nodes and entries in pre-order: a node, then in the order of
// its keys what is below it, and its entries (RE-34). Nodes are read one by one
// in that order, and each only when the one before has been dealt with, so that
// the source can be a stream. A walk without an error has checked the whole
// tree.
//
// A pair with an error is about a node that is missing or refused, and its item
// is zero. A loop that goes on continues behind that subtree, unless ctx is
// done. Beyond 2^18 nodes, which are as many as are remembered, one that is
// refused ends it: further links to that node would each read it again.
func (t *Tree) Walk(ctx context.Context) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		c := newCursor(ctx, t)
		for c.peek() != atEnd {
			item, err := c.item()
			if err != nil {
				item = Item{}
				c.leave()
			}
			if !yield(item, err) || err != nil && (ctx.Err() != nil || c.reader.forgets(err)) {
				return
			}
		}
	}
}

// item returns what comes next, and goes inside of a node and beyond an entry.
func (c *cursor) item() (Item, error) {
	if c.peek() == atLink {
		id := c.link().cid
		n, data, err := c.enter()
		return Item{Node: blockstore.Block{CID: id, Data: data}, Layer: n.layer}, err
	}
	e := c.entry()
	c.pass()
	return Item{Layer: c.top().node.layer, Entry: e}, nil
}
