package records

import (
	"context"
	stdsync "sync"
	"time"
)

// A bell wakes those who wait for something to change. The zero value is ready.
type bell struct {
	mu      stdsync.Mutex
	waiting map[*ticket]struct{}
}

// A ticket is one wait. It begins when it is made, before one looks at what may change,
// so that nothing is missed.
type ticket struct {
	ctx    context.Context //nolint:containedctx // a ticket lives as long as one wait
	outer  context.Context //nolint:containedctx // the caller's
	cancel context.CancelFunc
	bell   *bell
}

func (b *bell) ticket(ctx context.Context) *ticket {
	t := &ticket{outer: ctx, bell: b}
	t.ctx, t.cancel = context.WithCancel(ctx)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting == nil {
		b.waiting = map[*ticket]struct{}{}
	}
	b.waiting[t] = struct{}{}
	return t
}

// ring wakes all.
func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for t := range b.waiting {
		t.cancel()
	}
	clear(b.waiting)
}

// drop ends a ticket.
func (t *ticket) drop() {
	t.cancel()
	t.bell.mu.Lock()
	defer t.bell.mu.Unlock()
	delete(t.bell.waiting, t)
}

// wait returns when the bell has rung, or after a time, if that is not negative; or with
// the error of the caller's context.
func (t *ticket) wait(sleep func(context.Context, time.Duration) error, d time.Duration) error {
	if d < 0 {
		<-t.ctx.Done()
	} else {
		_ = sleep(t.ctx, d) // whichever of the two it is
	}
	return t.outer.Err()
}
