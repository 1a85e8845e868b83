package identity

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/lexgen/lexgen/runtime/identity/plc"
)

// When a directory counts as down, and for how long it is not asked then.
const (
	maxFailures = 5 // in a row
	downWindow  = 5 * time.Second
)

// breaker keeps the questions of many from a directory that does not answer. While it
// is down one of them goes out in each window, to see whether that is still so.
type breaker struct {
	now func() time.Time

	mu       sync.Mutex // guards below
	failures int        // in a row
	until    time.Time  // nobody asks before, if there were too many
}

// mayAsk reports whether a question may go out.
func (b *breaker) mayAsk() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failures < maxFailures {
		return true
	}
	now := b.now()
	if now.Before(b.until) {
		return false
	}
	b.until = now.Add(downWindow) // others wait for what comes of this one
	return true
}

// told takes what came of a question by somebody whose context is ctx. Any status is
// an answer: a failure is only what keeps all questions from the directory, and not
// that somebody has not waited.
func (b *breaker) told(ctx context.Context, err error) {
	_, refused := errors.AsType[*plc.DirectoryError](err)
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case refused || !errors.Is(err, ErrUnavailable):
		b.failures = 0
	case ctx.Err() == nil:
		if b.failures++; b.failures == maxFailures {
			b.until = b.now().Add(downWindow)
		}
	}
}
