package identity_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const carol syntax.DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"

// source is a network in memory that counts questions and takes a second for each.
type source struct {
	mu      sync.Mutex
	dids    map[syntax.DID]syntax.Handle // the handle that each claims
	handles map[syntax.Handle]syntax.DID
	key     *crypto.PublicKey // that signs for everybody
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
	return &identity.Identity{DID: did, Handle: handle, SigningKey: s.key}, nil
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

func (s *source) ResolveAuthority(_ context.Context, nsid syntax.NSID) (syntax.DID, error) {
	if s.ask(nsid.Authority()) {
		return "", &identity.Error{Name: string(nsid), Reason: "down", Err: identity.ErrUnavailable}
	}
	if nsid.Authority() != "toy.app" {
		return "", &identity.Error{Name: string(nsid), Reason: "unknown", Err: identity.ErrNotFound}
	}
	return alice, nil
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

// names returns how many names were asked for.
func (s *source) names() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
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

// TestKeysAreLookedUpWithoutHandles has a key that changes. A stranger's token must not
// make the directory ask about a handle.
func TestKeysAreLookedUpWithoutHandles_XR43(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, d *identity.Directory) {
		first, second := keyOf(t, "17"), keyOf(t, "18")
		s.set(func() { s.key = first })
		key := func(id string, fresh bool) *crypto.PublicKey {
			k, err := d.Key(t.Context(), alice, id, fresh)
			if (err == nil) != (k != nil) || err != nil && !errors.Is(err, identity.ErrNotFound) {
				t.Errorf("%s: %v, %v", id, k, err)
			}
			return k
		}
		if !key("#atproto", false).Equal(first) || key("#atproto_label", false) != nil || key("#other", false) != nil {
			t.Error("the keys are not those of the document")
		}
		s.set(func() { s.key = second })
		time.Sleep(time.Minute)
		if !key("#atproto", false).Equal(first) || !key("#atproto", true).Equal(second) || !key("#atproto", false).Equal(second) {
			t.Error("the key was not looked up anew when that was wanted, and remembered")
		}
		if n, handles := s.count(string(alice)), s.count("alice.org"); n != 2 || handles != 0 {
			t.Errorf("%d questions about the DID, %d about its handle; want 2 and 0", n, handles)
		}
	})
}

func keyOf(t *testing.T, digits string) *crypto.PublicKey {
	t.Helper()
	key, err := crypto.ParsePrivateKeyHex(crypto.K256, strings.Repeat(digits, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key.PublicKey()
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

// TestADeadHostIsNotRefreshedEither: wrong signatures do not make us ask who is down.
func TestADeadHostIsNotRefreshedEither(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, d *identity.Directory) {
		s.set(func() { s.down = true })
		for range 1000 { // 100 s, which is four windows of 30 s
			if _, err := d.Refresh(t.Context(), alice); !errors.Is(err, identity.ErrUnavailable) {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if n := s.count(string(alice)); n != 4 {
			t.Errorf("%d questions, want 4", n)
		}
	})
}

// TestOAuthWantsYoungAnswers_ID09 looks up at times after the first answer, and
// takes the source down for some of them.
func TestOAuthWantsYoungAnswers_ID09(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, d *identity.Directory) {
		began := time.Now()
		for _, c := range []struct {
			at    time.Duration
			down  bool
			asked int // for the DID, in all
			err   error
		}{
			{0, false, 1, nil},
			{9 * time.Minute, false, 1, nil},
			{10 * time.Minute, false, 2, nil}, // ten minutes are not fewer than ten
			{19 * time.Minute, true, 2, nil},
			{21 * time.Minute, true, 3, identity.ErrUnavailable}, // though it is known, and fresh for others
			{21*time.Minute + 10*time.Second, true, 3, identity.ErrUnavailable},
			{22 * time.Minute, false, 4, nil},
		} {
			time.Sleep(c.at - time.Since(began))
			s.set(func() { s.down = c.down })
			for range 100 {
				_, err := d.LookupWithin(t.Context(), syntax.AtIdentifier(alice), identity.OAuthAge)
				if !errors.Is(err, c.err) {
					t.Errorf("after %s: %v", c.at, err)
				}
			}
			if n := s.count(string(alice)); n != c.asked {
				t.Errorf("after %s: %d questions, want %d", c.at, n, c.asked)
			}
			if got := handleOf(t, d, syntax.AtIdentifier(alice)); got != "alice.org" {
				t.Errorf("after %s: for others the handle is %s", c.at, got)
			}
		}
		if _, err := d.LookupWithin(t.Context(), "Alice.org", identity.OAuthAge); err != nil {
			t.Error(err)
		}
	})
}

// TestOAuthWantsYoungHandles_ID09_ID53 has a handle that leads elsewhere after a while:
// who signs in by it, or by the DID that it led to, learns of that.
func TestOAuthWantsYoungHandles_ID09_ID53(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, d *identity.Directory) {
		handleOf(t, d, "alice.org")
		s.set(func() { s.handles["alice.org"] = carol })
		time.Sleep(11 * time.Minute)
		if i, err := d.Lookup(t.Context(), "alice.org"); err != nil || i.DID != alice {
			t.Errorf("for others it leads to %v, %v", i, err)
		}
		if i, err := d.LookupWithin(t.Context(), "alice.org", identity.OAuthAge); err != nil || i.DID != carol {
			t.Errorf("by the handle: %v, %v", i, err)
		}
		d.Purge("alice.org") // and it is asked for anew while it leads back
		s.set(func() { s.handles["alice.org"] = alice })
		handleOf(t, d, "alice.org")
		s.set(func() { s.handles["alice.org"] = carol })
		time.Sleep(11 * time.Minute)
		if got := handleOf(t, d, syntax.AtIdentifier(alice)); got != "alice.org" {
			t.Errorf("for others the handle is %s", got)
		}
		if i, err := d.LookupWithin(t.Context(), syntax.AtIdentifier(alice), identity.OAuthAge); err != nil || i.Handle != syntax.HandleInvalid {
			t.Errorf("by the DID: %v, %v", i, err)
		}
	})
}

// TestAuthoritiesAge_LE06 looks up siblings at times after the first answer.
func TestAuthoritiesAge_LE06(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, d *identity.Directory) {
		begin := time.Now()
		for _, c := range []struct {
			at    time.Duration
			down  bool
			asked int // in all
			err   error
		}{
			{0, false, 1, nil},
			{59 * time.Minute, false, 1, nil},
			{2 * time.Hour, true, 2, nil},
			{23 * time.Hour, true, 3, nil},
			{25 * time.Hour, true, 4, identity.ErrUnavailable},
			{26 * time.Hour, false, 5, nil},
		} {
			time.Sleep(c.at - time.Since(begin))
			s.set(func() { s.down = c.down })
			for i := range 100 {
				did, err := d.LookupAuthority(t.Context(), syntax.NSID(fmt.Sprintf("App.TOY.record%d", i)))
				if !errors.Is(err, c.err) || err == nil && did != alice {
					t.Errorf("after %s: %s, %v", c.at, did, err)
				}
			}
			time.Sleep(2 * time.Second) // what goes on in the background ends
			if n := s.count("toy.app"); n != c.asked {
				t.Errorf("after %s: %d questions, want %d", c.at, n, c.asked)
			}
		}
	})
}

// TestSiblingsShareAnAuthority_LE06: each error names who was asked for.
func TestSiblingsShareAnAuthority_LE06(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, d *identity.Directory) {
		for _, nsid := range []syntax.NSID{"app.toy.one", "app.toy.two", "APP.Toy.two"} {
			if did, err := d.LookupAuthority(t.Context(), nsid); did != alice || err != nil {
				t.Errorf("%s: %s, %v", nsid, did, err)
			}
		}
		for _, nsid := range []syntax.NSID{"app.other.one", "app.other.two"} {
			_, err := d.LookupAuthority(t.Context(), nsid)
			if e, ok := errors.AsType[*identity.Error](err); !ok || e.Name != string(nsid) || !errors.Is(err, identity.ErrNotFound) {
				t.Errorf("%s: %v", nsid, err)
			}
		}
		if n, other := s.count("toy.app"), s.count("other.app"); n != 1 || other != 1 {
			t.Errorf("%d and %d questions, want 1 each", n, other)
		}
		if _, err := d.LookupAuthority(t.Context(), "app.toy"); !errors.Is(err, identity.ErrUnsupported) {
			t.Error(err)
		}
		d.PurgeAuthority("app.toy.other")
		if did, err := d.LookupAuthority(t.Context(), "app.toy.record"); did != alice || err != nil || s.count("toy.app") != 2 {
			t.Errorf("%s, %v after %d questions", did, err, s.count("toy.app"))
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
		if _, err := d.LookupHandle(t.Context(), "alice.org"); !errors.Is(err, identity.ErrNotFound) || s.count("alice.org") != 2 {
			t.Errorf("%v after %d questions for the handle that it had", err, s.count("alice.org"))
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

// counts is an observer.
type counts struct {
	mu     sync.Mutex
	looked map[string]int
	asked  map[string]int
}

func (c *counts) Looked(kind identity.Kind, outcome identity.Outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looked[fmt.Sprint(kind, " ", outcome)]++
}

func (c *counts) Asked(kind identity.Kind, took time.Duration, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	how := "answered"
	if e, ok := errors.AsType[*identity.Error](err); ok {
		how = e.Reason
	}
	c.asked[fmt.Sprint(kind, " ", how, " in ", took)]++
}

// TestObserversAreTold has each outcome of each kind at least once.
func TestObserversAreTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		c := &counts{looked: map[string]int{}, asked: map[string]int{}}
		d := identity.NewDirectory(s, identity.CacheOptions{Observer: c})
		look := func() {
			_, _ = d.LookupDID(t.Context(), alice)
			_, _ = d.LookupHandle(t.Context(), "nobody.org")
			_, _ = d.LookupAuthority(t.Context(), "app.toy.record")
		}
		var all sync.WaitGroup
		for range 3 {
			all.Go(look)
		}
		all.Wait()
		look()
		time.Sleep(2 * time.Hour)
		s.set(func() { s.down = true })
		look()
		time.Sleep(5 * time.Second)
		look()
		if diff := cmp.Diff(map[string]int{
			"did miss": 1, "did coalesced": 2, "did hit": 1, "did stale": 2,
			"handle miss": 3, "handle coalesced": 4, "handle hit": 1, "handle stale": 2, "handle negative": 2,
			"authority miss": 1, "authority coalesced": 2, "authority hit": 1, "authority stale": 2,
		}, c.looked); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(map[string]int{
			"did answered in 1s": 1, "did down in 1s": 1,
			"handle answered in 1s": 1, "handle unknown in 1s": 1, "handle down in 1s": 2,
			"authority answered in 1s": 1, "authority down in 1s": 1,
		}, c.asked); diff != "" {
			t.Error(diff)
		}
	})
}

// TestQuestionsAreBounded asks for 100 DIDs with two
// questions at a time, and gives up on all of them.
func TestQuestionsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		d := identity.NewDirectory(s, identity.CacheOptions{MaxQuestions: 2})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				if _, err := d.LookupDID(ctx, syntax.DID(fmt.Sprintf("did:web:nobody%d.org", i))); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v", err)
				}
			})
		}
		all.Wait()
		if n := s.names(); n != 2 {
			t.Errorf("%d questions at a time", n)
		}
		for range 100 { // wait for the two, and are one question
			all.Go(func() { handleOf(t, d, syntax.AtIdentifier(alice)) })
		}
		all.Wait()
		if s.count(string(alice)) != 1 {
			t.Errorf("%d questions for one DID", s.count(string(alice)))
		}
	})
}

// TestCloseLeavesNothingBehind: the bubble fails if a goroutine is left.
func TestCloseLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		d := identity.NewDirectory(slowSource{s}, identity.CacheOptions{MaxQuestions: 1, Timeout: time.Hour})
		known := identity.NewDirectory(s, identity.CacheOptions{})
		handleOf(t, known, syntax.AtIdentifier(alice))
		began := time.Now()
		var all sync.WaitGroup
		for _, id := range []syntax.AtIdentifier{syntax.AtIdentifier(alice), syntax.AtIdentifier(alice), syntax.AtIdentifier(bob), "a.org", "b.org"} {
			all.Go(func() {
				if _, err := d.Lookup(t.Context(), id); !errors.Is(err, identity.ErrUnavailable) {
					t.Errorf("%s: %v", id, err)
				}
			})
		}
		synctest.Wait()
		d.Purge(syntax.AtIdentifier(alice)) // what was forgotten ends as well
		d.Close()
		d.Close()
		all.Wait()
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %s", took)
		}
		known.Close()
		time.Sleep(2 * time.Hour)
		if got := handleOf(t, known, syntax.AtIdentifier(alice)); got != "alice.org" || s.count(string(alice)) != 1 {
			t.Errorf("what is known is lost: %s", got)
		}
		if _, err := known.LookupDID(t.Context(), bob); !errors.Is(err, identity.ErrUnavailable) {
			t.Error(err)
		}
	})
}

// slowSource answers when the context of a question ends.
type slowSource struct{ *source }

func (slowSource) ResolveDID(ctx context.Context, did syntax.DID) (*identity.Identity, error) {
	<-ctx.Done()
	return nil, &identity.Error{Name: string(did), Reason: "given up", Err: errors.Join(identity.ErrUnavailable, ctx.Err())}
}

func (slowSource) ResolveHandle(ctx context.Context, handle syntax.Handle) (syntax.DID, error) {
	<-ctx.Done()
	return "", &identity.Error{Name: string(handle), Reason: "given up", Err: errors.Join(identity.ErrUnavailable, ctx.Err())}
}

// TestBrokenAccountsAreKnown_ID07: that an account has no valid key or no server is
// no failure of looking it up, so that nobody takes it for gone, and it is asked for
// no more often than others.
func TestBrokenAccountsAreKnown_ID07(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		document string
		broken   bool
	}{
		"whole":         {documentOf(alice, "alice.org"), false},
		"no server":     {strings.Replace(documentOf(alice, "alice.org"), "#atproto_pds", "#other", 1), true},
		"no origin":     {strings.Replace(documentOf(alice, "alice.org"), "https://pds.example.org", "https://pds.example.org/xrpc", 1), true},
		"no key":        {strings.Replace(documentOf(alice, "alice.org"), "#atproto\"", "#other\"", 1), true},
		"not a key":     {strings.Replace(documentOf(alice, "alice.org"), "zQ3sh", "zQ3sx", 1), true},
		"key of others": {strings.Replace(documentOf(alice, "alice.org"), `"controller":"`+string(alice), `"controller":"`+string(bob), 1), true},
		"neither":       {fmt.Sprintf(`{"id":%q,"alsoKnownAs":["at://alice.org"]}`, alice), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t)
			n.set(func() {
				n.documents[string(alice)] = says(c.document)
				n.records["_atproto.alice.org"] = []string{"did=" + string(alice)}
			})
			d := identity.NewDirectory(n.newResolver(syntax.Production), identity.CacheOptions{})
			defer d.Close()
			for range 10 {
				i, err := d.Lookup(t.Context(), "alice.org")
				if err != nil || i.Broken() != c.broken || i.Handle != "alice.org" {
					t.Fatalf("%+v, %v", i, err)
				}
			}
			if asked := n.count(string(alice)); asked != 1 {
				t.Errorf("%d questions", asked)
			}
		})
	}
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
