package records

import (
	"bytes"
	"context"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A comparison holds the records of a repository, which come in the order of their
// paths, against those that are stored (SN-43). What differs is passed on in batches:
// each record was proved to be in the signed tree, so that a file which ends too early
// takes nothing back.
type comparison struct {
	ctx    context.Context //nolint:containedctx // a comparison lives as long as one fetch
	syncer *Syncer
	did    syntax.DID
	rev    syntax.TID
	flush  func([]RecordEvent) error // stores a batch

	stored []Entry // that were read, and not compared yet
	last   string  // the path of the last one that was read
	end    bool    // there are no more

	batch   []RecordEvent
	bytes   int
	changed int // in total
}

// Bounds of a batch.
const (
	batchEvents = 500
	batchBytes  = 1 << 20
)

// next returns the first stored record that was not compared, nil if there is none.
func (c *comparison) next() (*Entry, error) {
	if len(c.stored) == 0 && !c.end {
		var err error
		if c.stored, err = c.syncer.Store.Records(c.ctx, c.did, c.last, readAtOnce); err != nil {
			return nil, storeFailed(c.did, err)
		}
		c.end = len(c.stored) < readAtOnce
	}
	if len(c.stored) == 0 {
		return nil, nil //nolint:nilnil // there is none
	}
	return &c.stored[0], nil
}

func (c *comparison) pass() {
	c.last, c.stored = c.stored[0].Path, c.stored[1:]
}

// record compares the next record of the repository.
func (c *comparison) record(r repo.Record) error {
	if err := c.gone(r.Path); err != nil {
		return err
	}
	has, err := c.next()
	if err != nil {
		return err
	}
	wanted := c.syncer.Filter.Match(r.Path)
	if has == nil || has.Path != r.Path {
		if !wanted {
			return nil
		}
		return c.add(repo.ActionCreate, r.Path, r.CID, bytes.Clone(r.Data))
	}
	before := has.CID
	c.pass()
	switch {
	case !wanted:
		return c.add(repo.ActionDelete, r.Path, cid.CID{}, nil)
	case before == Untold: // perhaps the application does not have it
		return c.add(repo.ActionCreate, r.Path, r.CID, bytes.Clone(r.Data))
	case before == r.CID:
		return nil
	}
	return c.add(repo.ActionUpdate, r.Path, r.CID, bytes.Clone(r.Data))
}

// gone deletes what is stored before a path: the repository does not have it. With ""
// that is all the rest.
func (c *comparison) gone(before string) error {
	for {
		has, err := c.next()
		if err != nil || has == nil || before != "" && has.Path >= before {
			return err
		}
		path := has.Path
		c.pass()
		if err := c.add(repo.ActionDelete, path, cid.CID{}, nil); err != nil {
			return err
		}
	}
}

func (c *comparison) add(action repo.Action, path string, id cid.CID, data []byte) error {
	c.batch = append(c.batch, RecordEvent{Rev: c.rev, Action: action, Path: path, CID: id, Data: data})
	c.bytes += len(data)
	c.changed++
	if len(c.batch) < batchEvents && c.bytes < batchBytes {
		return nil
	}
	return c.store()
}

// store passes a batch on.
func (c *comparison) store() error {
	batch := c.batch
	c.batch, c.bytes = nil, 0
	if len(batch) == 0 {
		return nil
	}
	return c.flush(batch)
}
