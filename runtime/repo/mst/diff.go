package mst

import (
	"context"
	"strings"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
)

// Change is how two trees differ in one key. Undefined stands for a tree that
// does not have it: as Old if the key was created, as New if it was deleted.
type Change struct {
	Key      string
	Old, New cid.CID
}

// Diff returns how two trees differ: in keys, in ascending order, and in nodes.
// It reads only nodes that one tree has and the other has not, and those beside
// them on the way down.
//
// What the trees share is not looked at: if the old one is sound, then after
// Diff without an error the new one is, too.
func Diff(ctx context.Context, old, next *Tree) ([]Change, Delta, error) {
	d := differ{
		old: side{cursor: newCursor(ctx, old)},
		new: side{cursor: newCursor(ctx, next)},
	}
	for {
		more, err := d.step()
		if err != nil {
			return nil, Delta{}, err
		}
		if !more {
			return d.changes, net(d.new.blocks, cidsOf(d.old.blocks)), nil
		}
	}
}

// differ goes over two trees side by side.
type differ struct {
	old, new side
	changes  []Change
}

// side is one of the trees, and the nodes of it that were entered.
type side struct {
	*cursor

	blocks []blockstore.Block
}

// step deals with what comes next on either side, and reports false at the end.
func (d *differ) step() (bool, error) {
	old, next := d.old.peek(), d.new.peek()
	switch {
	case old == atLink && next == atLink:
		return true, d.links()
	case old == atLink:
		return true, d.old.enter()
	case next == atLink:
		return true, d.new.enter()
	case old == atEnd && next == atEnd:
		return false, nil
	}
	d.entries(old, next)
	return true, nil
}

// links passes equal subtrees and enters the one of the higher layer, or both.
// A root says its layer when it is entered.
func (d *differ) links() error {
	old, next := d.old.place().layer, d.new.place().layer
	if old == next && d.old.link().cid == d.new.link().cid {
		return d.pass()
	}
	if old == rootLayer || next != rootLayer && old >= next {
		if err := d.old.enter(); err != nil {
			return err
		}
	}
	if next == rootLayer || old != rootLayer && next >= old {
		return d.new.enter()
	}
	return nil
}

// pass passes a subtree that both trees have. In the old tree all its keys are
// below the next one. Where the new tree goes on with a lower key, that has to
// be above the last key of the subtree, for which its edge is read.
func (d *differ) pass() error {
	l, p := d.new.link(), d.new.place()
	d.old.pass()
	d.new.pass()
	if old, next := d.old.peek(), d.new.peek(); next == atEnd || d.compare(old, next) <= 0 {
		return nil
	}
	for !l.empty() {
		n, err := d.new.reader.open(d.new.ctx, l, p)
		if err != nil {
			return err
		}
		l, p = n.link(len(n.entries)), p.child(n, len(n.entries))
	}
	return nil
}

// entries passes the entry with the lower key, or both.
func (d *differ) entries(old, next kind) {
	switch order := d.compare(old, next); {
	case order < 0:
		e := d.old.entry()
		d.changes = append(d.changes, Change{e.Key, e.Value, cid.CID{}})
		d.old.pass()
	case order > 0:
		e := d.new.entry()
		d.changes = append(d.changes, Change{e.Key, cid.CID{}, e.Value})
		d.new.pass()
	default:
		a, b := d.old.entry(), d.new.entry()
		if a.Value != b.Value {
			d.changes = append(d.changes, Change{a.Key, a.Value, b.Value})
		}
		d.old.pass()
		d.new.pass()
	}
}

// compare orders what comes next on both sides, the end last.
func (d *differ) compare(old, next kind) int {
	switch {
	case next == atEnd:
		return -1
	case old == atEnd:
		return +1
	default:
		return strings.Compare(d.old.entry().Key, d.new.entry().Key)
	}
}

// enter enters a node and keeps it.
func (s *side) enter() error {
	id := s.link().cid
	_, data, err := s.cursor.enter()
	if err != nil {
		return err
	}
	s.blocks = append(s.blocks, blockstore.Block{CID: id, Data: data})
	return nil
}

func cidsOf(blocks []blockstore.Block) []cid.CID {
	cids := make([]cid.CID, len(blocks))
	for i, b := range blocks {
		cids[i] = b.CID
	}
	return cids
}
