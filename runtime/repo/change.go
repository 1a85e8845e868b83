package repo

import (
	"bytes"
	"io"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Action is what an [Op] does, as messages call it (SN-04).
type Action string

// The actions.
const (
	ActionCreate Action = "create"
	ActionUpdate Action = "update"
	ActionDelete Action = "delete"
)

// An Op is what a commit did to one record (SN-04).
type Op struct {
	Action Action
	Path   string  // COLLECTION/KEY
	CID    cid.CID // of the record; undefined if it was deleted
	Prev   cid.CID // of the record before; undefined if it was created
}

// A Change is what a commit did to a repository.
type Change struct {
	DID    syntax.DID
	Commit cid.CID
	Rev    syntax.TID
	Since  syntax.TID // the rev before; "" in the first commit
	// Data and PrevData are the roots of the tree now and before. PrevData is
	// undefined in the first commit.
	Data, PrevData cid.CID
	// Ops has one operation for each record that changed, in the order of the
	// writes.
	Ops []Op
	// Blocks are those of a message about the commit, each once (RE-40): the
	// commit, the new nodes of the tree with those that inverting needs
	// (RE-42), and the records that were created or have changed.
	Blocks []blockstore.Block
}

// WriteCAR writes Blocks as a CAR file whose root is the commit, one call of w a
// block.
func (c *Change) WriteCAR(w io.Writer) error {
	out, err := car.NewWriter(w, c.Commit)
	if err != nil {
		return err
	}
	for _, b := range c.Blocks {
		if err := out.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// Message returns the change in the form in which it is announced.
func (c *Change) Message() (*Message, error) {
	var b bytes.Buffer
	if err := c.WriteCAR(&b); err != nil {
		return nil, err
	}
	return &Message{
		DID: c.DID, Commit: c.Commit, Rev: c.Rev, Since: c.Since, PrevData: c.PrevData, Ops: c.Ops, Blocks: b.Bytes(),
	}, nil
}

// size returns the length of the CAR file that WriteCAR writes.
func (c *Change) size() (int, error) {
	header, err := car.NewWriter(io.Discard, c.Commit)
	if err != nil {
		return 0, err
	}
	n := int(header.Size())
	for _, b := range c.Blocks {
		section := cid.Size + len(b.Data)
		n += varintSize(section) + section
	}
	return n, nil
}
