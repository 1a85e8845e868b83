package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/plc/store"
)

// A Batch takes over operations that were taken elsewhere. They are verified one
// by one, and kept all at once by [Batch.Commit]. It is for one goroutine.
type Batch struct {
	store     store.Store
	known     map[syntax.DID]*replay // with what the batch adds
	additions []store.Addition
	asides    []store.Aside
	last      int64 // of what was added or set aside
}

// NewBatch returns an empty batch for a store.
func NewBatch(s store.Store) *Batch { return &Batch{store: s, known: map[syntax.DID]*replay{}} }

// Additions returns how many operations the batch holds.
func (b *Batch) Additions() int { return len(b.additions) }

// Asides returns how many lines the batch sets aside.
func (b *Batch) Asides() int { return len(b.asides) }

// Add verifies an operation, and keeps its number and time, the latter in
// milliseconds as stores do: two operations within one are out of order. An error of
// type *plc.Error says that it is not to be taken; any other one is the store's.
func (b *Batch) Add(ctx context.Context, s plc.Sequenced) error {
	p, err := b.log(ctx, s.DID)
	if err != nil {
		return err
	}
	if len(p.seqs) >= plc.MaxLog {
		return &plc.Error{Index: -1, Reason: fmt.Sprintf("its log has %d operations, and clients read no more", len(p.seqs)), Err: plc.ErrLimit}
	}
	if c := plc.CID(s.Operation); c != s.CID {
		return &plc.Error{Index: -1, Reason: fmt.Sprintf("its CID is %s, and not %s (ID-25)", c, s.CID), Err: plc.ErrLog}
	}
	nullified, err := p.history.Apply(s.Operation, s.CreatedAt.UTC().Truncate(time.Millisecond))
	if err != nil {
		return err
	}
	a := p.addition(nullified)
	a.Seq = s.Seq
	b.additions = append(b.additions, a)
	p.seqs = append(p.seqs, s.Seq)
	b.last = max(b.last, s.Seq)
	return nil
}

func (b *Batch) log(ctx context.Context, did syntax.DID) (*replay, error) {
	if p, ok := b.known[did]; ok {
		return p, nil
	}
	records, err := b.store.Log(ctx, did)
	if err != nil {
		return nil, err
	}
	b.known[did] = newReplay(did, records)
	return b.known[did], nil
}

// SetAside adds a line that is not to be taken.
func (b *Batch) SetAside(a store.Aside) {
	b.asides = append(b.asides, a)
	b.last = max(b.last, a.Seq)
}

// Commit keeps what was added. What was set aside is kept first, so that a crash
// between the two leaves nothing out: the same lines come again.
func (b *Batch) Commit(ctx context.Context) error {
	if len(b.asides) > 0 {
		if err := b.store.SetAside(ctx, b.asides...); err != nil {
			return err
		}
	}
	if len(b.additions) > 0 {
		if _, err := b.store.Append(ctx, b.additions...); err != nil {
			return err
		}
	}
	if len(b.asides) > 0 {
		return b.store.Skip(ctx, b.last)
	}
	return nil
}
