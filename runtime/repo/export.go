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

// ExportSince writes the commit, and the nodes and records that r has and the
// earlier version old has not: the answer to a request since its rev (RE-37).
// Both versions must still be in their sources.
func (r *Repo) ExportSince(ctx context.Context, w io.Writer, old *Repo) error {
	changes, delta, err := mst.Diff(ctx, old.tree, r.tree)
	if err != nil {
		return refused(err)
	}
	out, err := r.startCAR(ctx, w)
	if err != nil {
		return err
	}
	for _, b := range delta.Added {
		if err := out.Write(b); err != nil {
			return err
		}
	}
	return r.writeChanged(ctx, out, changes)
}

// writeChanged writes the records that were created or have changed, each once.
func (r *Repo) writeChanged(ctx context.Context, out *car.Writer, changes []mst.Change) error {
	written := map[cid.CID]bool{}
	for _, c := range changes {
		if !c.New.Defined() || written[c.New] {
			continue
		}
		written[c.New] = true
		if err := r.writeRecord(ctx, out, mst.Entry{Key: c.Key, Value: c.New}); err != nil {
			return err
		}
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
