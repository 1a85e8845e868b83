package repo

import (
	"context"
	"slices"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A draft is a commit that is being made.
type draft struct {
	base    *Repo // nil for the first commit
	edit    *mst.Edit
	tree    *mst.Tree // after edit
	delta   mst.Delta
	records []blockstore.Block // that were created or have changed, one for each path
	commit  *Commit
	change  *Change
}

func newDraft(did syntax.DID) *draft {
	return &draft{edit: mst.Empty().Edit(), change: &Change{DID: did}}
}

func (r *Repo) draft() *draft {
	c := &Change{DID: r.commit.DID, Since: r.commit.Rev, PrevData: r.commit.Data}
	return &draft{base: r, edit: r.tree.Edit(), change: c}
}

// apply does all changes in the tree.
func (d *draft) apply(ctx context.Context, changes []change) error {
	for _, c := range changes {
		op, err := d.do(ctx, c)
		if err != nil {
			return err
		}
		if op.CID == op.Prev {
			continue
		}
		d.change.Ops = append(d.change.Ops, op)
		if op.CID.Defined() {
			d.records = append(d.records, blockstore.Block{CID: op.CID, Data: c.record.Data})
		}
	}
	var err error
	if d.tree, d.delta, err = d.edit.Finish(); err != nil {
		return refused(err)
	}
	d.change.Data = d.tree.Root()
	if d.base == nil { // the root of the empty tree is in no store yet
		return d.addRoot(ctx)
	}
	return nil
}

// addRoot adds the root of the tree to the nodes that are new, if it is missing.
func (d *draft) addRoot(ctx context.Context) error {
	for _, b := range d.delta.Added {
		if b.CID == d.change.Data {
			return nil
		}
	}
	root, err := d.root(ctx)
	d.delta.Added = append(d.delta.Added, root)
	return err
}

// root returns the root of the tree.
func (d *draft) root(ctx context.Context) (blockstore.Block, error) {
	for item, err := range d.tree.Walk(ctx) {
		return item.Node, refused(err)
	}
	return blockstore.Block{}, nil
}

// do does one change. If it changes nothing, the op has the same CID before and
// after.
func (d *draft) do(ctx context.Context, c change) (Op, error) {
	prev, err := d.edit.Get(ctx, c.path)
	if err != nil {
		return Op{}, refused(err)
	}
	if err := c.check(prev); err != nil {
		return Op{}, err
	}
	op := Op{Action: ActionUpdate, Path: c.path, CID: c.record.CID, Prev: prev}
	switch {
	case c.mode == deleteRecord:
		op.Action = ActionDelete
		_, err = d.edit.Delete(ctx, c.path)
	case !prev.Defined():
		op.Action = ActionCreate
		fallthrough
	default:
		_, err = d.edit.Put(ctx, c.path, op.CID)
	}
	return op, refused(err)
}

// check reports whether the record that is there allows the change.
func (c change) check(prev cid.CID) error {
	switch {
	case c.swap != nil && *c.swap != prev:
		return failAtf(ErrSwap, c.path, "the CID of the record is %s, not %s", nameOf(prev), nameOf(*c.swap))
	case c.mode == create && prev.Defined():
		return failAtf(ErrExists, c.path, "there is such a record already, %v", prev)
	case (c.mode == update || c.mode == deleteRecord) && !prev.Defined():
		return failAtf(ErrNotFound, c.path, "there is no such record")
	}
	return nil
}

// nameOf returns the text of a CID that may be undefined.
func nameOf(c cid.CID) string {
	if !c.Defined() {
		return "none"
	}
	return c.String()
}

// unchanged returns the change of writes that changed nothing.
func (d *draft) unchanged() *Change {
	c := d.change
	c.Commit, c.Rev = d.base.head, d.base.commit.Rev
	return c
}

// collect puts the blocks of the message together (RE-40).
func (d *draft) collect(ctx context.Context) error {
	paths := make([]string, len(d.change.Ops))
	for i, op := range d.change.Ops {
		paths[i] = op.Path
	}
	cover, err := d.tree.Cover(ctx, paths...)
	if err != nil {
		return refused(err)
	}
	root, err := d.root(ctx)
	if err != nil {
		return err
	}
	block := d.commit.Block()
	d.change.Commit, d.change.Rev = block.CID, d.commit.Rev
	seen := map[cid.CID]bool{}
	for _, part := range [][]blockstore.Block{{block, root}, cover, d.delta.Added, d.records} {
		for _, b := range part {
			if !seen[b.CID] {
				seen[b.CID] = true
				d.change.Blocks = append(d.change.Blocks, b)
			}
		}
	}
	return nil
}

// removed names the blocks that have one reference less than before: the commit,
// nodes, and the records that paths no longer have.
func (d *draft) removed() []cid.CID {
	if d.base == nil {
		return nil
	}
	gone := append(slices.Clone(d.delta.Removed), d.base.head)
	for _, op := range d.change.Ops {
		if op.Prev.Defined() {
			gone = append(gone, op.Prev)
		}
	}
	return gone
}

// save stores the blocks, and then makes the commit the latest one. References
// are added before others are taken away, so that a record which moves stays.
func (d *draft) save(ctx context.Context, tx blockstore.Tx) error {
	var head cid.CID
	if d.base != nil {
		head = d.base.head
	}
	if err := tx.Put(ctx, d.commit.Rev, d.commit.Block()); err != nil {
		return err
	}
	if err := tx.Put(ctx, d.commit.Rev, d.delta.Added...); err != nil {
		return err
	}
	if err := tx.Put(ctx, d.commit.Rev, d.records...); err != nil {
		return err
	}
	if err := tx.Delete(ctx, d.removed()...); err != nil {
		return err
	}
	if err := tx.SetHead(ctx, head, d.change.Commit); err != nil {
		return err
	}
	return tx.Commit(ctx)
}
