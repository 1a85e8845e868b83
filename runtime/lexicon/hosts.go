package lexicon

import (
	"context"
	"sync"
)

// hosts bounds how many requests each server gets at a time. It remembers only those
// that get some.
type hosts struct {
	each int

	mu    sync.Mutex
	doors map[string]*door
}

// door is where requests to one server wait.
type door struct {
	slots chan struct{}
	users int // in front of it and behind it
}

// enter waits for a place, which leave gives back.
func (h *hosts) enter(ctx context.Context, host string) (leave func(), err error) {
	h.mu.Lock()
	if h.doors == nil {
		h.doors = map[string]*door{}
	}
	d := h.doors[host]
	if d == nil {
		d = &door{slots: make(chan struct{}, h.each)}
		h.doors[host] = d
	}
	d.users++
	h.mu.Unlock()
	select {
	case d.slots <- struct{}{}:
		return func() {
			<-d.slots
			h.depart(host, d)
		}, nil
	case <-ctx.Done():
		h.depart(host, d)
		return nil, ctx.Err()
	}
}

func (h *hosts) depart(host string, d *door) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if d.users--; d.users == 0 {
		delete(h.doors, host)
	}
}
