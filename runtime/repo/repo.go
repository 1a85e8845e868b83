package repo

import (
	"context"
	"errors"
	"iter"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Repo is one version of a repository, read from a source block by block when
// they are needed. The form of every block is checked then, but only [Verify],
// [Load] and [Import] say that a repository is whole, and whose it is.
type Repo struct {
	source blockstore.Source
	head   cid.CID
	commit *Commit
	tree   *mst.Tree
}

// Open reads the commit head. It does not verify the signature: see
// [Commit.Verify].
func Open(ctx context.Context, source blockstore.Source, head cid.CID) (*Repo, error) {
	if !head.Defined() {
		return nil, failf(ErrNotFound, head, "there is no commit")
	}
	data, err := source.Get(ctx, head)
	if err != nil {
		return nil, refused(err)
	}
	commit, err := parseNamed(head, data)
	if err != nil {
		return nil, failf(ErrCommit, head, "%v", err)
	}
	return &Repo{source, head, commit, mst.Open(source, commit.Data)}, nil
}

// Head returns the CID of the commit.
func (r *Repo) Head() cid.CID { return r.head }

// Commit returns the commit, which must not be changed.
func (r *Repo) Commit() *Commit { return r.commit }

// DID returns the account.
func (r *Repo) DID() syntax.DID { return r.commit.DID }

// Rev returns the rev of the commit.
func (r *Repo) Rev() syntax.TID { return r.commit.Rev }

// Get returns a record. If there is none, and the tree proves it, the error is
// [ErrNotFound].
func (r *Repo) Get(ctx context.Context, collection syntax.NSID, key syntax.RecordKey) (Record, error) {
	path := pathOf(collection, key)
	if err := checkPath(path); err != nil {
		return Record{}, err
	}
	value, err := r.tree.Get(ctx, path)
	if err != nil {
		return Record{}, refused(err)
	}
	if !value.Defined() {
		return Record{}, failAtf(ErrNotFound, path, "there is no such record")
	}
	return r.record(ctx, mst.Entry{Key: path, Value: value})
}

// record reads the block of a record.
func (r *Repo) record(ctx context.Context, e mst.Entry) (Record, error) {
	if err := checkName(e.Key, e.Value); err != nil {
		return Record{}, err
	}
	data, err := r.source.Get(ctx, e.Value)
	if err != nil {
		return Record{}, atPath(e.Key, refused(err))
	}
	return Record{e.Key, e.Value, data}, nil
}

// Entries yields path and CID of the records of a collection, or of all if that
// is empty, in the order of their paths, and reads nodes of the tree alone. A
// pair with an error is the last one.
func (r *Repo) Entries(ctx context.Context, collection syntax.NSID) iter.Seq2[mst.Entry, error] {
	return func(yield func(mst.Entry, error) bool) {
		for entry, err := range r.tree.Entries(ctx, rangeOf(collection)) {
			if err != nil {
				yield(mst.Entry{}, refused(err))
				return
			}
			if !yield(entry, nil) {
				return
			}
		}
	}
}

// rangeOf returns the paths of a collection, or all if that is empty.
func rangeOf(collection syntax.NSID) mst.Range {
	if collection == "" {
		return mst.Range{}
	}
	return mst.Prefix(string(collection) + "/")
}

// Records yields the records of a collection, or all if that is empty, in the
// order of their paths. A pair with an error is the last one.
func (r *Repo) Records(ctx context.Context, collection syntax.NSID) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for entry, err := range r.Entries(ctx, collection) {
			var record Record
			if err == nil {
				record, err = r.record(ctx, entry)
			}
			if !yield(record, err) || err != nil {
				return
			}
		}
	}
}

// Collections yields the names of the collections that have records, in order.
// It reads one way down the tree for each. A pair with an error is the last one.
func (r *Repo) Collections(ctx context.Context) iter.Seq2[syntax.NSID, error] {
	return func(yield func(syntax.NSID, error) bool) {
		for from := ""; ; {
			entry, err := first(r.tree.Entries(ctx, mst.Range{From: from}))
			if err != nil {
				yield("", refused(err))
				return
			}
			collection := Record{Path: entry.Key}.Collection()
			if entry.Key == "" || !yield(collection, nil) {
				return
			}
			from = string(collection) + "0" // which comes next to a slash
		}
	}
}

// first returns the first entry, which is zero if there is none.
func first(entries iter.Seq2[mst.Entry, error]) (mst.Entry, error) {
	for entry, err := range entries {
		return entry, err
	}
	return mst.Entry{}, nil
}

// atPath gives an Error its path, unless it is about the file as a whole, or
// another block in it.
func atPath(path string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok && !errors.Is(e, ErrFile) {
		e.Path = path
	}
	return err
}
