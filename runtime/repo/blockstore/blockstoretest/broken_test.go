package blockstoretest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/blockstore/blockstoretest"
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
	{"returns other data", "of Put and Delete the later counts", broken(func(s *store) {
		s.get = func(ctx context.Context, c cid.CID) ([]byte, error) {
			data, err := s.Memory.Get(ctx, c)
			return data[:len(data)/2], err
		}
	})},
	{"commits each step", "Commit shows all changes and no step before", brokenTx(func(s *store, t *tx) {
		t.put = func(ctx context.Context, blocks ...blockstore.Block) error {
			return errors.Join(t.Tx.Put(ctx, blocks...), t.Tx.Commit(ctx), t.renew(s))
		}
	})},
	{"keeps what is rolled back", "Rollback drops all changes", brokenTx(func(_ *store, t *tx) {
		t.rollback = func() error { return ignore(t.Tx.Commit(context.Background()), blockstore.ErrTxDone) }
	})},
	{"minds blocks that are there", "Put and Delete do not mind what is there", brokenTx(func(s *store, t *tx) {
		t.put = func(ctx context.Context, blocks ...blockstore.Block) error {
			for _, b := range blocks {
				if _, err := s.Get(ctx, b.CID); err == nil {
					return errors.New("there already")
				}
			}
			return t.Tx.Put(ctx, blocks...)
		}
	})},
	{"deletes at the end", "of Put and Delete the later counts", brokenTx(func(_ *store, t *tx) {
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
		t.put = func(ctx context.Context, blocks ...blockstore.Block) error {
			for _, b := range blocks {
				if err := t.Tx.Put(ctx, blockstore.Block{CID: b.CID, Data: b.Data[:min(len(b.Data), 1<<20)]}); err != nil {
					return err
				}
			}
			return nil
		}
	})},
	{"keeps memory", "Put keeps no memory of its caller", brokenTx(func(_ *store, t *tx) {
		var kept []blockstore.Block
		t.put = func(_ context.Context, blocks ...blockstore.Block) error {
			kept = append(kept, blocks...)
			return nil
		}
		t.commit = func(ctx context.Context) error { return errors.Join(t.Tx.Put(ctx, kept...), t.Tx.Commit(ctx)) }
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
		t.put = func(ctx context.Context, blocks ...blockstore.Block) error {
			for _, b := range blocks {
				if b.CID.Defined() {
					if err := t.Tx.Put(ctx, b); err != nil {
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
			t.put = func(_ context.Context, blocks ...blockstore.Block) error { return inner.Put(ctx, blocks...) }
			return t, err
		}
	})},
	{"waits for nobody", "Begin waits for the transaction before", broken(func(s *store) {
		s.begin = func(ctx context.Context) (blockstore.Tx, error) {
			t := &tx{}
			t.put = func(context.Context, ...blockstore.Block) error { return nil }
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

func (s *store) Begin(ctx context.Context) (blockstore.Tx, error) {
	if s.begin != nil {
		return s.begin(ctx)
	}
	return s.Memory.Begin(ctx)
}

// tx is a transaction, some of whose methods are others.
type tx struct {
	blockstore.Tx

	put      func(ctx context.Context, blocks ...blockstore.Block) error
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

func (t *tx) Put(ctx context.Context, blocks ...blockstore.Block) error {
	if t.put != nil {
		return t.put(ctx, blocks...)
	}
	return t.Tx.Put(ctx, blocks...)
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
