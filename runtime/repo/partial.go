package repo

import (
	"context"
	"errors"
	"io"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/mst"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// OpenCAR reads a CAR file with some blocks of a repository: a proof, a few
// collections, or the changes since a rev. Blocks, commit, account and signature
// are verified, as far as opts say; tree and records when they are needed. What
// the file does not prove is [ErrMissing]. The result aliases b.
//
// Of opts, MaxTotal and Signatures count.
func OpenCAR(b []byte, id Identity, opts VerifyOptions) (*Repo, error) {
	roots, blocks, err := parseAll(b, opts.MaxTotal)
	if err != nil {
		return nil, err
	}
	if len(roots) == 0 {
		return nil, failf(ErrFile, cid.CID{}, "the file names no root (RE-31)")
	}
	r, err := Open(context.Background(), blocks, roots[0])
	if err != nil {
		return nil, err
	}
	v := verification{id: id, opts: opts}
	if err := v.identity(r.head, r.commit); err != nil {
		return nil, err
	}
	return r, nil
}

// WriteProof writes the proof of what the repository has under a path, present
// or absent, as a CAR file: the commit, the nodes on the way to the path, and the
// record, if there is one (RE-44, RE-45).
func (r *Repo) WriteProof(ctx context.Context, w io.Writer, collection syntax.NSID, key syntax.RecordKey) error {
	path := pathOf(collection, key)
	if err := checkPath(path); err != nil {
		return err
	}
	nodes, err := r.tree.Proof(ctx, path)
	if err != nil {
		return refused(err)
	}
	value, err := mst.VerifyProof(r.commit.Data, path, nodes) //nolint:contextcheck // the nodes are in memory
	if err != nil {
		return refused(err)
	}
	out, err := r.startCAR(ctx, w)
	if err != nil {
		return err
	}
	for _, b := range nodes {
		if err := out.Write(b); err != nil {
			return err
		}
	}
	if !value.Defined() {
		return nil
	}
	return r.writeRecord(ctx, out, mst.Entry{Key: path, Value: value})
}

// A Proof is what a CAR file proves about one path.
type Proof struct {
	Commit *Commit
	// Record is the record, whose CID is undefined if the proof is that there is
	// none (RE-45).
	Record Record
}

// VerifyProof returns what the CAR file b, as [Repo.WriteProof] and
// com.atproto.sync.getRecord write it, proves about a path in the repository of
// id: its blocks, the account, the signature, and the way down the tree are
// verified (RE-44). It aliases b.
func VerifyProof(b []byte, id Identity, collection syntax.NSID, key syntax.RecordKey) (*Proof, error) {
	r, err := OpenCAR(b, id, VerifyOptions{MaxTotal: MaxProof})
	if err != nil {
		return nil, err
	}
	p := &Proof{Commit: r.commit}
	p.Record, err = r.Get(context.Background(), collection, key)
	switch {
	case err == nil:
		return p, nil
	case errors.Is(err, ErrNotFound):
		p.Record = Record{Path: pathOf(collection, key)}
		return p, nil
	default:
		return nil, err
	}
}

// MaxProof is the greatest accepted length of a proof in bytes: room for a block
// of every layer that a tree can have.
const MaxProof = 32 << 20
