package xrpc

import (
	"sync"
	"time"
)

// A timer calls a function once, when nothing has restarted it for a time. It is
// safe for concurrent use.
type timer struct {
	world  World
	after  time.Duration // 0 is never
	expire func()

	mu      sync.Mutex
	pending func() bool // stops what is under way
	over    bool
}

// newTimer returns a timer that runs.
func newTimer(world World, after time.Duration, expire func()) *timer {
	t := &timer{world: world, after: after, expire: expire}
	t.restart()
	return t
}

// restart begins the time anew, unless the timer was stopped.
func (t *timer) restart() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over || t.after <= 0 {
		return
	}
	if t.pending != nil {
		t.pending()
	}
	t.pending = t.world.After(t.after, t.expire)
}

// stop ends the timer for good.
func (t *timer) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	if t.pending != nil {
		t.pending()
	}
}
