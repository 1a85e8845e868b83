// Package storetest has what every store of a directory must prove.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/plc/store"
)

// Opened is an open store that can be closed and opened again.
type Opened struct {
	store.Store

	// Reopen opens the same store a second time; nil if it has no life beyond the
	// process.
	Reopen func(t testing.TB) store.Store
}

// Run runs the suite as subtests. Open returns an empty store, which the test
// closes.
func Run(t *testing.T, open func(t testing.TB) Opened) {
	t.Helper()
	for name, test := range map[string]func(t *testing.T, s Opened){
		"IsEmptyAtFirst":                testEmpty,
		"KeepsWhatIsAppended":           testKeeps,
		"TakesAllOrNothing":             testAtomic,
		"TakesNoNumberTwice":            testNumbers,
		"SkipsForward":                  testSkip,
		"OneOfManyWinsAPlaceInTheLog":   testRace,
		"ReadersMissNothingBelowAHead":  testPrefix,
		"SetsAsideOnce":                 testAsides,
		"DoesNothingForAContextThatEnd": testContext,
		"OrdersByTime":                  testTimes,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			t.Cleanup(func() { closeStore(t, s) })
			test(t, s)
		})
	}
	t.Run("DoesWhatMemoryDoes", func(t *testing.T) {
		t.Parallel()
		s := open(t)
		t.Cleanup(func() { closeStore(t, s) })
		runs := 0
		rapid.Check(t, func(t *rapid.T) {
			runs++
			testModel(t, s, fmt.Sprint("run", runs))
		})
	})
}

func closeStore(t testing.TB, s store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// chain returns a first operation and n-1 that follow on it, which no key has
// signed.
func chain(handle string, n int) []plc.Operation {
	var ops []plc.Operation
	var prev cid.CID
	for i := range n {
		op := &plc.Update{
			State: plc.State{
				RotationKeys: []string{}, VerificationMethods: map[string]string{}, Services: map[string]plc.Service{},
				AlsoKnownAs: []string{fmt.Sprintf("at://%s-%d.test", handle, i), "<&>\u2028\x00"},
			},
			Prev: prev, Sig: "none",
		}
		prev = plc.CID(op)
		ops = append(ops, op)
	}
	return ops
}

func additions(ops []plc.Operation, from, to int) []store.Addition {
	var all []store.Addition
	for i := from; i < to; i++ {
		all = append(all, plctest.Addition(ops[i], ops[0], plctest.Noon.Add(time.Duration(i)*time.Second), i))
	}
	return all
}

func must[T any](t testing.TB) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func testEmpty(t *testing.T, s Opened) {
	ctx := t.Context()
	if head := must[int64](t)(s.Head(ctx)); head != 0 {
		t.Errorf("the head is %d", head)
	}
	if _, err := s.Find(ctx, "did:plc:nobody", plc.CID(chain("alice", 1)[0])); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	if _, err := s.At(ctx, "did:plc:nobody", 0); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	for _, records := range [][]store.Record{
		must[[]store.Record](t)(s.Log(ctx, "did:plc:nobody")),
		must[[]store.Record](t)(s.Recent(ctx, "did:plc:nobody", 10)),
		must[[]store.Record](t)(s.After(ctx, 0, 10)),
		must[[]store.Record](t)(s.Since(ctx, time.UnixMilli(-1), 10)),
	} {
		if len(records) != 0 {
			t.Errorf("there are records: %v", records)
		}
	}
}

func testKeeps(t *testing.T, s Opened) {
	ctx := t.Context()
	ops := chain("alice", 3)
	all := additions(ops, 0, 3)
	all[1].Authority = 4
	for i, a := range all {
		if i == 2 {
			a.Nullifies = []int64{2}
		}
		if seq := must[int64](t)(s.Append(ctx, a)); seq != int64(i+1) {
			t.Fatalf("operation %d has number %d", i, seq)
		}
	}
	var want []store.Record
	for i, a := range all {
		a.Seq, a.Nullified = int64(i+1), i == 1
		want = append(want, a.Record)
	}
	check := func(s store.Store) {
		t.Helper()
		did := plc.DID(ops[0])
		for name, got := range map[string][]store.Record{
			"log": must[[]store.Record](t)(s.Log(ctx, did)), "all": must[[]store.Record](t)(s.After(ctx, 0, 10)),
			"by time": must[[]store.Record](t)(s.Since(ctx, time.UnixMilli(-1), 10)),
		} {
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		checkParts(ctx, t, s, did, want)
		if diff := cmp.Diff(want[1:2], must[[]store.Record](t)(s.After(ctx, 1, 1))); diff != "" {
			t.Error(diff)
		}
		if head := must[int64](t)(s.Head(ctx)); head != 3 {
			t.Errorf("the head is %d", head)
		}
	}
	check(s)
	if s.Reopen != nil {
		again := s.Reopen(t)
		defer closeStore(t, again)
		check(again)
	}
}

// checkParts reads parts of a log of three operations, the second of which was
// undone.
func checkParts(ctx context.Context, t *testing.T, s store.Store, did syntax.DID, want []store.Record) {
	t.Helper()
	for limit, wanted := range [][]store.Record{nil, {want[2]}, {want[0], want[2]}, {want[0], want[2]}} {
		if diff := cmp.Diff(wanted, must[[]store.Record](t)(s.Recent(ctx, did, limit)), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("the last %d: %s", limit, diff)
		}
	}
	for i := range want {
		if diff := cmp.Diff(want[i], must[store.Record](t)(s.Find(ctx, did, want[i].CID))); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(want[i], must[store.Record](t)(s.At(ctx, did, i))); diff != "" {
			t.Error(diff)
		}
	}
}

func testAtomic(t *testing.T, s Opened) {
	ctx := t.Context()
	ops := chain("alice", 3)
	wrong := additions(ops, 0, 3)
	wrong[2].Index, wrong[2].Nullifies = 5, []int64{1}
	if _, err := s.Append(ctx, wrong...); !errors.Is(err, store.ErrConflict) {
		t.Fatal(err)
	}
	if records, head := must[[]store.Record](t)(s.After(ctx, 0, 10)), must[int64](t)(s.Head(ctx)); len(records) != 0 || head != 0 {
		t.Fatalf("%d records and the head %d are left", len(records), head)
	}
	if seq := must[int64](t)(s.Append(ctx, additions(ops, 0, 3)...)); seq != 3 {
		t.Errorf("the last one has number %d", seq)
	}
}

func testNumbers(t *testing.T, s Opened) {
	ctx := t.Context()
	ops := chain("alice", 8)
	numbered := func(i int, seq int64) store.Addition {
		a := additions(ops, i, i+1)[0]
		a.Seq = seq
		return a
	}
	must[int64](t)(s.Append(ctx, numbered(0, 7), numbered(1, 9)))
	for name, wrong := range map[string][]store.Addition{
		"again":   {numbered(2, 9)},
		"between": {numbered(2, 8)},
		"falling": {numbered(2, 12), numbered(3, 11)},
		"twice":   {numbered(2, 12), numbered(3, 12)},
		"mixed":   {numbered(2, 12), numbered(3, 0)},
	} {
		if _, err := s.Append(ctx, wrong...); !errors.Is(err, store.ErrSequence) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if seq := must[int64](t)(s.Append(ctx, numbered(2, 0))); seq != 10 {
		t.Errorf("the next number is %d", seq)
	}
}

func testSkip(t *testing.T, s Opened) {
	ctx := t.Context()
	ops := chain("alice", 2)
	for _, to := range []int64{100, 50} {
		if err := s.Skip(ctx, to); err != nil {
			t.Fatal(err)
		}
	}
	if head := must[int64](t)(s.Head(ctx)); head != 100 {
		t.Errorf("the head is %d", head)
	}
	if seq := must[int64](t)(s.Append(ctx, additions(ops, 0, 1)...)); seq != 101 {
		t.Errorf("the next number is %d", seq)
	}
	if s.Reopen != nil {
		again := s.Reopen(t)
		defer closeStore(t, again)
		if seq := must[int64](t)(again.Append(ctx, additions(ops, 1, 2)...)); seq != 102 {
			t.Errorf("the next number is %d", seq)
		}
	}
}

// testRace lets many add what follows on the same operation.
func testRace(t *testing.T, s Opened) {
	const racers = 16
	ops := chain("alice", 2)
	must[int64](t)(s.Append(t.Context(), additions(ops, 0, 1)...))
	var racing sync.WaitGroup
	errs := make([]error, racers)
	for i := range racers {
		racing.Go(func() { _, errs[i] = s.Append(t.Context(), additions(ops, 1, 2)...) })
	}
	racing.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, store.ErrConflict) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d have won", won)
	}
	if log := must[[]store.Record](t)(s.Log(t.Context(), plc.DID(ops[0]))); len(log) != 2 {
		t.Errorf("the log has %d operations", len(log))
	}
}

// testPrefix reads the sequence while many append to it: what a reader has seen
// never gets a neighbour before its end.
func testPrefix(t *testing.T, s Opened) {
	const writers, each = 6, 15
	var writing sync.WaitGroup
	for i := range writers {
		writing.Go(func() {
			ops := chain(fmt.Sprint("writer", i), each)
			for j := range each {
				if _, err := s.Append(t.Context(), additions(ops, j, j+1)...); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writing.Wait(); close(done) }()
	var seen []int64
	for last := false; !last; {
		select {
		case <-done:
			last = true
		default:
		}
		after := int64(0)
		if len(seen) > 0 {
			after = seen[len(seen)-1]
		}
		for _, r := range must[[]store.Record](t)(s.After(t.Context(), after, 1000)) {
			seen = append(seen, r.Seq)
		}
	}
	if len(seen) != writers*each || !slices.IsSorted(seen) || seen[len(seen)-1] != writers*each {
		t.Errorf("a reader has seen %v", seen)
	}
}

func testAsides(t *testing.T, s Opened) {
	ctx := t.Context()
	asides := []store.Aside{
		{Seq: 1, Reason: "because", Line: []byte("{\x00\xff")},
		{Seq: 2, Reason: "be\x00\xffcause"},
		{Reason: "no number", Line: []byte("x")},
		{Reason: "no number", Line: []byte("y")},
	}
	for range 2 {
		if err := s.SetAside(ctx, asides...); err != nil {
			t.Fatal(err)
		}
	}
	if n := must[int64](t)(s.Asides(ctx)); n != 4 {
		t.Errorf("%d lines are set aside", n)
	}
	if head := must[int64](t)(s.Head(ctx)); head != 0 {
		t.Errorf("the head is %d", head)
	}
}

func testContext(t *testing.T, s Opened) {
	if s.Reopen == nil {
		t.Skip("a store in memory needs no time")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Append(ctx, additions(chain("alice", 1), 0, 1)...); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := s.Head(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if head := must[int64](t)(s.Head(t.Context())); head != 0 {
		t.Errorf("the head is %d", head)
	}
}

func testTimes(t *testing.T, s Opened) {
	ctx := t.Context()
	for i, at := range []int64{3, 1, 2, 2} {
		a := additions(chain(fmt.Sprint("account", i), 1), 0, 1)[0]
		a.CreatedAt = plctest.Noon.Add(time.Duration(at) * time.Millisecond)
		must[int64](t)(s.Append(ctx, a))
	}
	seqs := func(records []store.Record) (all []int64) {
		for _, r := range records {
			all = append(all, r.Seq)
		}
		return all
	}
	if diff := cmp.Diff([]int64{2, 3, 4, 1}, seqs(must[[]store.Record](t)(s.Since(ctx, plctest.Noon, 10)))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int64{3, 4}, seqs(must[[]store.Record](t)(s.Since(ctx, plctest.Noon.Add(time.Millisecond), 2)))); diff != "" {
		t.Error(diff)
	}
}

// testModel does the same with a store, which may have other accounts already,
// and a Memory.
func testModel(t *rapid.T, s store.Store, name string) {
	ctx := context.Background()
	base, err := s.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	model := &Memory{head: base}
	chains := [][]plc.Operation{chain(name+"alice", 4), chain(name+"bob", 4), chain(name+"carol", 4)}
	for range rapid.IntRange(1, 12).Draw(t, "steps") {
		var batch []store.Addition
		numbered := rapid.Bool().Draw(t, "numbered")
		for range rapid.IntRange(1, 3).Draw(t, "batch") {
			ops := rapid.SampledFrom(chains).Draw(t, "account")
			i := rapid.IntRange(0, len(ops)-1).Draw(t, "operation")
			a := additions(ops, i, i+1)[0]
			if numbered {
				a.Seq = base + rapid.Int64Range(1, 20).Draw(t, "seq")
			}
			for _, n := range rapid.SliceOfN(rapid.Int64Range(1, 8), 0, 2).Draw(t, "nullifies") {
				a.Nullifies = append(a.Nullifies, base+n)
			}
			batch = append(batch, a)
		}
		got, err := s.Append(ctx, batch...)
		want, modelErr := model.Append(ctx, batch...)
		if (err == nil) != (modelErr == nil) || got != want {
			t.Fatalf("append: %d, %v; want %d, %v", got, err, want, modelErr)
		}
	}
	compare := func(what string, read func(s store.Store) any) {
		if diff := cmp.Diff(read(model), read(s), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s: %s", what, diff)
		}
	}
	compare("head", func(s store.Store) any { v, err := s.Head(ctx); return fmt.Sprint(v, err) })
	compare("all", func(s store.Store) any { v, _ := s.After(ctx, base, 100); return v })
	for _, ops := range chains {
		did := plc.DID(ops[0])
		compare("log", func(s store.Store) any { v, _ := s.Log(ctx, did); return v })
		compare("recent", func(s store.Store) any { v, _ := s.Recent(ctx, did, 2); return v })
		for i, op := range ops {
			compare("at", func(s store.Store) any {
				v, err := s.At(ctx, did, i)
				return []any{v, errors.Is(err, store.ErrNotFound)}
			})
			compare("find", func(s store.Store) any {
				v, err := s.Find(ctx, did, plc.CID(op))
				return []any{v, errors.Is(err, store.ErrNotFound)}
			})
		}
	}
}
