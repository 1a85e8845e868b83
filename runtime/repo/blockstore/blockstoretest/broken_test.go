package blockstoretest_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/blockstore/blockstoretest"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// brokenStore names the store that a child process tests.
const brokenStore = "LEXGEN_BROKEN_STORE"

// TestTheSuiteRefusesBrokenStores proves of each claim of the suite that it can
// fail: a store with one fault is tested in a process of its own.
func TestTheSuiteRefusesBrokenStores(t *testing.T) {
	t.Parallel()
	for _, b := range breaks {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			claim := strings.ReplaceAll(b.claim, " ", "_")
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestABrokenStore$/^"+claim+"$", "-test.timeout=1m")
			child.Env = append(os.Environ(), brokenStore+"="+b.name)
			out, err := child.CombinedOutput()
			if _, failed := errors.AsType[*exec.ExitError](err); !failed {
				t.Fatalf("nothing is noticed (error %v)", err)
			}
			if want := "--- FAIL: TestABrokenStore/" + claim; !strings.Contains(string(out), want) {
				t.Errorf("the output lacks %q:\n%s", want, out)
			}
		})
	}
}

// TestABrokenStore is the child process.
func TestABrokenStore(t *testing.T) {
	t.Parallel()
	for _, b := range breaks {
		if b.name == os.Getenv(brokenStore) {
			blockstoretest.Run(t, func(*testing.T) blockstoretest.Subject { return b.subject() })
			return
		}
	}
	t.Skip("only the test of the suite needs it")
}

// TestAStoreWithoutAFaultPasses proves that the broken stores fail because
// of what breaks them.
func TestAStoreWithoutAFaultPasses(t *testing.T) {
	t.Parallel()
	blockstoretest.Run(t, func(*testing.T) blockstoretest.Subject {
		s := &store{Memory: blockstore.NewMemory()}
		return blockstoretest.Subject{Store: s, Reopen: func(testing.TB) blockstore.Store { return s }}
	})
}

// breaks are the faults, and a claim that each violates.
var breaks = []struct {
	name, claim string
	subject     func() blockstoretest.Subject
}{
	{"has a block", "an empty store has neither head nor blocks", broken(func(s *store) {
		s.get = func(context.Context, cid.CID) ([]byte, error) { return []byte{}, nil }
	})},
	{"names no missing block", "an empty store has neither head nor blocks", broken(func(s *store) {
		s.get = func(ctx context.Context, c cid.CID) ([]byte, error) {
			data, err := s.Memory.Get(ctx, c)
			if _, ok := errors.AsType[*blockstore.MissingError](err); ok {
				err = &blockstore.MissingError{}
			}
			return data, err
		}
	})},
	{"returns other data", "Put and Delete take effect in their order", broken(func(s *store) {
		s.get = func(ctx context.Context, c cid.CID) ([]byte, error) {
			data, err := s.Memory.Get(ctx, c)
			return data[:len(data)/2], err
		}
	})},
	{"commits each step", "Commit shows all changes and no step before", brokenTx(func(s *store, t *tx) {
		t.put = func(ctx context.Context, rev syntax.TID, blocks ...blockstore.Block) error {
			return errors.Join(t.Tx.Put(ctx, rev, blocks...), t.Tx.Commit(ctx), t.renew(s))
		}
	})},
	{"keeps what is rolled back", "Rollback drops all changes", brokenTx(func(_ *store, t *tx) {
		t.rollback = func() error { return ignore(t.Tx.Commit(context.Background()), blockstore.ErrTxDone) }
	})},
	{"minds blocks that are there", "a block is there as long as it is referenced", brokenTx(func(s *store, t *tx) {
		t.put = func(ctx context.Context, rev syntax.TID, blocks ...blockstore.Block) error {
			for _, b := range blocks {
				if _, err := s.Get(ctx, b.CID); err == nil {
					return errors.New("there already")
				}
			}
			return t.Tx.Put(ctx, rev, blocks...)
		}
	})},
	{"deletes at the end", "Put and Delete take effect in their order", brokenTx(func(_ *store, t *tx) {
		var deleted []cid.CID
		t.remove = func(_ context.Context, cids ...cid.CID) error {
			deleted = append(deleted, cids...)
			return nil
		}
		t.commit = func(ctx context.Context) error {
			_ = t.Tx.Delete(ctx, deleted...)
			return t.Tx.Commit(ctx)
		}
	})},
	{"deletes what is referenced", "a block is there as long as it is referenced", brokenTx(func(_ *store, t *tx) {
		t.remove = func(ctx context.Context, cids ...cid.CID) error {
			for range 5 {
				if err := t.Tx.Delete(ctx, cids...); err != nil {
					return err
				}
			}
			return nil
		}
	})},
	{"keeps what is deleted", "a block is there as long as it is referenced", brokenTx(func(_ *store, t *tx) {
		t.remove = func(context.Context, ...cid.CID) error { return nil }
	})},
	{"counts a block once", "a block is there as long as it is referenced", brokenTx(func(s *store, t *tx) {
		t.put = func(ctx context.Context, rev syntax.TID, blocks ...blockstore.Block) error {
			for _, b := range blocks {
				if _, err := s.Get(ctx, b.CID); err == nil {
					continue
				}
				if err := t.Tx.Put(ctx, rev, b); err != nil {
					return err
				}
			}
			return nil
		}
	})},
	{"owes deletes", "Delete does not mind what is missing", func() blockstoretest.Subject {
		owed := map[cid.CID]int{}
		return brokenTx(func(s *store, t *tx) {
			t.remove = func(ctx context.Context, cids ...cid.CID) error {
				for _, c := range cids {
					if _, err := s.Get(ctx, c); err != nil {
						owed[c]++
					}
				}
				return t.Tx.Delete(ctx, cids...)
			}
			t.put = func(ctx context.Context, rev syntax.TID, blocks ...blockstore.Block) error {
				for _, b := range blocks {
					if owed[b.CID]--; owed[b.CID] >= 0 {
						continue
					}
					if err := t.Tx.Put(ctx, rev, b); err != nil {
						return err
					}
				}
				return nil
			}
		})()
	}},
	{"yields what is as old", "Since yields the latest commit and what is newer", broken(func(s *store) {
		s.since = func(ctx context.Context, rev syntax.TID) iter.Seq2[blockstore.Block, error] {
			if rev != "" {
				last := len(rev) - 1
				rev = rev[:last] + syntax.TID([]byte{rev[last] - 1})
			}
			return s.Memory.Since(ctx, rev)
		}
	})},
	{"yields the latest commit last", "Since yields the latest commit and what is newer", broken(func(s *store) {
		s.since = func(ctx context.Context, rev syntax.TID) iter.Seq2[blockstore.Block, error] {
			return func(yield func(blockstore.Block, error) bool) {
				var all []blockstore.Block
				for b := range s.Memory.Since(ctx, rev) {
					all = append(all, b)
				}
				for _, b := range slices.Backward(all) {
					if !yield(b, nil) {
						return
					}
				}
			}
		}
	})},
	{"yields a commit that is missing", "Since names a missing commit", broken(func(s *store) {
		s.since = func(ctx context.Context, rev syntax.TID) iter.Seq2[blockstore.Block, error] {
			return func(yield func(blockstore.Block, error) bool) {
				for b, err := range s.Memory.Since(ctx, rev) {
					if err != nil || !yield(b, nil) {
						return
					}
				}
			}
		}
	})},
	{"has the rev of the last Put", "the rev of a block is that of its arrival", brokenTx(func(s *store, t *tx) {
		t.put = func(ctx context.Context, rev syntax.TID, blocks ...blockstore.Block) error {
			for _, b := range blocks {
				if _, err := s.Get(ctx, b.CID); err == nil {
					_ = t.Tx.Delete(ctx, b.CID)
				}
			}
			return t.Tx.Put(ctx, rev, blocks...)
		}
	})},
	{"has the rev of the first Put ever", "the rev of a block is that of its arrival", func() blockstoretest.Subject {
		revs := map[cid.CID]syntax.TID{}
		return brokenTx(func(_ *store, t *tx) {
			t.put = func(ctx context.Context, rev syntax.TID, blocks ...blockstore.Block) error {
				for _, b := range blocks {
					if revs[b.CID] == "" {
						revs[b.CID] = rev
					}
					if err := t.Tx.Put(ctx, revs[b.CID], b); err != nil {
						return err
					}
				}
				return nil
			}
		})()
	}},
	{"shows what has changed", "Since shows one state", broken(func(s *store) {
		s.since = func(ctx context.Context, rev syntax.TID) iter.Seq2[blockstore.Block, error] {
			return func(yield func(blockstore.Block, error) bool) {
				for b, err := range s.Memory.Since(ctx, rev) {
					if err == nil {
						b.Data, err = s.Get(ctx, b.CID)
					}
					if !yield(b, err) || err != nil {
						return
					}
				}
			}
		}
	})},
	{"knows no codecs", "the codec tells blocks apart", broken(func(s *store) {
		s.get = func(ctx context.Context, c cid.CID) ([]byte, error) {
			for _, codec := range []byte{cid.Raw, cid.DagCBOR} {
				if data, err := s.Memory.Get(ctx, cid.FromHash(codec, c.Digest())); err == nil {
					return data, nil
				}
			}
			return s.Memory.Get(ctx, c)
		}
	})},
	{"cuts large blocks", "blocks are empty, large or many", brokenTx(func(_ *store, t *tx) {
		t.put = func(ctx context.Context, rev syntax.TID, blocks ...blockstore.Block) error {
			for _, b := range blocks {
				if err := t.Tx.Put(ctx, rev, blockstore.Block{CID: b.CID, Data: b.Data[:min(len(b.Data), 1<<20)]}); err != nil {
					return err
				}
			}
			return nil
		}
	})},
	{"keeps memory", "Put keeps no memory of its caller", brokenTx(func(_ *store, t *tx) {
		var kept []blockstore.Block
		var rev syntax.TID
		t.put = func(_ context.Context, r syntax.TID, blocks ...blockstore.Block) error {
			kept, rev = append(kept, blocks...), r
			return nil
		}
		t.commit = func(ctx context.Context) error { return errors.Join(t.Tx.Put(ctx, rev, kept...), t.Tx.Commit(ctx)) }
	})},
	{"moves no head", "the head moves from what it is", brokenTx(func(_ *store, t *tx) {
		t.setHead = func(context.Context, cid.CID, cid.CID) error { return nil }
	})},
	{"moves any head", "a head that is another one is not moved", brokenTx(func(s *store, t *tx) {
		t.setHead = func(ctx context.Context, old, next cid.CID) error {
			if head, err := s.Head(ctx); err == nil {
				old = head
			}
			return t.Tx.SetHead(ctx, old, next)
		}
	})},
	{"goes on after an error", "an error is final", brokenTx(func(s *store, t *tx) {
		t.setHead = func(ctx context.Context, old, next cid.CID) error {
			if head, err := s.Head(ctx); err == nil && head != old {
				return blockstore.ErrHeadMoved
			}
			return t.Tx.SetHead(ctx, old, next)
		}
	})},
	{"needs no CID", "a block needs a CID", brokenTx(func(_ *store, t *tx) {
		t.put = func(ctx context.Context, rev syntax.TID, blocks ...blockstore.Block) error {
			for _, b := range blocks {
				if b.CID.Defined() {
					if err := t.Tx.Put(ctx, rev, b); err != nil {
						return err
					}
				}
			}
			return nil
		}
	})},
	{"commits twice", "an ended transaction does nothing", brokenTx(func(_ *store, t *tx) {
		t.commit = func(ctx context.Context) error { return ignore(t.Tx.Commit(ctx), blockstore.ErrTxDone) }
	})},
	{"rolls back twice", "an ended transaction does nothing", brokenTx(func(_ *store, t *tx) {
		ended := false
		t.rollback = func() error {
			if ended {
				return blockstore.ErrTxDone
			}
			ended = true
			return t.Tx.Rollback()
		}
	})},
	{"reads on", "a context that is done ends every call", broken(func(s *store) {
		s.get = func(ctx context.Context, c cid.CID) ([]byte, error) {
			return s.Memory.Get(context.WithoutCancel(ctx), c)
		}
	})},
	{"commits on", "a context that is done ends every call", brokenTx(func(_ *store, t *tx) {
		t.commit = func(ctx context.Context) error { return t.Tx.Commit(context.WithoutCancel(ctx)) }
	})},
	{"ends with the context of Begin", "a transaction outlives the context of Begin", broken(func(s *store) {
		s.begin = func(ctx context.Context) (blockstore.Tx, error) {
			inner, err := s.Memory.Begin(ctx)
			t := &tx{Tx: inner}
			t.put = func(_ context.Context, rev syntax.TID, blocks ...blockstore.Block) error {
				return inner.Put(ctx, rev, blocks...)
			}
			return t, err
		}
	})},
	{"waits for nobody", "Begin waits for the transaction before", broken(func(s *store) {
		s.begin = func(ctx context.Context) (blockstore.Tx, error) {
			t := &tx{}
			t.put = func(context.Context, syntax.TID, ...blockstore.Block) error { return nil }
			t.commit = func(context.Context) error { return nil }
			t.rollback = func() error { return nil }
			return t, ctx.Err()
		}
	})},
	{"loses updates", "readers and writers run side by side", brokenTx(func(s *store, t *tx) {
		var old, next cid.CID
		t.setHead = func(_ context.Context, o, n cid.CID) error {
			old, next = o, n
			return nil
		}
		t.commit = func(ctx context.Context) error {
			s.commits.lock <- struct{}{}
			defer func() { <-s.commits.lock }()
			if s.commits.count++; s.commits.count%10 != 0 && old != next {
				_ = t.Tx.SetHead(ctx, old, next)
			}
			return t.Tx.Commit(ctx)
		}
	})},
	{"forgets", "what was committed is there after reopening", func() blockstoretest.Subject {
		return blockstoretest.Subject{
			Store:  blockstore.NewMemory(),
			Reopen: func(testing.TB) blockstore.Store { return blockstore.NewMemory() },
		}
	}},
	{"forgets in programs", "programs do what the model does", func() blockstoretest.Subject {
		return blockstoretest.Subject{
			Store:  blockstore.NewMemory(),
			Reopen: func(testing.TB) blockstore.Store { return blockstore.NewMemory() },
		}
	}},
}

// broken makes a store and breaks it.
func broken(by func(s *store)) func() blockstoretest.Subject {
	return func() blockstoretest.Subject {
		s := &store{Memory: blockstore.NewMemory(), commits: &commits{lock: make(chan struct{}, 1)}}
		by(s)
		return blockstoretest.Subject{Store: s, Reopen: func(testing.TB) blockstore.Store { return s }}
	}
}

// brokenTx makes a store and breaks its transactions.
func brokenTx(by func(s *store, t *tx)) func() blockstoretest.Subject {
	return broken(func(s *store) {
		s.begin = func(ctx context.Context) (blockstore.Tx, error) {
			inner, err := s.Memory.Begin(ctx)
			if err != nil {
				return nil, err
			}
			t := &tx{Tx: inner}
			by(s, t)
			return t, nil
		}
	})
}

// store is a store in memory, some of whose methods are others.
type store struct {
	*blockstore.Memory

	get     func(ctx context.Context, c cid.CID) ([]byte, error)
	since   func(ctx context.Context, rev syntax.TID) iter.Seq2[blockstore.Block, error]
	begin   func(ctx context.Context) (blockstore.Tx, error)
	commits *commits
}

// commits counts commits.
type commits struct {
	lock  chan struct{}
	count int
}

func (s *store) Get(ctx context.Context, c cid.CID) ([]byte, error) {
	if s.get != nil {
		return s.get(ctx, c)
	}
	return s.Memory.Get(ctx, c)
}

func (s *store) Since(ctx context.Context, rev syntax.TID) iter.Seq2[blockstore.Block, error] {
	if s.since != nil {
		return s.since(ctx, rev)
	}
	return s.Memory.Since(ctx, rev)
}

func (s *store) Begin(ctx context.Context) (blockstore.Tx, error) {
	if s.begin != nil {
		return s.begin(ctx)
	}
	return s.Memory.Begin(ctx)
}

// tx is a transaction, some of whose methods are others.
type tx struct {
	blockstore.Tx

	put      func(ctx context.Context, rev syntax.TID, blocks ...blockstore.Block) error
	remove   func(ctx context.Context, cids ...cid.CID) error
	setHead  func(ctx context.Context, old, next cid.CID) error
	commit   func(ctx context.Context) error
	rollback func() error
}

// renew goes on in a new transaction.
func (t *tx) renew(s *store) (err error) {
	t.Tx, err = s.Memory.Begin(context.Background())
	return err
}

func (t *tx) Put(ctx context.Context, rev syntax.TID, blocks ...blockstore.Block) error {
	if t.put != nil {
		return t.put(ctx, rev, blocks...)
	}
	return t.Tx.Put(ctx, rev, blocks...)
}

func (t *tx) Delete(ctx context.Context, cids ...cid.CID) error {
	if t.remove != nil {
		return t.remove(ctx, cids...)
	}
	return t.Tx.Delete(ctx, cids...)
}

func (t *tx) SetHead(ctx context.Context, old, next cid.CID) error {
	if t.setHead != nil {
		return t.setHead(ctx, old, next)
	}
	return t.Tx.SetHead(ctx, old, next)
}

func (t *tx) Commit(ctx context.Context) error {
	if t.commit != nil {
		return t.commit(ctx)
	}
	return t.Tx.Commit(ctx)
}

func (t *tx) Rollback() error {
	if t.rollback != nil {
		return t.rollback()
	}
	return t.Tx.Rollback()
}

// ignore returns err unless it is what.
func ignore(err, what error) error {
	if errors.Is(err, what) {
		return nil
	}
	return err
}
