package identity_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestPurgeKeepsWhatIsKnownWhileNobodyAnswers_ID09_SN07 purges an account while the source is down.
// It is asked for at once, and what is known is given when nobody has answered, without waiting
// any more. When the source is back, what it says now is given, however long nobody has asked.
func TestPurgeKeepsWhatIsKnownWhileNobodyAnswers_ID09_SN07(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, d *identity.Directory) {
		look := func(want syntax.Handle, asked int, waits time.Duration) {
			t.Helper()
			began := time.Now()
			got, took := handleOf(t, d, syntax.AtIdentifier(alice)), time.Since(began)
			time.Sleep(2 * time.Second) // what goes on in the background ends
			if n := s.count(string(alice)); got != want || n != asked || took != waits {
				t.Errorf("%s after %d questions and %v, want %s after %d and %v", got, n, took, want, asked, waits)
			}
		}
		renamed := func(handle syntax.Handle) {
			s.set(func() { s.down, s.dids[alice], s.handles[handle] = false, handle, alice })
		}
		look("alice.org", 1, 2*time.Second)
		s.set(func() { s.down = true })
		d.Purge(syntax.AtIdentifier(alice))
		look("alice.org", 2, 2*time.Second)
		for range 10 { // within a window of 30 s
			look("alice.org", 2, 0)
		}
		time.Sleep(30 * time.Second)
		look("alice.org", 3, 2*time.Second)
		renamed("two.org")
		time.Sleep(5 * time.Hour)
		look("two.org", 4, 2*time.Second)
		look("two.org", 4, 0)

		s.set(func() { s.down = true })
		d.Purge(syntax.AtIdentifier(alice))
		look("two.org", 5, 2*time.Second)
		renamed("three.org")
		d.Purge(syntax.AtIdentifier(alice)) // it says again that something has changed
		look("three.org", 6, 2*time.Second)

		s.set(func() { delete(s.dids, alice) })
		d.Purge(syntax.AtIdentifier(alice))
		if _, err := d.LookupDID(t.Context(), alice); !errors.Is(err, identity.ErrNotFound) {
			t.Errorf("what has ended is known: %v", err)
		}
	})
}

// TestWhatIsPurgedIsNotFresh_ID09 wants what is new, or young, of an account that was purged while
// the source is down: what is known is neither, and is not given when it is too old.
func TestWhatIsPurgedIsNotFresh_ID09(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, d *identity.Directory) {
		handleOf(t, d, syntax.AtIdentifier(alice))
		s.set(func() { s.down = true })
		d.Purge(syntax.AtIdentifier(alice)) // which was asked for just now
		if _, err := d.LookupUnnamed(t.Context(), alice, true); !errors.Is(err, identity.ErrUnavailable) {
			t.Error(err)
		}
		time.Sleep(11 * time.Minute)
		d.Purge(syntax.AtIdentifier(alice))
		if _, err := d.LookupWithin(t.Context(), syntax.AtIdentifier(alice), identity.OAuthAge); !errors.Is(err, identity.ErrUnavailable) {
			t.Error(err)
		}
		time.Sleep(24 * time.Hour)
		d.Purge(syntax.AtIdentifier(alice))
		if _, err := d.LookupDID(t.Context(), alice); !errors.Is(err, identity.ErrUnavailable) {
			t.Error(err)
		}
	})
}

// A downSource is not asked for DIDs while it is down, see [identity.ErrDown].
type downSource struct{ *source }

func (s downSource) ResolveDID(ctx context.Context, did syntax.DID) (*identity.Identity, error) {
	i, err := s.source.ResolveDID(ctx, did)
	if err != nil {
		err = &identity.Error{Name: string(did), Reason: "not asked", Err: errors.Join(err, identity.ErrDown)}
	}
	return i, err
}

// TestWhatIsPurgedIsGivenWhileNobodyIsAsked_ID09 purges an account while the source is not asked. That is not
// remembered, so that each look-up tries, and what is known is given until one is answered.
func TestWhatIsPurgedIsGivenWhileNobodyIsAsked_ID09(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, _ *identity.Directory) {
		d := identity.NewDirectory(downSource{s}, identity.CacheOptions{})
		handleOf(t, d, syntax.AtIdentifier(alice))
		s.set(func() { s.down = true })
		d.Purge(syntax.AtIdentifier(alice))
		for range 3 {
			if got := handleOf(t, d, syntax.AtIdentifier(alice)); got != "alice.org" {
				t.Errorf("the handle is %s", got)
			}
		}
		s.set(func() { s.down, s.dids[alice], s.handles["new.org"] = false, "new.org", alice })
		if got := handleOf(t, d, syntax.AtIdentifier(alice)); got != "new.org" || s.count(string(alice)) != 5 {
			t.Errorf("the handle is %s after %d questions", got, s.count(string(alice)))
		}
	})
}

// A muteSource is one where no server of a handle answers.
type muteSource struct{ *source }

func (s muteSource) ResolveHandle(_ context.Context, handle syntax.Handle) (syntax.DID, error) {
	s.ask(string(handle))
	time.Sleep(2 * time.Second)
	return "", &identity.Error{Name: string(handle), Reason: "it hangs", Err: identity.ErrUnavailable}
}

// TestAServerThatHangsIsLeftAlone_ID09 purges an account twice a second, whose handle has a server
// that hangs. The DID is looked up each time, and the server asked once in its time.
func TestAServerThatHangsIsLeftAlone_ID09(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *source, _ *identity.Directory) {
		d := identity.NewDirectory(muteSource{s}, identity.CacheOptions{})
		defer d.Close()
		start := time.Now()
		for range 50 {
			d.Purge(syntax.AtIdentifier(alice))
			if got := handleOf(t, d, syntax.AtIdentifier(alice)); got != syntax.HandleInvalid {
				t.Errorf("the handle is %s", got)
			}
		}
		took := time.Since(start)
		if dids, handles := s.count(string(alice)), s.count("alice.org"); dids != 50 || handles != 2 || took > time.Minute {
			t.Errorf("the DID was looked up %d times, and its handle %d times, in %v", dids, handles, took)
		}
	})
}
