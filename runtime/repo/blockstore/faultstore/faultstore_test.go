package faultstore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/blockstore/blockstoretest"
	"github.com/lexgen/lexgen/runtime/repo/blockstore/faultstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

func TestWithoutFaultsItConforms(t *testing.T) {
	t.Parallel()
	blockstoretest.Run(t, func(*testing.T) blockstoretest.Subject {
		return blockstoretest.Subject{Store: faultstore.New(blockstore.NewMemory())}
	})
}

func block(text string) blockstore.Block {
	return blockstore.Block{CID: cid.Sum(cid.DagCBOR, []byte(text)), Data: []byte(text)}
}

// rev is that of all blocks.
const rev syntax.TID = "3jzfcijpj2z2a"

// old and next are what work finds and leaves.
var old, next = block("old"), block("next")

// opened returns a store whose latest commit is old.
func opened(t *testing.T) blockstore.Store {
	t.Helper()
	s := blockstore.NewMemory()
	tx, err := s.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(tx.Put(t.Context(), rev, old), tx.SetHead(t.Context(), cid.CID{}, old.CID), tx.Commit(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// work replaces the latest commit by next. It makes every call once.
func work(ctx context.Context, s blockstore.Store) (err error) {
	tx, err := s.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	head, err := s.Head(ctx)
	if err != nil {
		return err
	}
	if _, err := s.Get(ctx, head); err != nil {
		return err
	}
	for _, err := range s.Since(ctx, rev) {
		if err != nil {
			return err
		}
	}
	if err := tx.Put(ctx, rev, next); err != nil {
		return err
	}
	if err := tx.Delete(ctx, head); err != nil {
		return err
	}
	if err := tx.SetHead(ctx, head, next.CID); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// holds names what a store holds, and fails for a mixture.
func holds(t *testing.T, s blockstore.Store) string {
	t.Helper()
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	has := func(b blockstore.Block) bool {
		_, err := s.Get(t.Context(), b.CID)
		return err == nil
	}
	switch {
	case head == old.CID && has(old) && !has(next):
		return "old"
	case head == next.CID && has(next) && !has(old):
		return "next"
	}
	t.Errorf("a mixture: head %s, old %t, next %t", head, has(old), has(next))
	return ""
}

func TestEveryCallFailsAsTheFaultSays(t *testing.T) {
	t.Parallel()
	kinds := []faultstore.Call{
		faultstore.Begin, faultstore.Head, faultstore.Get, faultstore.Since,
		faultstore.Put, faultstore.Delete, faultstore.SetHead, faultstore.Commit,
	}
	for _, kind := range kinds {
		for _, effect := range faultstore.Effects() {
			t.Run(fmt.Sprint(kind, " ", effect), func(t *testing.T) {
				t.Parallel()
				failsAsSaid(t, kind, effect)
			})
		}
	}
}

// failsAsSaid makes the first call of a kind fail.
func failsAsSaid(t *testing.T, kind faultstore.Call, effect faultstore.Effect) {
	t.Helper()
	mine := errors.New("mine")
	kept := opened(t)
	s := faultstore.New(kept, faultstore.Fault{Call: kind, N: 1, Effect: effect, Err: mine})
	crashes := effect == faultstore.CrashBefore || effect == faultstore.CrashAfter
	want := mine
	if crashes {
		want = faultstore.ErrCrashed
	}
	if err := work(t.Context(), s); !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
	if got := s.Counts(); got.Fired != 1 || got.Calls(kind) != 1 {
		t.Errorf("%d faults at %d calls, want 1 at 1", got.Fired, got.Calls(kind))
	}
	state := "old"
	if kind == faultstore.Commit && (effect == faultstore.After || effect == faultstore.CrashAfter) {
		state = "next"
	}
	if got := holds(t, kept); got != state {
		t.Errorf("the store holds %s, want %s", got, state)
	}
	if _, err := s.Head(t.Context()); errors.Is(err, faultstore.ErrCrashed) != crashes {
		t.Errorf("afterwards: error %v", err)
	}
	tx, err := kept.Begin(t.Context()) // which no lost transaction hinders
	if err != nil {
		t.Fatal(err)
	}
	_ = tx.Rollback()
}

func TestRollbackFailsAndDropsTheChanges(t *testing.T) {
	t.Parallel()
	for _, effect := range faultstore.Effects() {
		kept := opened(t)
		s := faultstore.New(kept, faultstore.Fault{Call: faultstore.Rollback, N: 1, Effect: effect})
		tx, err := s.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := tx.Put(t.Context(), rev, next); err != nil {
			t.Fatal(err)
		}
		if err := tx.Rollback(); !errors.Is(err, faultstore.ErrInjected) && !errors.Is(err, faultstore.ErrCrashed) {
			t.Errorf("error %v", err)
		}
		if got := holds(t, kept); got != "old" {
			t.Errorf("the store holds %s", got)
		}
	}
}

func TestEnumerateMeetsEveryCall(t *testing.T) {
	t.Parallel()
	outcomes := map[string]int{}
	fired := faultstore.Enumerate(t, func() blockstore.Store { return opened(t) }, func(s *faultstore.Store, kept blockstore.Store) {
		err := work(t.Context(), s)
		outcome := holds(t, kept)
		if s.Counts().Fired == 0 && (err != nil || outcome != "next") {
			t.Errorf("without a fault: %s, error %v", outcome, err)
		}
		if s.Counts().Fired == 1 && err == nil {
			t.Errorf("a fault fired and nobody noticed")
		}
		outcomes[outcome]++
	})
	// Eight calls with four effects; then four runs without a fault. The new
	// commit is kept in these, and where the effect comes before the fault at
	// Commit.
	if diff := cmp.Diff(map[string]int{"old": 30, "next": 6}, outcomes); diff != "" || fired != 32 {
		t.Errorf("%d faults, outcomes (-want +got):\n%s", fired, diff)
	}
}

// fatal is a test that can be seen to fail.
type fatal struct {
	testing.TB

	failed bool
}

func (f *fatal) Fatal(...any) { f.failed = true }

func TestEnumerateWantsTheStoreToBeUsed(t *testing.T) {
	t.Parallel()
	f := &fatal{TB: t}
	fired := faultstore.Enumerate(f, func() blockstore.Store { return opened(t) }, func(*faultstore.Store, blockstore.Store) {})
	if !f.failed || fired != 0 {
		t.Errorf("nothing is done, and no complaint")
	}
}

func TestDamagedBlocks(t *testing.T) {
	t.Parallel()
	inner, empty := opened(t), block("")
	tx, err := inner.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tx.Put(t.Context(), rev, next, empty), tx.Commit(t.Context())); err != nil {
		t.Fatal(err)
	}
	s := faultstore.New(inner)
	s.Lose(old.CID)
	s.Corrupt(next.CID, empty.CID)

	_, err = s.Get(t.Context(), old.CID)
	if missing, ok := errors.AsType[*blockstore.MissingError](err); !ok || missing.CID != old.CID {
		t.Errorf("a lost block: error %v, want a MissingError that names it", err)
	}
	for _, b := range []blockstore.Block{next, empty} {
		got, err := s.Get(t.Context(), b.CID)
		if err != nil || cid.Sum(cid.DagCBOR, got) == b.CID {
			t.Errorf("a corrupt block: got %q and error %v, want other data", got, err)
		}
		whole, err := inner.Get(t.Context(), b.CID)
		if err != nil || cid.Sum(cid.DagCBOR, whole) != b.CID {
			t.Errorf("the block below: got %q and error %v", whole, err)
		}
	}
	if got := s.Counts(); got.Fired != 3 || got.BytesRead != int64(len(next.Data))+1 {
		t.Errorf("%d faults and %d bytes, want 3 and %d", got.Fired, got.BytesRead, len(next.Data)+1)
	}
	for b, err := range s.Since(t.Context(), "") { // old is the latest commit
		if missing, ok := errors.AsType[*blockstore.MissingError](err); !ok || missing.CID != old.CID {
			t.Errorf("since the beginning: block %v and error %v, want a MissingError that names the lost one", b.CID, err)
		}
	}
	s.Corrupt(old.CID)
	for b, err := range s.Since(t.Context(), "") {
		if err != nil || cid.Sum(cid.DagCBOR, b.Data) == b.CID {
			t.Errorf("since the beginning: block %q and error %v, want other data", b.Data, err)
		}
	}
}

func TestCallsAndBytesAreCounted(t *testing.T) {
	t.Parallel()
	s := faultstore.New(opened(t))
	if err := work(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for kind := faultstore.Any; kind <= faultstore.Rollback; kind++ {
		got[kind.String()] = s.Counts().Calls(kind)
	}
	want := map[string]int{
		"Any": 8, "Get": 1, "Head": 1, "Since": 1, "Begin": 1, "Put": 1, "Delete": 1, "SetHead": 1, "Commit": 1, "Rollback": 0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if c := s.Counts(); c.BytesRead != 2*int64(len(old.Data)) || c.BytesPut != int64(len(next.Data)) || c.Fired != 0 {
		t.Errorf("%d bytes read, %d put, %d faults", c.BytesRead, c.BytesPut, c.Fired)
	}
	if got := faultstore.Call(99).String(); got != "unknown" {
		t.Errorf("call 99 is %s", got)
	}
}

func TestAnErrorBelowIsNotHidden(t *testing.T) {
	t.Parallel()
	s := faultstore.New(blockstore.NewMemory(), faultstore.Fault{Call: faultstore.Get, N: 1, Effect: faultstore.After})
	_, err := s.Get(t.Context(), old.CID)
	if _, ok := errors.AsType[*blockstore.MissingError](err); !ok {
		t.Errorf("error %v, want a MissingError", err)
	}
}
