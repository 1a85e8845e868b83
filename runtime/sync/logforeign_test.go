package sync_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// A meddled store has others do something to it in the middle of what a log asks of it.
type meddled struct {
	sync.MemoryLog

	appended, read, stated func() error // called once, when that is done, and before it is answered
}

func once(meddle *func() error) error {
	do := *meddle
	if *meddle = nil; do == nil {
		return nil
	}
	return do()
}

func (m *meddled) Append(ctx context.Context, owner int64, entries []sync.Entry) error {
	return errors.Join(m.MemoryLog.Append(ctx, owner, entries), once(&m.appended))
}

func (m *meddled) Read(ctx context.Context, after int64, limit, bytes int) ([]sync.Entry, error) {
	entries, err := m.MemoryLog.Read(ctx, after, limit, bytes)
	return entries, errors.Join(err, once(&m.read))
}

func (m *meddled) State(ctx context.Context) (sync.LogState, error) {
	state, err := m.MemoryLog.State(ctx)
	return state, errors.Join(err, once(&m.stated))
}

// appendSome appends events of as many accounts.
func appendSome(t *testing.T, l *sync.Log, count int) {
	t.Helper()
	for n := range count {
		if _, err := l.Append(t.Context(), statusOf(n)); err != nil {
			t.Fatal(err)
		}
	}
}

// withoutTail opens a log that reads all from its store.
func withoutTail(t *testing.T, store sync.LogStore) *sync.Log {
	t.Helper()
	l, err := sync.OpenLog(t.Context(), store, sync.WithTail(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func reader(t *testing.T, store sync.LogStore) *sync.Log {
	t.Helper()
	l, err := sync.OpenLogReader(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// seqsBehind are those that Next returns, and what it says of changes.
func seqsBehind(t *testing.T, l *sync.Log, after int64) (seqs []int64, changed <-chan struct{}) {
	t.Helper()
	entries, changed, err := l.Next(t.Context(), after)
	if err != nil {
		t.Error(err)
	}
	for i := range entries {
		seqs = append(seqs, entries[i].Seq)
	}
	return seqs, changed
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// TestWhatIsNotSaidIsNotSent reads a log while an event is in its store, and not said to be, as
// the store may still fail.
func TestWhatIsNotSaidIsNotSent_ES08(t *testing.T) {
	t.Parallel()
	store := &meddled{}
	l := withoutTail(t, store)
	appendSome(t, l, 2)
	store.appended = func() error {
		if got, _ := seqsBehind(t, l, 0); !cmp.Equal(got, []int64{1, 2}) {
			t.Errorf("%v are sent", got)
		}
		return nil
	}
	appendSome(t, l, 1)
	if got, _ := seqsBehind(t, l, 0); !cmp.Equal(got, []int64{1, 2, 3}) {
		t.Errorf("%v are sent when it is", got)
	}
}

// TestWhatComesWhileALogIsReadWakes has an event appended when the store has been read, and before
// the reader waits, who is behind what is in memory, and where all was erased.
func TestWhatComesWhileALogIsReadWakes_ES10(t *testing.T) {
	t.Parallel()
	store := &meddled{}
	l := withoutTail(t, store)
	appendSome(t, l, 2)
	if err := store.Erase(t.Context(), statusOf(1).DID, 2); err != nil { // so that there is nothing behind 1
		t.Fatal(err)
	}
	store.read = func() error {
		_, err := l.Append(t.Context(), statusOf(3))
		return err
	}
	got, changed := seqsBehind(t, l, 1)
	if len(got) != 0 || !isClosed(changed) {
		t.Errorf("%v, woken: %t", got, isClosed(changed))
	}
	if got, _ := seqsBehind(t, l, 1); !cmp.Equal(got, []int64{3}) {
		t.Errorf("%v behind that", got)
	}
}

// TestNoWakeUpIsLost reads a log behind its last event, again and again, while others are appended:
// one that is there by then was read, or whoever waits for it is woken.
func TestNoWakeUpIsLost_ES10(t *testing.T) {
	t.Parallel()
	const count = 40_000
	l := withoutTail(t, &sync.MemoryLog{})
	go func() {
		for range count {
			if _, err := l.Append(t.Context(), statusOf(1)); err != nil {
				t.Error(err)
			}
		}
	}()
	for after := int64(0); after < count; after = l.Window().Latest {
		got, changed := seqsBehind(t, l, after)
		if latest := l.Window().Latest; len(got) == 0 && latest > after && !isClosed(changed) {
			t.Fatalf("nobody is woken for the events %d to %d", after+1, latest)
		}
	}
}

// TestWhatOthersEraseIsNotSent has another process erase events of a log that is being read: the
// last one and one before it. Who reads goes on with what is left, and is told.
func TestWhatOthersEraseIsNotSent_SN23(t *testing.T) {
	t.Parallel()
	store := &sync.MemoryLog{}
	writer := openLog(t, store)
	appendSome(t, writer, 5)
	l := reader(t, store)
	if got, _ := seqsBehind(t, l, 0); !cmp.Equal(got, []int64{1, 2, 3, 4, 5}) {
		t.Errorf("%v", got)
	}
	_, changed := seqsBehind(t, l, 5)
	for _, n := range []int{2, 4} {
		if err := store.Erase(t.Context(), statusOf(n).DID, 5); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := seqsBehind(t, l, 2); !cmp.Equal(got, []int64{4}) {
		t.Errorf("%v behind 2", got)
	}
	if got, _ := seqsBehind(t, l, 4); len(got) != 0 {
		t.Errorf("%v behind 4", got)
	}
	if err := l.Poll(t.Context()); err != nil || !isClosed(changed) || l.State().Erased != 2 {
		t.Errorf("who waits is told: %t; %+v; %v", isClosed(changed), l.State(), err)
	}
	_, changed = seqsBehind(t, l, 4)
	if err := l.Poll(t.Context()); err != nil || isClosed(changed) {
		t.Errorf("who waits is told of nothing: %t; %v", isClosed(changed), err)
	}
	appendSome(t, writer, 1)
	if err := l.Poll(t.Context()); err != nil || !isClosed(changed) {
		t.Errorf("who waits is told of the next one: %t; %v", isClosed(changed), err)
	}
	if got, _ := seqsBehind(t, l, 5); !cmp.Equal(got, []int64{6}) {
		t.Errorf("%v behind 5", got)
	}
}

// TestALatePollMovesNothingBack has a Poll whose answer is late: a later one has told of more.
func TestALatePollMovesNothingBack_ES09(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(*testing.T, *sync.Log) error{
		"appended": func(t *testing.T, l *sync.Log) error { t.Helper(); appendSome(t, l, 1); return nil },
		"dropped":  func(t *testing.T, l *sync.Log) error { t.Helper(); return l.Drop(t.Context(), 2) },
		"erased":   func(t *testing.T, l *sync.Log) error { t.Helper(); return l.Erase(t.Context(), statusOf(1)) },
	} {
		store := &meddled{}
		writer := openLog(t, store)
		appendSome(t, writer, 3)
		l := reader(t, store)
		appendSome(t, writer, 1) // which the late one knows
		store.stated = func() error {
			return errors.Join(change(t, writer), l.Poll(t.Context()))
		}
		if err := l.Poll(t.Context()); err != nil || l.State() != writer.State() {
			t.Errorf("%s: %+v, want %+v; %v", what, l.State(), writer.State(), err)
		}
	}
}

// TestWhatALogKnowsAfterAnError has a store that fails, and in which others have changed
// something: up to where it is used, and kept, is known then.
func TestWhatALogKnowsAfterAnError_ES08(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		skipped, latest int64
	}{"nothing is behind": {0, 4}, "more is used": {50, 50}} {
		store := &frail{fails: 4}
		l := openLog(t, store)
		appendSome(t, l, 3)
		err := errors.Join(store.Drop(t.Context(), 2), store.Skip(t.Context(), c.skipped))
		if _, failed := l.Append(t.Context(), statusOf(4)); err != nil || !errors.Is(failed, errDisk) {
			t.Fatal(err, failed)
		}
		if got, want := l.Window(), (xrpc.Window{Dropped: 2, Latest: c.latest}); got != want {
			t.Errorf("%s: %+v, want %+v", what, got, want)
		}
		if seq, err := l.Append(t.Context(), statusOf(4)); err != nil || seq != c.latest+1 {
			t.Errorf("%s: seq %d; %v", what, seq, err)
		}
	}
}

// TestALogGoesOnBehindItsLastEntry opens a log at whose latest seq nothing is, as it was erased
// or skipped. Times and offsets go on from the last entry that there is.
func TestALogGoesOnBehindItsLastEntry_ES14(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		change func(context.Context, sync.LogStore) error
		last   int // the entry that it is, from 0
	}{
		"nothing is gone": {func(context.Context, sync.LogStore) error { return nil }, 4},
		"it was skipped":  {func(ctx context.Context, s sync.LogStore) error { return s.Skip(ctx, 1000) }, 4},
		"it was erased": {func(ctx context.Context, s sync.LogStore) error {
			return errors.Join(s.Erase(ctx, statusOf(4).DID, 5), s.Erase(ctx, statusOf(3).DID, 5))
		}, 2},
	} {
		store := &sync.MemoryLog{}
		clock := noon
		l, err := sync.OpenLog(t.Context(), store, sync.WithLogClock(func() time.Time { clock = clock.Add(time.Minute); return clock }))
		if err != nil {
			t.Fatal(err)
		}
		appendSome(t, l, 5)
		before, err := store.Read(t.Context(), 0, 10, 1<<20)
		if err = errors.Join(err, c.change(t.Context(), store)); err != nil {
			t.Fatal(err)
		}
		l, err = sync.OpenLog(t.Context(), store, sync.WithLogClock(func() time.Time { return noon })) // a clock that was set back
		if err != nil {
			t.Fatal(err)
		}
		seq, err := l.Append(t.Context(), statusOf(6))
		if err != nil {
			t.Fatal(err)
		}
		next, err := store.Read(t.Context(), seq-1, 1, 1)
		if err != nil || len(next) != 1 {
			t.Fatal(next, err)
		}
		if last := before[c.last]; next[0].Offset != last.Offset+int64(len(last.Frame)) || !next[0].Time.Equal(last.Time) {
			t.Errorf("%s: %d at %v is behind %+v", what, next[0].Offset, next[0].Time, last)
		}
	}
}

// TestRetainHeedsNothingThatCameLater has a store get an entry that is old, as of a process with
// another clock, while a log looks for what is old. What it has not said is not dropped.
func TestRetainHeedsNothingThatCameLater_ES11(t *testing.T) {
	t.Parallel()
	store := &meddled{}
	now := noon
	l, err := sync.OpenLog(t.Context(), store, sync.WithLogClock(func() time.Time { return now }))
	if err != nil {
		t.Fatal(err)
	}
	appendSome(t, l, 10)
	for _, n := range []int{7, 8, 9} { // which are 8 to 10
		if err := store.Erase(t.Context(), statusOf(n).DID, 10); err != nil {
			t.Fatal(err)
		}
	}
	late := sync.Entry{Seq: 11, DID: statusOf(1).DID, Time: noon, Frame: []byte("late")}
	store.read = func() error { return store.MemoryLog.Append(t.Context(), 1, []sync.Entry{late}) }
	now = now.Add(time.Hour)
	if dropped, err := l.Retain(t.Context(), sync.Retention{Age: time.Minute}); err != nil || dropped != 7 || l.Window().Dropped != 7 {
		t.Errorf("%d, %+v, %v", dropped, l.Window(), err)
	}
	if left, err := store.Read(t.Context(), 0, 10, 1<<20); err != nil || len(left) != 1 || left[0].Seq != 11 {
		t.Errorf("%+v, %v", left, err)
	}
}
