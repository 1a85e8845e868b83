package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/plc/ledger"
	"github.com/lexgen/lexgen/services/plc/store"
	"github.com/lexgen/lexgen/services/plc/store/storetest"
)

// observed is a store that counts the records that are read, and keeps what is to
// be added to itself.
type observed struct {
	store.Store

	read  int
	added store.Addition
}

func (o *observed) count(records []store.Record, err error) ([]store.Record, error) {
	o.read += len(records)
	return records, err
}

func (o *observed) countOne(r store.Record, err error) (store.Record, error) {
	if err == nil {
		o.read++
	}
	return r, err
}

func (o *observed) Recent(ctx context.Context, did syntax.DID, limit int) ([]store.Record, error) {
	return o.count(o.Store.Recent(ctx, did, limit))
}

func (o *observed) Log(ctx context.Context, did syntax.DID) ([]store.Record, error) {
	return o.count(o.Store.Log(ctx, did))
}

func (o *observed) Find(ctx context.Context, did syntax.DID, c cid.CID) (store.Record, error) {
	return o.countOne(o.Store.Find(ctx, did, c))
}

func (o *observed) At(ctx context.Context, did syntax.DID, index int) (store.Record, error) {
	return o.countOne(o.Store.At(ctx, did, index))
}

func (o *observed) Append(_ context.Context, additions ...store.Addition) (int64, error) {
	o.added = additions[0]
	return 1, nil
}

// account is a log that came from elsewhere. Its keys are a, b and c, in the order
// of authority.
type account struct {
	*observed

	t   *testing.T
	did syntax.DID
	ops []plc.Operation
	now time.Time
}

func newAccount(t *testing.T) *account {
	t.Helper()
	return &account{observed: &observed{Store: &storetest.Memory{}}, t: t, now: plctest.Noon}
}

// has appends operations, as if b had signed them, with a time between them. Each
// follows on the last one, or on that with an index, whose followers it undoes.
func (a *account) has(count int, every time.Duration, after int) {
	a.t.Helper()
	var additions []store.Addition
	state := plctest.State(a.t, "alice.test", "a,b,c")
	for range count {
		index := len(a.ops)
		op := &plc.Update{State: state, Sig: fmt.Sprint("signature ", index)}
		last := len(a.ops) - 1
		if after >= 0 {
			last = after
		}
		if index > 0 {
			op.Prev = plc.CID(a.ops[last])
		}
		a.ops = append(a.ops, op)
		addition := plctest.Addition(op, a.ops[0], a.now, index)
		addition.Authority = 1
		for i := last + 1; i < index; i++ {
			addition.Nullifies = append(addition.Nullifies, int64(i+1))
		}
		additions = append(additions, addition)
		a.now = a.now.Add(every)
	}
	a.did = plc.DID(a.ops[0])
	if _, err := a.Store.Append(a.t.Context(), additions...); err != nil {
		a.t.Fatal(err)
	}
}

// next returns an operation that follows on one with an index.
func (a *account) next(index int, signer string) plc.Operation {
	a.t.Helper()
	return plctest.Update(a.t, plctest.State(a.t, "next.test", "a,b,c"), a.ops[index], signer)
}

// submit returns what a ledger says of an operation, and how many records it has
// read for that.
func (a *account) submit(op plc.Operation) (string, int) {
	a.read, a.added = 0, store.Addition{}
	l := ledger.Ledger{Store: a.observed, Now: func() time.Time { return a.now }}
	if _, err := l.Submit(a.t.Context(), a.did, op); err != nil {
		return err.Error(), a.read
	}
	return fmt.Sprintf("taken at %d, undoes %d", a.added.Index, len(a.added.Nullifies)), a.read
}

// TestADecisionReadsLittle has a log of 5,000 operations.
func TestADecisionReadsLittle_ID30_ID31_ID32(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.has(4990, 12*time.Hour, -1)
	a.has(10, 12*time.Hour, 4980) // the first of which undoes nine, and each other one
	elsewhere := plctest.Update(t, plctest.State(t, "elsewhere.test", "a"), nil, "a")
	for _, c := range []struct {
		name string
		op   plc.Operation
		want string
		read int
	}{
		{"the next one", a.next(4999, "c"), "taken at 5000, undoes 0", 101},
		{"a recovery", a.next(4980, "a"), "taken at 5000, undoes 1", 100},
		{"a stranger", a.next(4999, "d"), "plc: none of the 3 keys that may sign it did", 100},
		{"a recovery by who may not", a.next(4980, "b"), "plc: it would undo operation 4999, which rotation key 1 has signed", 100},
		{"a late recovery", a.next(4979, "a"), "plc: it would undo operation 4980 after 240h0m0s, and has 72h0m0s for that", 100},
		{"a very late recovery", a.next(0, "a"), "plc: it would undo operation 4882 after 1416h0m0s, and has 72h0m0s for that", 101},
		{"after what was undone", a.next(4989, "a"), "plc: prev names operation 4989, which was undone", 101},
		{"after what is not there", a.nextOf(elsewhere), "plc: prev names no operation of " + string(a.did), 100},
		{"a first one", elsewhere, "plc: only the first operation has no prev", 100},
	} {
		got, read := a.submit(c.op)
		if !strings.HasPrefix(got, c.want) || read != c.read {
			t.Errorf("%s: %s, %d records read; want %s, %d", c.name, got, read, c.want, c.read)
		}
	}
	a.did = plc.DID(elsewhere)
	if got, read := a.submit(elsewhere); got != "taken at 0, undoes 0" || read != 0 {
		t.Errorf("a new DID: %s, %d records read", got, read)
	}
}

func (a *account) nextOf(prev plc.Operation) plc.Operation {
	a.t.Helper()
	return plctest.Update(a.t, plctest.State(a.t, "next.test", "a,b,c"), prev, "a")
}

// TestALogFromElsewhereCanBeRecovered has more operations within the window than
// this directory would have taken.
func TestALogFromElsewhereCanBeRecovered_ID31(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.has(301, 10*time.Minute, -1)
	got, read := a.submit(a.next(100, "a"))
	if got != "taken at 301, undoes 200" || read != 101+301 {
		t.Errorf("%s, %d records read", got, read)
	}
}

// TestUndoneOperationsCount has an account that undoes what it does, over and
// over, which the rates of the reference do not see.
func TestUndoneOperationsCount_ID29(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.has(1, time.Hour, -1)
	a.has(998, time.Second, 0)
	if got, _ := a.submit(a.next(998, "c")); got != "taken at 999, undoes 0" {
		t.Error(got)
	}
	a.has(1, time.Second, 0)
	refused := "too many operations: more than 1000 within the last week, undone ones included"
	if got, read := a.submit(a.next(999, "c")); got != refused || read != 2+1 {
		t.Errorf("%s, %d records read", got, read)
	}
	if got, _ := a.submit(a.next(0, "a")); got != "taken at 1000, undoes 1" {
		t.Errorf("a recovery: %s", got)
	}
	a.now = plctest.Noon.Add(7 * 24 * time.Hour)
	if got, _ := a.submit(a.next(999, "c")); got != "taken at 1000, undoes 0" {
		t.Errorf("a week after the first one: %s", got)
	}
}

// TestALogKeepsRoomForRecoveries has one that is as long as clients read, less
// what can be undone.
func TestALogKeepsRoomForRecoveries_ID29(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.has(8999, 12*time.Hour, -1)
	if got, _ := a.submit(a.next(8998, "c")); got != "taken at 8999, undoes 0" {
		t.Error(got)
	}
	a.has(1, 12*time.Hour, -1)
	if got, _ := a.submit(a.next(8999, "c")); got != "too many operations: it has had 9000, and only a recovery is taken now" {
		t.Error(got)
	}
	if got, _ := a.submit(a.next(8998, "a")); got != "taken at 9000, undoes 1" {
		t.Errorf("a recovery: %s", got)
	}
}

// TestABatchEndsALogWhereClientsDo has a log that no client would read to its end.
func TestABatchEndsALogWhereClientsDo(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	a.has(plc.MaxLog, time.Second, -1)
	op := a.next(plc.MaxLog-1, "a")
	b := ledger.NewBatch(a.Store)
	err := b.Add(t.Context(), plc.Sequenced{Seq: plc.MaxLog + 1, Entry: plc.Entry{DID: a.did, Operation: op, CID: plc.CID(op), CreatedAt: a.now}})
	var refused *plc.Error
	if !errors.As(err, &refused) || !errors.Is(err, plc.ErrLimit) || b.Additions() != 0 {
		t.Error(err)
	}
}

// TestTimesAreThoseThatAreKept has operations within one millisecond, in one batch and
// in a batch each: stores keep no more of a time, and clients would refuse a log with
// two operations of one time.
func TestTimesAreThoseThatAreKept_ID33_ID42(t *testing.T) {
	t.Parallel()
	first := plctest.Update(t, plctest.State(t, "alice.test", "a"), nil, "a")
	second := plctest.Update(t, plctest.State(t, "second.test", "a"), first, "a")
	third := plctest.Update(t, plctest.State(t, "third.test", "a"), first, "a")
	for name, each := range map[string]bool{"one batch": false, "a batch each": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t)
			a.did = plc.DID(first)
			b := ledger.NewBatch(a.Store)
			for i, c := range []struct {
				op    plc.Operation
				after time.Duration
				want  error
			}{
				{first, 100 * time.Microsecond, nil},
				{second, 200 * time.Microsecond, plc.ErrOrder},
				{third, 1900 * time.Microsecond, nil},
			} {
				e := plc.Entry{DID: a.did, Operation: c.op, CID: plc.CID(c.op), CreatedAt: a.now.Add(c.after)}
				if err := b.Add(t.Context(), plc.Sequenced{Seq: int64(i + 1), Entry: e}); !errors.Is(err, c.want) {
					t.Errorf("operation %d: %v, want %v", i, err, c.want)
				}
				if each {
					a.commit(b)
					b = ledger.NewBatch(a.Store)
				}
			}
			a.commit(b)
			if h, err := a.log().Verify(a.did); err != nil || len(h.Steps) != 2 {
				t.Errorf("what was kept: %v", err)
			}
		})
	}
}

func (a *account) commit(b *ledger.Batch) {
	a.t.Helper()
	if err := b.Commit(a.t.Context()); err != nil {
		a.t.Fatal(err)
	}
}

// log returns what the store has.
func (a *account) log() plc.Log {
	a.t.Helper()
	records, err := a.Store.Log(a.t.Context(), a.did)
	if err != nil {
		a.t.Fatal(err)
	}
	var log plc.Log
	for i := range records {
		log = append(log, records[i].Entry)
	}
	return log
}

// forked returns an account with 400 operations, many of which undo others, and its
// history.
func forked(t *testing.T) (*account, *plc.History) {
	t.Helper()
	names := []string{"a", "b", "c", "c", "c", "c"}
	a, h, random := newAccount(t), &plc.History{}, rand.New(rand.NewPCG(1, 1))
	for i := range 400 {
		op := plctest.Update(t, plctest.State(t, fmt.Sprintf("alice-%d.test", i), "a,b,c"), nil, "c")
		if i > 0 {
			op = plctest.Update(t, op.State, a.ops[max(0, i-1-random.IntN(4))], names[random.IntN(6)])
		}
		nullified, err := h.Apply(op, a.now)
		if err != nil { // follow on the last one then
			op = plctest.Update(t, op.State, h.Last().Operation, "c")
			if nullified, err = h.Apply(op, a.now); err != nil {
				t.Fatal(err)
			}
		}
		a.ops = append(a.ops, op)
		addition := plctest.Addition(op, a.ops[0], a.now, i)
		addition.Authority, addition.Nullifies = h.Steps[i].Authority, seqs(nullified)
		if _, err := a.Store.Append(t.Context(), addition); err != nil {
			t.Fatal(err)
		}
		a.now = a.now.Add(time.Duration(6+i%5) * time.Hour)
	}
	a.did = h.DID
	return a, h
}

// seqs returns the numbers of operations in a store that has no others.
func seqs(indexes []int) []int64 {
	var all []int64
	for _, i := range indexes {
		all = append(all, int64(i+1))
	}
	return all
}

// TestDecisionsAreThoseOfTheWholeLog submits operations that follow on any other
// one of a long log with many forks, and holds each decision against a replay of
// all of it.
func TestDecisionsAreThoseOfTheWholeLog_ID30_ID31_ID32_ID33(t *testing.T) {
	t.Parallel()
	a, h := forked(t)
	undone := 0
	for i := range h.Steps {
		if !h.Steps[i].Active() {
			undone++
		}
	}
	if undone < 50 || undone > 250 { // more than are read are left
		t.Fatalf("%d were undone", undone)
	}
	seen := map[string]int{}
	try := func(t rapid.TB, prev int, signer string) {
		op := a.next(prev, signer)
		nullified, want := h.Clone().Apply(op, a.now)
		got, _ := a.submit(op)
		if want == nil {
			seen["taken"]++
			if diff := cmp.Diff(seqs(nullified), a.added.Nullifies); diff != "" || !strings.HasPrefix(got, "taken") {
				t.Fatal(got, diff)
			}
			return
		}
		var refused *plc.Error
		errors.As(want, &refused)
		seen[refused.Reason[:12]]++
		// Of what is too late it is not asked who has signed it.
		if got != want.Error() && !strings.Contains(got, "and has 72h0m0s for that") {
			t.Fatalf("%s, want %v", got, want)
		}
	}
	signers := []string{"a", "b", "c", "d"}
	for _, prev := range []int{399, 398, 397, 396, 395, 394, 200} {
		for _, signer := range signers {
			try(t, prev, signer)
		}
	}
	if seen["taken"] == 0 || seen["it would und"] == 0 || seen["prev names o"] == 0 {
		t.Errorf("too little was tried: %v", seen)
	}
	rapid.Check(t, func(r *rapid.T) {
		try(r, rapid.IntRange(0, 399).Draw(r, "prev"), rapid.SampledFrom(signers).Draw(r, "signer"))
	})
}
