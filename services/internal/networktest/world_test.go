package networktest

import (
	"context"
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
