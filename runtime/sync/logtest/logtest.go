// Package logtest has the tests that every [sync.LogStore] must pass.
package logtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

func entry(seq int64, did syntax.DID) sync.Entry {
	return sync.Entry{Seq: seq, DID: did, Frame: fmt.Appendf(nil, "frame %d of %s\x00\xff", seq, did)}
}

func (s *subject) append(t *testing.T, entries ...sync.Entry) {
	t.Helper()
	if err := s.Append(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
}

// has compares what is behind a seq, and the window.
func (s *subject) has(t *testing.T, after int64, limit int, seqs string, window xrpc.Window) {
	t.Helper()
	s.again()
	entries, err := s.Read(t.Context(), after, limit)
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
	is, err := s.Window(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(seqs, strings.Join(got, " ")); diff != "" || is != window {
		t.Errorf("behind %d, %d at most: the window is %+v, want %+v (-want +got):\n%s", after, limit, is, window, diff)
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
		entries, err := s.Read(context.WithoutCancel(t.Context()), after, 300)
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

func (s *subject) must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
