package sync_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/sync/logtest"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

func TestMemoryLog(t *testing.T) {
	t.Parallel()
	logtest.Run(t, func(*testing.T) (sync.LogStore, func() sync.LogStore) { return &sync.MemoryLog{}, nil })
}

// statusOf returns an event of an account with a number in its name.
func statusOf(n int) *comatproto.SyncSubscribeReposAccount {
	return &comatproto.SyncSubscribeReposAccount{
		DID: syntax.DID(fmt.Sprintf("did:web:account%d.example.com", n)), Active: true, Time: syntax.DatetimeOf(noon),
	}
}

func openLog(t *testing.T, store sync.LogStore) *sync.Log {
	t.Helper()
	l, err := sync.OpenLog(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// appendMany appends events and notes their seqs, none of which may come twice.
func appendMany(t *testing.T, l *sync.Log, count int, given *stdsync.Map) {
	for n := range count {
		seq, err := l.Append(t.Context(), statusOf(n))
		if _, again := given.LoadOrStore(seq, true); err != nil || again {
			t.Errorf("seq %d: %v", seq, err)
		}
		time.Sleep(time.Millisecond)
	}
}

// followMany follows a stream behind a seq up to another, and wants all in between.
func followMany(t *testing.T, client *xrpc.Client, after, upTo int64) {
	for m, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), client, &comatproto.SyncSubscribeReposParams{Cursor: lex.Int(after)}) {
		if err != nil {
			t.Errorf("behind %d: %v", after, err)
			return
		}
		if seq, _ := lex.IntegerOf(m, "seq"); seq != after+1 {
			t.Errorf("%d behind %d", seq, after)
			return
		}
		if after++; after == upTo {
			return
		}
	}
}

// TestManyAppendAndFollow has 8 goroutines that append 500 events each, and followers
// who begin at any time and place. Each of them gets all events behind its cursor, once
// and in order, and no seq is given twice.
func TestManyAppendAndFollow_ES08_ES09_ES10(t *testing.T) {
	t.Parallel()
	const writers, count, followers = 8, 500, 6
	synctest.Test(t, func(t *testing.T) {
		l := openLog(t, &sync.MemoryLog{})
		server := xrpc.NewServer()
		comatproto.SyncSubscribeRepos.Handle(server, l.Serve)
		client := xrpctest.NewClient(t, server)
		var wait stdsync.WaitGroup
		var given stdsync.Map
		for range writers {
			wait.Go(func() { appendMany(t, l, count, &given) })
		}
		for n := range followers {
			wait.Go(func() {
				time.Sleep(time.Duration(n) * 60 * time.Millisecond)
				followMany(t, client, int64(n*300), writers*count)
			})
		}
		wait.Wait()
		if window := l.Window(); window != (xrpc.Window{Latest: writers * count}) {
			t.Errorf("%+v", window)
		}
	})
}

// frail is a store whose n-th Append fails, before or after it has stored.
type frail struct {
	sync.MemoryLog

	appends, fails int
	stores         bool
}

var errDisk = errors.New("the disk is full")

func (f *frail) Append(ctx context.Context, owner int64, entries []sync.Entry) error {
	if f.appends++; f.appends != f.fails {
		return f.MemoryLog.Append(ctx, owner, entries)
	}
	if f.stores {
		if err := f.MemoryLog.Append(ctx, owner, entries); err != nil {
			return err
		}
	}
	return errDisk
}

// TestSeqsOfFailuresAreNotUsedAgain has an Append that fails, and a follower, who sees
// what is there, under seqs that rise.
func TestSeqsOfFailuresAreNotUsedAgain_ES08(t *testing.T) {
	t.Parallel()
	for stores, want := range map[bool]string{false: "1 2 4 5", true: "1 2 3 4 5"} {
		store := &frail{fails: 3, stores: stores}
		l := openLog(t, store)
		for n := range 5 {
			seq, err := l.Append(t.Context(), statusOf(n))
			if (err != nil) != (n == 2) || err == nil && seq != int64(n+1) || err != nil && (seq != 0 || !errors.Is(err, errDisk)) {
				t.Errorf("%v: seq %d, %v", stores, seq, err)
			}
			if failed := l.Err(); errors.Is(failed, errDisk) != (n == 2) {
				t.Errorf("%v: after %d: %v", stores, n, failed)
			}
		}
		if got := followed(t, l, 0, 5); got != want {
			t.Errorf("%v: %s, want %s", stores, got, want)
		}
		if got := followed(t, openLog(t, store), 0, 5); got != want {
			t.Errorf("%v, opened again: %s, want %s", stores, got, want)
		}
	}
}

var errEnough = errors.New("enough")

// followed returns the seqs behind one up to another.
func followed(t *testing.T, l *sync.Log, after, upTo int64) string {
	t.Helper()
	var got []string
	err := l.Follow(t.Context(), after, func(e sync.Entry) error {
		if got = append(got, fmt.Sprint(e.Seq)); e.Seq == upTo {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Error(err)
	}
	return strings.Join(got, " ")
}

// TestDroppedAndErasedEvents has followers of what is left.
func TestDroppedAndErasedEvents_ES09_SN23(t *testing.T) {
	t.Parallel()
	store := &sync.MemoryLog{}
	l := openLog(t, store)
	for n := range 9 {
		if _, err := l.Append(t.Context(), statusOf(n%3)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Drop(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	deletion := statusOf(1)
	deletion.Active, deletion.Status = false, lex.String("deleted")
	if _, err := l.Append(t.Context(), deletion); err != nil {
		t.Fatal(err)
	}
	if err := l.Erase(t.Context(), deletion); err != nil {
		t.Fatal(err)
	}
	for name, l := range map[string]*sync.Log{"as it is": l, "opened again": openLog(t, store)} {
		if got := followed(t, l, 0, 10); got != "3 4 6 7 9 10" || l.Window() != (xrpc.Window{Dropped: 2, Latest: 10}) {
			t.Errorf("%s: %s, %+v", name, got, l.Window())
		}
	}
}

// TestWhatIsNoEventIsNotAppended has events that break their schema, and another
// message of the stream.
func TestWhatIsNoEventIsNotAppended(t *testing.T) {
	t.Parallel()
	l := openLog(t, &sync.MemoryLog{})
	bad := statusOf(1)
	bad.Time = "noon"
	var got []string
	for _, m := range []lex.Object{bad, &comatproto.SyncSubscribeReposInfo{Name: "x"}, nil} {
		_, err := l.Append(t.Context(), m)
		got = append(got, fmt.Sprint(err))
	}
	want := []string{
		`sync: an event of did:web:account1.example.com: lex: $.time: invalid datetime "noon": expected a digit (at byte 0)`,
		`sync: "com.atproto.sync.subscribeRepos#info" is no event of an account`,
		`sync: "" is no event of an account`,
	}
	if diff := cmp.Diff(want, got); diff != "" || l.Window().Latest != 0 {
		t.Errorf("%+v (-want +got):\n%s", l.Window(), diff)
	}
}

// TestTheLastSeq has a log that is at its end.
func TestTheLastSeq_ES08(t *testing.T) {
	t.Parallel()
	store := &sync.MemoryLog{}
	if err := store.Append(t.Context(), 0, []sync.Entry{{Seq: 1<<53 - 2}}); err != nil {
		t.Fatal(err)
	}
	l := openLog(t, store)
	if seq, err := l.Append(t.Context(), statusOf(1)); err != nil || seq != 1<<53-1 {
		t.Error(seq, err)
	}
	if _, err := l.Append(t.Context(), statusOf(1)); !errors.Is(err, sync.ErrSeqs) {
		t.Error(err)
	}
}

// TestAStalledFollowerDelaysNobody has one that reads nothing, and one that is told
// everything at once all the same.
func TestAStalledFollowerDelaysNobody_ES11(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := openLog(t, &sync.MemoryLog{})
		var wait stdsync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		wait.Go(func() {
			_ = l.Follow(ctx, 0, func(sync.Entry) error { <-ctx.Done(); return ctx.Err() })
		})
		const count = 10_000
		wait.Go(func() {
			after := int64(0)
			_ = l.Follow(ctx, 0, func(e sync.Entry) error {
				if after++; e.Seq != after {
					t.Errorf("%d, want %d", e.Seq, after)
				}
				if after == count {
					stop()
				}
				return nil
			})
		})
		start := time.Now()
		for n := range count {
			if _, err := l.Append(t.Context(), statusOf(n)); err != nil {
				t.Error(err)
			}
		}
		wait.Wait()
		if waited := time.Since(start); waited != 0 {
			t.Errorf("somebody waited for %v", waited)
		}
	})
}

// TestAFencedLogAppendsNothing has two programs that append to one log. The one that was
// opened later takes over, before it has appended anything; the other one is told, and appends
// nothing any more, but shows its followers all that there is.
func TestAFencedLogAppendsNothing_ES08(t *testing.T) {
	t.Parallel()
	store := &sync.MemoryLog{}
	one := openLog(t, store)
	for n := range 3 {
		if _, err := one.Append(t.Context(), statusOf(n)); err != nil {
			t.Fatal(err)
		}
	}
	two := openLog(t, store)
	if seq, err := one.Append(t.Context(), statusOf(9)); !errors.Is(err, sync.ErrFenced) || seq != 0 {
		t.Errorf("seq %d, %v", seq, err)
	}
	if seq, err := two.Append(t.Context(), statusOf(3)); err != nil || seq != 4 {
		t.Errorf("seq %d, %v", seq, err)
	}
	for range 5 { // not even when it would be behind all that there is
		if seq, err := one.Append(t.Context(), statusOf(9)); !errors.Is(err, sync.ErrFenced) || seq != 0 {
			t.Errorf("seq %d, %v", seq, err)
		}
	}
	if err := one.Err(); !errors.Is(err, sync.ErrFenced) {
		t.Error(err)
	}
	if _, err := two.Append(t.Context(), statusOf(4)); err != nil {
		t.Fatal(err)
	}
	if err := one.Poll(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, l := range map[string]*sync.Log{"one": one, "two": two} {
		if got := followed(t, l, 0, 5); got != "1 2 3 4 5" {
			t.Errorf("%s: %s", name, got)
		}
	}
	entries, err := store.Read(t.Context(), 0, 10, 1<<20)
	for i, e := range entries[1:] {
		if before := entries[i]; err != nil || e.Offset != before.Offset+int64(len(before.Frame)) || e.Time.Before(before.Time) {
			t.Errorf("%+v behind %+v: %v", e, before, err)
		}
	}
}

// reads is a store that counts how often it is read.
type reads struct {
	sync.MemoryLog

	count int
}

func (r *reads) Read(ctx context.Context, after int64, limit, bytes int) ([]sync.Entry, error) {
	r.count++
	return r.MemoryLog.Read(ctx, after, limit, bytes)
}

// TestTheTailIsBounded has entries in memory until there are too many, or too many bytes
// of them.
func TestTheTailIsBounded_ES11(t *testing.T) {
	t.Parallel()
	frame, err := xrpc.AppendFrame(nil, comatproto.SyncSubscribeRepos.NSID, &comatproto.SyncSubscribeReposAccount{
		Seq: 200, DID: statusOf(1).DID, Active: true, Time: statusOf(1).Time,
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		entries, bytes int
		held           int64 // of 200
	}{
		"entries": {10, 1 << 20, 10},
		"bytes":   {1000, 60*len(frame) + 1, 60},
		"nothing": {0, 0, 0},
	} {
		store := &reads{}
		l, err := sync.OpenLog(t.Context(), store, sync.WithTail(c.entries, c.bytes))
		if err != nil {
			t.Fatal(err)
		}
		for range 200 {
			if _, err := l.Append(t.Context(), statusOf(1)); err != nil {
				t.Fatal(err)
			}
		}
		store.count = 0
		for after := int64(200); after >= 0; after-- {
			entries, _, err := l.Next(t.Context(), after)
			if err != nil || len(entries) != int(200-after) {
				t.Fatalf("%s: %d entries behind %d, %v", name, len(entries), after, err)
			}
			if got, want := store.count == 0, after >= 200-c.held; got != want {
				t.Fatalf("%s: behind %d from memory: %v, want %v", name, after, got, want)
			}
		}
	}
}

// TestSkippedSeqsAreNotGiven restores a log that is behind what was sent, and moves it
// forward. Who has seen what is lost goes on without an error.
func TestSkippedSeqsAreNotGiven_ES14(t *testing.T) {
	t.Parallel()
	l := openLog(t, &sync.MemoryLog{})
	for n := range 5 {
		if _, err := l.Append(t.Context(), statusOf(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Skip(t.Context(), 1000); err != nil {
		t.Fatal(err)
	}
	if err := l.Skip(t.Context(), 1<<53); !errors.Is(err, sync.ErrSeqs) {
		t.Error(err)
	}
	if seq, err := l.Append(t.Context(), statusOf(6)); err != nil || seq != 1001 {
		t.Error(seq, err)
	}
	if after, outdated, err := l.Window().After(lex.Int(17)); after != 17 || outdated || err != nil { // was sent before the loss
		t.Error(after, outdated, err)
	}
	if got := followed(t, l, 17, 1001); got != "1001" {
		t.Error(got)
	}
	if got := followed(t, l, 3, 1001); got != "4 5 1001" {
		t.Error(got)
	}
}

// A gated log notes how many bytes are stored at a time, once it is opened.
type gated struct {
	sync.MemoryLog

	gate chan struct{}
	most int // of the calls of Append, which come one after another
}

func (g *gated) Append(ctx context.Context, owner int64, entries []sync.Entry) error {
	<-g.gate
	n := 0
	for _, e := range entries {
		n += len(e.Frame)
	}
	g.most = max(g.most, n)
	return g.MemoryLog.Append(ctx, owner, entries)
}

// TestWhatIsStoredTogetherIsBounded_ES08 has large events wait while another one is stored. No
// more of them are stored together than 32 MiB and one event.
func TestWhatIsStoredTogetherIsBounded_ES08(t *testing.T) {
	t.Parallel()
	const count, size, most = 20, 2_000_000, 32 << 20
	synctest.Test(t, func(t *testing.T) {
		store := &gated{gate: make(chan struct{})}
		l := openLog(t, store)
		var wait stdsync.WaitGroup
		appends := func(e lex.Object) {
			wait.Go(func() {
				if _, err := l.Append(t.Context(), e); err != nil {
					t.Error(err)
				}
			})
		}
		appends(statusOf(0))
		synctest.Wait()
		commit := newWorld(t).post(t, "a")
		commit.Blocks = make([]byte, size)
		for range count {
			e := *commit
			appends(&e)
		}
		synctest.Wait()
		close(store.gate)
		wait.Wait()
		if store.most > most+size+1000 || store.most < most/2 || l.Window().Latest != count+1 {
			t.Errorf("%d bytes were stored together, and the log is at %d", store.most, l.Window().Latest)
		}
	})
}
