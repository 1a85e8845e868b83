package plctest

import (
	"context"
	"testing"
	"time"
)

// Patience is how long a test waits for what should come at once, so that it fails
// and does not hang.
const Patience = 30 * time.Second

// Soon returns a context that is over after Patience, and cancels it with the test.
func Soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	t.Cleanup(cancel)
	return ctx
}

// Await waits until a function returns, and fails the test if that takes more than
// Patience.
func Await(t testing.TB, what string, wait func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), Patience) // of cleanups, too
	defer cancel()
	over := make(chan struct{})
	go func() { defer close(over); wait() }()
	select {
	case <-over:
	case <-ctx.Done():
		t.Errorf("%s: there is no end of it after %s", what, Patience)
	}
}
