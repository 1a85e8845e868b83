package repo

import (
	"context"
	"io"
	"slices"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/repo/mst"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// ExportMediaType is the media type of CAR files (RE-30).
const ExportMediaType = "application/vnd.ipld.car"

// Export writes the repository as a CAR file: the commit, and then the tree in
// pre-order, with each record at its place (RE-32, RE-34), so that [Verify] needs
// little memory. A record that stands under two paths is written twice. Each
// block is one call of w, and little more than one is in memory. After an error
// the file is incomplete.
func (r *Repo) Export(ctx context.Context, w io.Writer) error {
	out, err := r.startCAR(ctx, w)
	if err != nil {
		return err
	}
	for item, err := range r.tree.Walk(ctx) {
		if err != nil {
			return refused(err)
		}
		if err := r.writeItem(ctx, out, item); err != nil {
			return err
		}
	}
	return nil
}

func (r *Repo) writeItem(ctx context.Context, out *car.Writer, item mst.Item) error {
	if item.Node.CID.Defined() {
		return out.Write(item.Node)
	}
	return r.writeRecord(ctx, out, item.Entry)
}

// ExportSince writes, as a CAR file, the latest commit in a store, and those
// nodes and records of its version which came after the commit with a rev: the
// answer to a request since it (RE-37). Whoever has the version of that rev, or a
// later one, has the latest with it; [OpenCAR] reads it by itself. For the empty
// rev it is the whole repository, for one that is not before the latest the
// commit alone. Blocks come in no order, and each once, with one call of w.
//
// All blocks are from one state of the store, which may have to keep it until
// the end: w should not wait for a stranger. Without a commit the error is
// [ErrNotFound]. After an error the file is incomplete.
func ExportSince(ctx context.Context, store blockstore.Store, w io.Writer, rev syntax.TID) error {
	var out *car.Writer
	for b, err := range store.Since(ctx, rev) {
		if err != nil {
			return refused(err)
		}
		if out == nil {
			if out, err = car.NewWriter(w, b.CID); err != nil {
				return err
			}
		}
		if err := out.Write(b); err != nil {
			return err
		}
	}
	if out == nil {
		return failf(ErrNotFound, cid.CID{}, "there is no commit")
	}
	return nil
}

// ExportCollections writes the commit, the records of some collections, and the
// nodes that prove that there are no others in them. [OpenCAR] reads it.
func (r *Repo) ExportCollections(ctx context.Context, w io.Writer, collections ...syntax.NSID) error {
	recorder := &recorder{source: r.source}
	partial := &Repo{recorder, r.head, r.commit, mst.Open(recorder, r.commit.Data)}
	out, err := r.startCAR(ctx, w)
	if err != nil {
		return err
	}
	collections = slices.Clone(collections)
	slices.Sort(collections)
	for _, collection := range slices.Compact(collections) {
		for entry, err := range partial.Entries(ctx, collection) {
			if err == nil {
				err = recorder.write(out)
			}
			if err == nil {
				err = r.writeRecord(ctx, out, entry)
			}
			if err != nil {
				return err
			}
		}
		if err := recorder.write(out); err != nil {
			return err
		}
	}
	return nil
}

// recorder is a source that remembers the blocks that were asked for.
type recorder struct {
	source blockstore.Source
	blocks []blockstore.Block // that were not written yet
	seen   map[cid.CID]bool
}

// Get implements [blockstore.Source].
func (r *recorder) Get(ctx context.Context, c cid.CID) ([]byte, error) {
	data, err := r.source.Get(ctx, c)
	if err == nil && !r.seen[c] {
		if r.seen == nil {
			r.seen = map[cid.CID]bool{}
		}
		r.seen[c] = true
		r.blocks = append(r.blocks, blockstore.Block{CID: c, Data: data})
	}
	return data, err
}

// write writes the blocks.
func (r *recorder) write(out *car.Writer) error {
	for _, b := range r.blocks {
		if err := out.Write(b); err != nil {
			return err
		}
	}
	r.blocks = r.blocks[:0]
	return nil
}

// startCAR writes the header and the commit.
func (r *Repo) startCAR(ctx context.Context, w io.Writer) (*car.Writer, error) {
	commit, err := r.source.Get(ctx, r.head)
	if err != nil {
		return nil, refused(err)
	}
	out, err := car.NewWriter(w, r.head)
	if err != nil {
		return nil, err
	}
	return out, out.Write(car.Block{CID: r.head, Data: commit})
}

func (r *Repo) writeRecord(ctx context.Context, out *car.Writer, e mst.Entry) error {
	record, err := r.record(ctx, e)
	if err != nil {
		return err
	}
	return out.Write(car.Block{CID: record.CID, Data: record.Data})
}
