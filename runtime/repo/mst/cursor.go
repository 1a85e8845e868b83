package mst

import "context"

// cursor goes over a tree in the order of its keys. It stands before a subtree
// or an entry, and the caller chooses whether a subtree is entered or passed.
//
// A node that occurs twice would be refused for its keys, which have their place
// where it stood first; its reader does so before.
type cursor struct {
	ctx    context.Context //nolint:containedctx // a cursor lives for one call
	reader reader
	frames []*frame // from the root; those from depth on are spare
	depth  int
}

// frame is a node that a cursor is inside of.
type frame struct {
	node  *node
	own   node // memory of what was read from the source
	place place
	next  int // twice the index of a link, or of an entry and one
}

// kind says what a cursor stands before.
type kind int

const (
	atEnd kind = iota
	atLink
	atEntry
)

// newCursor returns a cursor before the root of t.
func newCursor(ctx context.Context, t *Tree) *cursor {
	c := &cursor{ctx: ctx, reader: reader{source: t.source}}
	above := c.push(place{})
	above.own.links = []link{t.root}
	above.node = &above.own
	return c
}

// push enters a node, which the caller sets.
func (c *cursor) push(p place) *frame {
	if c.depth == len(c.frames) {
		c.frames = append(c.frames, new(frame))
	}
	f := c.frames[c.depth]
	f.place, f.next = p, 0
	c.depth++
	return f
}

// peek passes links that lead nowhere, leaves nodes that are over, and says
// what comes next. A root always leads somewhere.
func (c *cursor) peek() kind {
	for c.depth > 0 {
		f := c.top()
		switch {
		case f.next > 2*len(f.node.entries):
			c.depth--
		case f.next%2 == 1:
			return atEntry
		case c.depth > 1 && f.node.link(f.next/2).empty():
			f.next++
		default:
			return atLink
		}
	}
	return atEnd
}

func (c *cursor) top() *frame { return c.frames[c.depth-1] }

// entry returns the entry that comes next.
func (c *cursor) entry() Entry {
	f := c.top()
	return f.node.entries[f.next/2]
}

// link returns the link that comes next.
func (c *cursor) link() *link {
	f := c.top()
	return f.node.link(f.next / 2)
}

// place returns the place of the subtree that comes next.
func (c *cursor) place() place {
	if c.depth == 1 {
		return place{layer: rootLayer}
	}
	f := c.top()
	return f.place.child(f.node, f.next/2)
}

// pass goes beyond what comes next.
func (c *cursor) pass() { c.top().next++ }

// enter goes inside of the subtree that comes next, and returns its node and
// the data of that.
func (c *cursor) enter() (n *node, data []byte, err error) {
	l, p := c.link(), c.place()
	c.pass()
	below := c.push(p)
	if l.node != nil {
		below.node = l.node
		return l.node, l.node.block(), nil
	}
	below.node = &below.own
	data, err = c.reader.load(c.ctx, below.node, l.cid, p)
	return below.node, data, err
}

// leave goes back to behind the subtree that was entered last.
func (c *cursor) leave() { c.depth-- }

// seek goes to the first entry that is not below key, or the subtree with it.
func (c *cursor) seek(key string) error {
	for c.peek() == atLink {
		n, _, err := c.enter()
		if err != nil {
			return err
		}
		i, found := n.search(key)
		c.top().next = 2 * i
		if found {
			c.top().next++
		}
	}
	return nil
}
