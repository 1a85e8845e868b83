package networktest

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestAFollowerSeesAllThatHappens has an account in each state of its life.
func TestAFollowerSeesAllThatHappens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, err := NewWorld(t.Context(), 1, 2)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		trace := NewTrace(true)
		f := NewFollower(w, trace)
		defer f.Close()
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = f.Run(ctx) }()
		a, err := w.Hosts[0].CreateAccount(ctx, "alice")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if err := w.Hosts[0].Write(ctx, a, Create("a", "one")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if err := w.Hosts[0].Migrate(ctx, a, w.Hosts[1], false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if err := w.Hosts[1].Write(ctx, a, Create("b", "one")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		stop()
		<-done
		t.Log(trace.Text(), f.Counts.All(), f.View(a.DID, a.Home))
	})
}

// TestATakedownIsNotMissed has an account that is taken down while nobody says whose it
// is: once somebody does, its host is asked for the status.
func TestATakedownIsNotMissed_SN32(t *testing.T) {
	t.Parallel()
	onStage(t, 1, func(t *testing.T, s *stage) {
		pds := s.world.Hosts[0]
		s.write(t, s.alice, "before")
		s.world.Directory.Down(time.Minute)
		if err := errors.Join(pds.Identity(t.Context(), s.alice), pds.SetStatus(t.Context(), s.alice, "takendown")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Minute)
		if got := s.since(s.alice); got != "accepted; gap unavailable, resync" {
			t.Error(got)
		}
		agree(t, s.follower, s.alice)
		if err := pds.SetStatus(t.Context(), s.alice, ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if got := s.since(s.alice); got != "accepted; ignored unchanged" {
			t.Error(got)
		}
		agree(t, s.follower, s.alice)
	})
}
