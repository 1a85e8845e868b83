package repo

import (
	"context"
	"errors"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Limits of a commit that is announced in a message (SN-05).
const (
	MaxOps    = 200
	MaxBlocks = 2_000_000 // bytes of the CAR file with its blocks
)

// Limits says whether a [Writer] makes commits that no message has room for.
type Limits int

const (
	// MessageLimits refuses them.
	MessageLimits Limits = iota
	// NoLimits makes them: for a repository that is filled, and announced as a
	// whole (SN-06).
	NoLimits
)

// WriterOptions says how a [Writer] works. The zero value is right for most.
type WriterOptions struct {
	// Clock makes the revs; nil stands for a new one. A rev is always greater
	// than the one before, whatever the clock says (RE-03).
	Clock *syntax.TIDClock
	// Limits of a commit.
	Limits Limits
}

// A Writer makes the commits of the repository in a store. Each takes effect as
// a whole, or, after an error, not at all.
type Writer struct {
	store  blockstore.Store
	signer crypto.Signer
	opts   WriterOptions
}

// NewWriter returns a Writer whose commits signer signs.
func NewWriter(store blockstore.Store, signer crypto.Signer, opts WriterOptions) *Writer {
	if opts.Clock == nil {
		opts.Clock = syntax.NewTIDClock(syntax.TIDClockOptions{})
	}
	return &Writer{store, signer, opts}
}

// Init makes the first commit of a repository, of account did, with the writes,
// which there may be none of. If there is a repository in the store, the error
// is [ErrExists].
func (w *Writer) Init(ctx context.Context, did syntax.DID, writes ...Write) (*Change, error) {
	if _, err := syntax.ParseDID(string(did)); err != nil {
		return nil, &Error{Reason: err.Error(), Err: joined(ErrIdentity, err)}
	}
	return w.commit(ctx, func(head cid.CID) (*draft, error) {
		if head.Defined() {
			return nil, failf(ErrExists, head, "there is a repository already")
		}
		return newDraft(did), nil
	}, writes)
}

// Apply does all of the writes in one commit. A record may be written once
// (RE-43). Writes that change nothing are left out; if that are all, there is
// no commit, and the Change has the one that is there, and no blocks. Apply
// without writes makes a commit all the same, as is needed for a new key (RE-05,
// SN-10).
//
// Errors are [ErrRecord] for a path or record that is none, [ErrLimit],
// [ErrNotFound], [ErrExists], [ErrSwap], [ErrRev], [ErrSignature], what is found
// in a damaged store, or what the store returns.
func (w *Writer) Apply(ctx context.Context, writes ...Write) (*Change, error) {
	return w.apply(ctx, nil, writes)
}

// ApplyTo is Apply with the condition that head is the latest commit. If that
// does not hold, the error is [ErrSwap].
func (w *Writer) ApplyTo(ctx context.Context, head cid.CID, writes ...Write) (*Change, error) {
	return w.apply(ctx, &head, writes)
}

func (w *Writer) apply(ctx context.Context, swap *cid.CID, writes []Write) (*Change, error) {
	return w.commit(ctx, func(head cid.CID) (*draft, error) {
		if swap != nil && head != *swap {
			return nil, failf(ErrSwap, head, "it is the latest commit, and not %v", *swap)
		}
		r, err := Open(ctx, w.store, head)
		if err != nil {
			return nil, err
		}
		return r.draft(), nil
	}, writes)
}

// commit makes a commit from writes and the draft that begin returns, in one
// transaction.
func (w *Writer) commit(ctx context.Context, begin func(head cid.CID) (*draft, error), writes []Write) (_ *Change, err error) {
	changes, err := prepare(writes)
	if err != nil {
		return nil, err
	}
	tx, err := w.store.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	head, err := w.store.Head(ctx)
	if err != nil {
		return nil, err
	}
	d, err := begin(head)
	if err != nil {
		return nil, err
	}
	if err := d.apply(ctx, changes); err != nil {
		return nil, err
	}
	if len(d.change.Ops) == 0 && len(writes) > 0 && head.Defined() {
		return d.unchanged(), nil
	}
	if err := w.finish(ctx, d); err != nil {
		return nil, err
	}
	if err := d.save(ctx, tx); err != nil {
		return nil, err
	}
	return d.change, nil
}

// prepare checks writes before a store is asked for anything.
func prepare(writes []Write) ([]change, error) {
	seen := make(map[string]bool, len(writes))
	changes := make([]change, 0, len(writes))
	for _, w := range writes {
		c, err := w.prepare()
		if err != nil {
			return nil, err
		}
		if seen[c.path] {
			return nil, failAtf(ErrRecord, c.path, "it is written twice in one commit (RE-43)")
		}
		seen[c.path] = true
		changes = append(changes, c)
	}
	return changes, nil
}

// finish turns a draft into a commit and a change.
func (w *Writer) finish(ctx context.Context, d *draft) error {
	if err := w.sign(d); err != nil {
		return err
	}
	if err := d.collect(ctx); err != nil {
		return err
	}
	return w.checkLimits(d.change)
}

// sign completes the commit. A signature that does not verify, as a careless
// signer may give, would stop the account: it is refused here.
func (w *Writer) sign(d *draft) error {
	rev, err := NextRev(w.opts.Clock, d.change.Since)
	if err != nil {
		return err
	}
	c := &Commit{DID: d.change.DID, Rev: rev, Data: d.change.Data}
	if err := c.Sign(w.signer); err != nil {
		return err
	}
	if err := c.Verify(w.signer.PublicKey()); err != nil {
		return err
	}
	d.commit = c
	return nil
}

// checkLimits refuses what no message has room for (SN-05).
func (w *Writer) checkLimits(c *Change) error {
	if w.opts.Limits == NoLimits {
		return nil
	}
	size, err := c.size()
	switch {
	case err != nil:
		return err
	case len(c.Ops) > MaxOps:
		return failf(ErrLimit, cid.CID{}, "%d writes, more than %d (SN-05)", len(c.Ops), MaxOps)
	case size > MaxBlocks:
		return failf(ErrLimit, cid.CID{}, "the blocks of its message have %d bytes, more than %d (SN-05)", size, MaxBlocks)
	}
	return nil
}
