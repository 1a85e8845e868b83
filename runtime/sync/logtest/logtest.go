// Package logtest has the tests that every [sync.LogStore] must pass.
package logtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	stdsync "sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// Open returns a new, empty store, and reopen, which closes it and opens what it has
// kept, as after the end of a process; nil for one that keeps nothing.
type Open func(t *testing.T) (store sync.LogStore, reopen func() sync.LogStore)

// Run runs all tests.
func Run(t *testing.T, open Open) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *subject){
		"Entries":  testEntries,
		"Limits":   testLimits,
		"Drop":     testDrop,
		"Erase":    testErase,
		"AllGone":  testAllGone,
		"Nothing":  testNothing,
		"LongRead": testLongRead,
		"Bytes":    testBytes,
		"Skip":     testSkip,
		"Owner":    testOwner,
		"Taking":   testTaking,
		"Used":     testUsed,
		"Retain":   testRetain,
		"Reader":   testReader,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &subject{}
			s.LogStore, s.reopen = open(t)
			test(t, s)
		})
	}
}

// subject is a store under test. Reading goes through a store that was opened again.
type subject struct {
	sync.LogStore

	reopen func() sync.LogStore
	owner  int64 // who appends
}

func (s *subject) again() {
	if s.reopen != nil {
		s.LogStore = s.reopen()
	}
}

const (
	alice syntax.DID = "did:web:alice.example.com"
	bob   syntax.DID = "did:web:bob.example.com"
)

// noon is when the first entry was appended, and each one comes a minute after that
// before it.
var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

// frameSize is what each frame has, in bytes.
const frameSize = 64

func entry(seq int64, did syntax.DID) sync.Entry {
	e := sync.Entry{Seq: seq, DID: did, Time: noon.Add(time.Duration(seq%1e6) * time.Minute), Offset: (seq - 1) % 1e9 * frameSize}
	e.Frame = fmt.Appendf(nil, "frame %d of %s\x00\xff", seq, did)
	e.Frame = append(e.Frame, make([]byte, frameSize-len(e.Frame))...)
	return e
}

func (s *subject) append(t *testing.T, entries ...sync.Entry) {
	t.Helper()
	if err := s.Append(t.Context(), s.owner, entries); err != nil {
		t.Fatal(err)
	}
}

// has compares what is behind a seq, and the window.
func (s *subject) has(t *testing.T, after int64, limit int, seqs string, window xrpc.Window) {
	t.Helper()
	s.again()
	entries, err := s.Read(t.Context(), after, limit, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, fmt.Sprint(e.Seq))
		if diff := cmp.Diff(entry(e.Seq, e.DID), e); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	is, err := s.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(seqs, strings.Join(got, " ")); diff != "" || is.Window != window {
		t.Errorf("behind %d, %d at most: the window is %+v, want %+v (-want +got):\n%s", after, limit, is.Window, window, diff)
	}
}

func testEntries(t *testing.T, s *subject) {
	s.append(t, entry(1, alice), entry(2, bob))
	s.append(t, entry(5, alice)) // gaps are fine
	s.append(t)
	s.has(t, 0, 10, "1 2 5", xrpc.Window{Latest: 5})
	s.has(t, 1, 10, "2 5", xrpc.Window{Latest: 5})
	s.has(t, 4, 10, "5", xrpc.Window{Latest: 5})
	s.has(t, 5, 10, "", xrpc.Window{Latest: 5})
	s.append(t, entry(1<<53-1, bob))
	s.has(t, 5, 10, "9007199254740991", xrpc.Window{Latest: 1<<53 - 1})
}

func testLimits(t *testing.T, s *subject) {
	s.append(t, entry(1, alice), entry(2, bob), entry(3, bob))
	s.has(t, 0, 2, "1 2", xrpc.Window{Latest: 3})
	s.has(t, 2, 2, "3", xrpc.Window{Latest: 3})
	s.has(t, 99, 2, "", xrpc.Window{Latest: 3})
}

func testDrop(t *testing.T, s *subject) {
	s.append(t, entry(1, alice), entry(2, bob), entry(4, bob))
	s.must(t, s.Drop(t.Context(), 2))
	s.has(t, 0, 10, "4", xrpc.Window{Dropped: 2, Latest: 4})
	s.must(t, s.Drop(t.Context(), 1))
	s.has(t, 0, 10, "4", xrpc.Window{Dropped: 2, Latest: 4})
}

func testErase(t *testing.T, s *subject) {
	s.append(t, entry(1, alice), entry(2, bob), entry(3, alice), entry(4, alice))
	s.must(t, s.Erase(t.Context(), alice, 3))
	s.has(t, 0, 10, "2 4", xrpc.Window{Latest: 4})
	s.must(t, s.Erase(t.Context(), "did:web:carol.example.com", 4))
	s.has(t, 0, 10, "2 4", xrpc.Window{Latest: 4})
	s.must(t, s.Erase(t.Context(), alice, 4))
	s.has(t, 0, 10, "2", xrpc.Window{Latest: 4}) // the latest seq is never given again
}

func testAllGone(t *testing.T, s *subject) {
	s.append(t, entry(1, alice), entry(2, bob))
	s.must(t, s.Drop(t.Context(), 99)) // not beyond the latest
	s.has(t, 0, 10, "", xrpc.Window{Dropped: 2, Latest: 2})
	s.append(t, entry(3, alice))
	s.has(t, 0, 10, "3", xrpc.Window{Dropped: 2, Latest: 3})
}

func testNothing(t *testing.T, s *subject) {
	s.has(t, 0, 10, "", xrpc.Window{})
	s.must(t, s.Drop(t.Context(), 5))
	s.must(t, s.Erase(t.Context(), alice, 5))
	s.has(t, 0, 10, "", xrpc.Window{})
}

func testLongRead(t *testing.T, s *subject) {
	const count = 2500
	var all []sync.Entry
	for i := range int64(count) {
		all = append(all, entry(i+1, alice))
	}
	for batch := range slices.Chunk(all, 400) {
		s.append(t, batch...)
	}
	s.again()
	after, read := int64(0), 0
	for {
		entries, err := s.Read(context.WithoutCancel(t.Context()), after, 300, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			if e.Seq != after+1 {
				t.Fatalf("%d after %d", e.Seq, after)
			}
			after = e.Seq
			read++
		}
	}
	if read != count {
		t.Errorf("%d entries, want %d", read, count)
	}
}

// testBytes has frames that are more than one read may have.
func testBytes(t *testing.T, s *subject) {
	s.append(t, entry(1, alice), entry(2, bob), entry(3, bob), entry(4, bob))
	s.again()
	for _, c := range []struct {
		after int64
		bytes int
		want  string
	}{
		{0, 3 * frameSize, "1 2 3"},
		{0, 3*frameSize - 1, "1 2"},
		{1, 1, "2"}, // one at least
		{1, 0, "2"},
		{2, 1 << 30, "3 4"},
		{4, 1, ""},
	} {
		entries, err := s.Read(t.Context(), c.after, 10, c.bytes)
		s.must(t, err)
		var got []string
		for _, e := range entries {
			got = append(got, fmt.Sprint(e.Seq))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("behind %d, %d bytes at most: %v, want %s", c.after, c.bytes, got, c.want)
		}
	}
}

// testSkip moves the sequence forward, as after a restore (ES-14).
func testSkip(t *testing.T, s *subject) {
	s.append(t, entry(1, alice), entry(2, bob))
	s.must(t, s.Skip(t.Context(), 1000))
	s.has(t, 0, 10, "1 2", xrpc.Window{Latest: 1000})
	s.must(t, s.Skip(t.Context(), 500)) // never back
	s.has(t, 0, 10, "1 2", xrpc.Window{Latest: 1000})
	if err := s.Append(t.Context(), s.owner, []sync.Entry{entry(1000, bob)}); !errors.Is(err, sync.ErrUsed) {
		t.Errorf("a seq that was skipped: %v", err)
	}
	s.append(t, entry(1001, bob))
	s.has(t, 1, 10, "2 1001", xrpc.Window{Latest: 1001})
}

// testUsed appends what was appended already.
func testUsed(t *testing.T, s *subject) {
	s.own(t)
	s.append(t, entry(1, alice), entry(2, bob))
	for _, seq := range []int64{1, 2} {
		if err := s.Append(t.Context(), s.owner, []sync.Entry{entry(seq, bob), entry(3, bob)}); !errors.Is(err, sync.ErrUsed) {
			t.Errorf("%d after 2: %v", seq, err)
		}
	}
	s.has(t, 0, 10, "1 2", xrpc.Window{Latest: 2})
	s.append(t, entry(3, bob))
}

func (s *subject) own(t *testing.T) {
	t.Helper()
	owner, err := s.Own(t.Context())
	if err != nil || owner <= s.owner {
		t.Fatalf("the owner behind %d is %d: %v", s.owner, owner, err)
	}
	s.owner = owner
}

// testOwner has owners follow one another. None but the last one appends, whether those
// before have appended anything or not.
func testOwner(t *testing.T, s *subject) {
	s.append(t, entry(1, alice)) // owned by nobody
	for range 3 {
		before := s.owner
		s.own(t)
		s.again()
		for _, owner := range []int64{before, s.owner + 1, 0, -1} {
			if err := s.Append(t.Context(), owner, []sync.Entry{entry(5, bob)}); !errors.Is(err, sync.ErrFenced) {
				t.Errorf("%d appends in place of %d: %v", owner, s.owner, err)
			}
		}
		s.has(t, 0, 10, "1", xrpc.Window{Latest: 1})
	}
	s.append(t, entry(5, bob))
	s.has(t, 0, 10, "1 5", xrpc.Window{Latest: 5})
}

// testTaking has logs opened on a store side by side, while each appends. The one that was
// opened last goes on, and those before append nothing more behind what it knew of.
func testTaking(t *testing.T, s *subject) {
	const count = 8
	logs := make([]*sync.Log, count)
	errs := make([]error, count)
	var all stdsync.WaitGroup
	for i := range logs {
		all.Go(func() {
			if logs[i], errs[i] = sync.OpenLog(t.Context(), s.LogStore); errs[i] != nil {
				return
			}
			for range 5 {
				if _, err := logs[i].Append(t.Context(), event(alice)); err != nil && !errors.Is(err, sync.ErrFenced) {
					errs[i] = err
				}
			}
		})
	}
	all.Wait()
	s.must(t, errors.Join(errs...))
	going := 0
	for _, log := range logs {
		if _, err := log.Append(t.Context(), event(bob)); err == nil {
			going++
		} else if !errors.Is(err, sync.ErrFenced) || !errors.Is(log.Err(), sync.ErrFenced) {
			t.Errorf("%v, %v", err, log.Err())
		}
	}
	if going != 1 {
		t.Errorf("%d of %d go on", going, count)
	}
}

// event returns an event that a log takes.
func event(did syntax.DID) *comatproto.SyncSubscribeReposAccount {
	return &comatproto.SyncSubscribeReposAccount{DID: did, Active: true, Time: syntax.DatetimeOf(noon)}
}

// testRetain has a log that keeps so much, and is opened again in between (ES-11).
func testRetain(t *testing.T, s *subject) {
	now := noon
	clock := sync.WithLogClock(func() time.Time { return now })
	log := s.log(t, clock)
	var size int64
	for n := range 100 {
		now = noon.Add(time.Duration(n) * time.Minute)
		seq, err := log.Append(t.Context(), event(alice))
		s.must(t, err)
		if n == 0 {
			entries, err := s.Read(t.Context(), 0, 1, 1)
			s.must(t, err)
			size = int64(len(entries[0].Frame))
		}
		if n == 49 { // a hole, in time, in seqs and in what is kept
			s.must(t, log.Skip(t.Context(), 1_000_000))
			s.must(t, log.Erase(t.Context(), &comatproto.SyncSubscribeReposAccount{DID: alice, Seq: seq}))
		}
	}
	for _, c := range []struct {
		what string
		keep sync.Retention
		want int64
	}{
		{"all", sync.Retention{}, 0},
		{"all that is young", sync.Retention{Age: time.Hour * 24}, 0},
		{"what is an hour old", sync.Retention{Age: time.Hour}, 0}, // of which 1 to 49 were erased
		{"45 minutes", sync.Retention{Age: 45 * time.Minute}, 1_000_004},
		{"bytes", sync.Retention{Bytes: 30 * (size + 4)}, 1_000_020},
		{"both", sync.Retention{Age: 10 * time.Minute, Bytes: 20 * size}, 1_000_039},
	} {
		s.again()
		log = s.log(t, clock)
		dropped, err := log.Retain(t.Context(), c.keep)
		if err != nil || dropped != c.want || log.Window().Dropped != c.want {
			t.Errorf("%s: dropped up to %d, %+v, %v, want %d", c.what, dropped, log.Window(), err, c.want)
		}
	}
	now = now.Add(time.Hour * 100)
	if dropped, err := log.Retain(t.Context(), sync.Retention{Age: time.Hour}); err != nil || dropped != 1_000_050 {
		t.Errorf("all is old: dropped up to %d, %v", dropped, err)
	}
	if seq, err := log.Append(t.Context(), event(bob)); err != nil || seq != 1_000_051 {
		t.Errorf("%d, %v", seq, err)
	}
}

func (s *subject) log(t *testing.T, opts ...sync.LogOption) *sync.Log {
	t.Helper()
	log, err := sync.OpenLog(t.Context(), s.LogStore, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// testReader has a second log on the same store, which polls it.
func testReader(t *testing.T, s *subject) {
	writer := s.log(t)
	reader, err := sync.OpenLogReader(t.Context(), s.LogStore)
	s.must(t, err)
	if _, err := reader.Append(t.Context(), event(alice)); !errors.Is(err, sync.ErrReadOnly) {
		t.Errorf("a reader appends: %v", err)
	}
	for n := range 5 {
		_, err := writer.Append(t.Context(), event(alice))
		s.must(t, err)
		if n == 3 {
			s.must(t, writer.Erase(t.Context(), &comatproto.SyncSubscribeReposAccount{DID: alice, Seq: 4}))
		}
		_, changed, err := reader.Next(t.Context(), int64(n))
		s.must(t, err)
		s.must(t, reader.Poll(t.Context()))
		<-changed
		entries, _, err := reader.Next(t.Context(), 0)
		s.must(t, err)
		if want := []int{1, 2, 3, 1, 2}[n]; len(entries) != want || reader.State() != writer.State() {
			t.Errorf("after %d: %d entries, want %d; %+v, want %+v", n+1, len(entries), want, reader.State(), writer.State())
		}
	}
}

func (s *subject) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
