package identity_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const carol syntax.DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"

// source is a network in memory that counts questions and takes a second for each.
type source struct {
	mu      sync.Mutex
	dids    map[syntax.DID]syntax.Handle // the handle that each claims
	handles map[syntax.Handle]syntax.DID
	down    bool
	asked   map[string]int
}

func newSource() *source {
	return &source{
		dids:    map[syntax.DID]syntax.Handle{alice: "alice.org", bob: "bob.org", carol: "alice.org"},
		handles: map[syntax.Handle]syntax.DID{"alice.org": alice, "bob.org": carol},
		asked:   map[string]int{},
	}
}

func (s *source) ask(name string) (down bool) {
	s.mu.Lock()
	s.asked[name]++
	down = s.down
	s.mu.Unlock()
	time.Sleep(time.Second)
	return down
}

func (s *source) ResolveDID(_ context.Context, did syntax.DID) (*identity.Identity, error) {
	if s.ask(string(did)) {
		return nil, &identity.Error{Name: string(did), Reason: "down", Err: identity.ErrUnavailable}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	handle, ok := s.dids[did]
	if !ok {
		return nil, &identity.Error{Name: string(did), Reason: "unknown", Err: identity.ErrNotFound}
	}
	return &identity.Identity{DID: did, Handle: handle}, nil
}

func (s *source) ResolveHandle(_ context.Context, handle syntax.Handle) (syntax.DID, error) {
	if s.ask(string(handle)) {
		return "", &identity.Error{Name: string(handle), Reason: "down", Err: identity.ErrUnavailable}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	did, ok := s.handles[handle]
	if !ok {
		return "", &identity.Error{Name: string(handle), Reason: "unknown", Err: identity.ErrNotFound}
	}
	return did, nil
}

func (s *source) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func (s *source) count(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[name]
}

// bubble runs a test in a bubble with a time of its own.
func bubble(t *testing.T, f func(t *testing.T, s *source, d *identity.Directory)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		f(t, s, identity.NewDirectory(s, identity.CacheOptions{}))
		time.Sleep(time.Minute) // what goes on in the background ends
	})
}

func handleOf(t *testing.T, d *identity.Directory, id syntax.AtIdentifier) syntax.Handle {
	t.Helper()
	i, err := d.Lookup(t.Context(), id)
	if err != nil {
		t.Errorf("%s: %v", id, err)
		return ""
	}
	return i.Handle
}

func TestHandlesCountInBothDirections_ID02_ID53(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, _ *source, d *identity.Directory) {
		for id, want := range map[syntax.AtIdentifier]syntax.Handle{
			syntax.AtIdentifier(alice): "alice.org",
			"Alice.ORG":                "alice.org",
			syntax.AtIdentifier(bob):   syntax.HandleInvalid, // bob.org leads to carol
			syntax.AtIdentifier(carol): syntax.HandleInvalid, // claims the handle of alice
		} {
			if got := handleOf(t, d, id); got != want {
				t.Errorf("%s has the handle %s, want %s", id, got, want)
			}
		}
		if i, err := d.Lookup(t.Context(), "bob.org"); !errors.Is(err, identity.ErrNotFound) {
			t.Errorf("%v, %v", i, err)
		}
	})
}

// TestAnswersAge_ID09 asks at times after the first answer.
func TestAnswersAge_ID09(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, d *identity.Directory) {
		begin := time.Now()
		look := func() time.Duration {
			began := time.Now()
			handleOf(t, d, syntax.AtIdentifier(alice))
			took := time.Since(began)
			time.Sleep(5 * time.Second) // what goes on in the background ends
			return took
		}
		for _, c := range []struct {
			at    time.Duration
			waits bool
			asked int // in all
		}{
			{0, true, 1},
			{time.Minute, false, 1},
			{59 * time.Minute, false, 1},
			{61 * time.Minute, false, 2}, // stale: given, and asked for anew
			{62 * time.Minute, false, 2},
			{24 * time.Hour, false, 3},
			{49 * time.Hour, true, 4}, // too old to be given
		} {
			time.Sleep(c.at - time.Since(begin))
			if took := look(); (took > 0) != c.waits || s.count(string(alice)) != c.asked {
				t.Errorf("after %s: took %s, and %d questions, want %+v", c.at, took, s.count(string(alice)), c)
			}
		}
	})
}

// TestNobodyAnswersForLong_ID09 takes the source down after the first answer.
func TestNobodyAnswersForLong_ID09(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, d *identity.Directory) {
		handleOf(t, d, syntax.AtIdentifier(alice))
		s.set(func() { s.down = true })
		time.Sleep(2 * time.Hour)
		for range 100 { // within a window of 30 s
			handleOf(t, d, syntax.AtIdentifier(alice))
			time.Sleep(100 * time.Millisecond)
		}
		if n := s.count(string(alice)); n != 2 {
			t.Errorf("%d questions, want one more", n)
		}
		time.Sleep(23 * time.Hour)
		if _, err := d.LookupDID(t.Context(), alice); !errors.Is(err, identity.ErrUnavailable) {
			t.Errorf("after a day: %v", err)
		}
		s.set(func() { s.down = false })
		time.Sleep(time.Minute)
		if got := handleOf(t, d, syntax.AtIdentifier(alice)); got != "alice.org" {
			t.Errorf("back again, the handle is %s", got)
		}
	})
}

// TestADeadHostIsAskedOnce looks up 10,000 times what does not answer, and what does
// not exist.
func TestADeadHostIsAskedOnce(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, d *identity.Directory) {
		s.set(func() { s.down = true })
		var all sync.WaitGroup
		for range 10_000 {
			all.Go(func() {
				if _, err := d.LookupDID(t.Context(), alice); !errors.Is(err, identity.ErrUnavailable) {
					t.Errorf("%v", err)
				}
			})
		}
		all.Wait()
		if n := s.count(string(alice)); n != 1 {
			t.Errorf("%d questions at once, want 1", n)
		}
		for range 10_000 { // 100 s, which is four windows
			_, _ = d.LookupDID(t.Context(), alice)
			time.Sleep(10 * time.Millisecond)
		}
		if n := s.count(string(alice)); n > 5 {
			t.Errorf("%d questions in 100 s", n)
		}
		s.set(func() { s.down = false })
		for range 10_000 {
			_, _ = d.LookupHandle(t.Context(), "nobody.org")
			time.Sleep(10 * time.Millisecond)
		}
		if n := s.count("nobody.org"); n != 1 {
			t.Errorf("%d questions for what does not exist, want 1", n)
		}
	})
}

func TestRefreshAsksAnewOnceInAWhile_ID09(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, d *identity.Directory) {
		handleOf(t, d, syntax.AtIdentifier(alice))
		time.Sleep(time.Minute)
		for range 1000 {
			if _, err := d.Refresh(t.Context(), alice); err != nil {
				t.Error(err)
			}
		}
		if n := s.count(string(alice)); n != 2 {
			t.Errorf("%d questions, want one more", n)
		}
		s.set(func() { s.down = true })
		time.Sleep(time.Minute)
		if _, err := d.Refresh(t.Context(), alice); !errors.Is(err, identity.ErrUnavailable) {
			t.Errorf("%v", err)
		}
		for range 1000 {
			_, _ = d.Refresh(t.Context(), alice)
		}
		if n := s.count(string(alice)); n != 3 {
			t.Errorf("%d questions while it is down, want one more", n)
		}
		if got := handleOf(t, d, syntax.AtIdentifier(alice)); got != "alice.org" {
			t.Errorf("what was known is lost: %s", got)
		}
	})
}

func TestPurgeForgets(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, d *identity.Directory) {
		handleOf(t, d, syntax.AtIdentifier(alice))
		s.set(func() {
			s.dids[alice] = "new.org"
			s.handles["new.org"] = alice
			delete(s.handles, "alice.org")
		})
		d.Purge(syntax.AtIdentifier(alice))
		if got := handleOf(t, d, syntax.AtIdentifier(alice)); got != "new.org" {
			t.Errorf("the handle is %s", got)
		}
		if _, err := d.LookupHandle(t.Context(), "alice.org"); !errors.Is(err, identity.ErrNotFound) {
			t.Errorf("%v", err)
		}
		d.Purge("New.org")
		if n := s.count("new.org"); handleOf(t, d, "new.org") != "new.org" || s.count("new.org") != n+1 {
			t.Error("a handle is not forgotten")
		}
	})
}

// TestPurgeDuringAQuestion: what was asked before an event is not kept after it.
func TestPurgeDuringAQuestion(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, d *identity.Directory) {
		var before sync.WaitGroup
		before.Go(func() { handleOf(t, d, syntax.AtIdentifier(alice)) })
		time.Sleep(500 * time.Millisecond)
		d.Purge(syntax.AtIdentifier(alice))
		before.Wait()
		if handleOf(t, d, syntax.AtIdentifier(alice)); s.count(string(alice)) != 2 {
			t.Errorf("%d questions, want 2", s.count(string(alice)))
		}
	})
}

// TestANewHandleIsFoundAtOnce: the document that is remembered has the old one.
func TestANewHandleIsFoundAtOnce(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, d *identity.Directory) {
		handleOf(t, d, syntax.AtIdentifier(alice))
		time.Sleep(time.Minute)
		s.set(func() { s.dids[alice], s.handles["new.org"] = "new.org", alice })
		if got := handleOf(t, d, "new.org"); got != "new.org" {
			t.Errorf("the handle is %s", got)
		}
	})
}

func TestWhoGivesUpDoesNotEndItForOthers(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, d *identity.Directory) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		var others sync.WaitGroup
		others.Go(func() {
			time.Sleep(50 * time.Millisecond)
			handleOf(t, d, syntax.AtIdentifier(alice))
		})
		if _, err := d.LookupDID(ctx, alice); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		others.Wait()
		if s.count(string(alice)) != 1 {
			t.Errorf("%d questions", s.count(string(alice)))
		}
		other, stop := context.WithTimeout(t.Context(), 1500*time.Millisecond) // over while the handle is asked for
		defer stop()
		if _, err := d.LookupDID(other, bob); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

func TestTheCacheIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		d := identity.NewDirectory(s, identity.CacheOptions{Size: 10})
		for i := range 100 {
			_, _ = d.LookupHandle(t.Context(), syntax.Handle(fmt.Sprintf("nobody%d.org", i)))
		}
		_, _ = d.LookupHandle(t.Context(), "nobody99.org")
		_, _ = d.LookupHandle(t.Context(), "nobody0.org")
		if s.count("nobody99.org") != 1 || s.count("nobody0.org") != 2 {
			t.Errorf("%d and %d questions, want 1 and 2", s.count("nobody99.org"), s.count("nobody0.org"))
		}
	})
}

func TestLookupAll(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, _ *source, d *identity.Directory) {
		var ids []syntax.AtIdentifier
		for i := range 100 {
			ids = append(ids, syntax.AtIdentifier(fmt.Sprintf("nobody%d.org", i)))
		}
		ids[50] = "alice.org"
		began := time.Now()
		for i, r := range d.LookupAll(t.Context(), ids...) {
			if (i == 50) != (r.Err == nil) || r.Err == nil && r.Identity.DID != alice {
				t.Errorf("%s: %v, %v", ids[i], r.Identity, r.Err)
			}
		}
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("100 took %s, of a second each, with 16 at a time", took)
		}
		if len(d.LookupAll(t.Context())) != 0 {
			t.Error("none has results")
		}
	})
}
