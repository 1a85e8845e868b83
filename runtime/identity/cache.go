package identity

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// cache remembers what load finds, and asks it once for everybody who wants the
// same at the same time.
type cache[K comparable, V any] struct {
	opts CacheOptions
	load func(context.Context, K) (V, error)

	mu      sync.Mutex
	entries *simplelru.LRU[K, entry[V]]
	flights map[K]*flight[V]
}

// entry is what is known of a key.
type entry[V any] struct {
	value  V
	err    error     // why there is no value
	loaded time.Time // when load began to find this
	asked  time.Time // when load was called last, and may have found nothing
	retry  time.Time // when load may be asked again
}

// flight is a call of load that others may wait for.
type flight[V any] struct {
	done  chan struct{}
	entry entry[V] // to be read once done is closed
}

func newCache[K comparable, V any](opts CacheOptions, load func(context.Context, K) (V, error)) *cache[K, V] {
	entries, err := simplelru.NewLRU[K, entry[V]](opts.Size, nil)
	if err != nil { // a size that is not positive, which withDefaults leaves none
		entries, _ = simplelru.NewLRU[K, entry[V]](1, nil)
	}
	return &cache[K, V]{opts: opts, load: load, entries: entries, flights: map[K]*flight[V]{}}
}

// get returns what is known of key. What is fresh is returned as it is, and what is
// stale, too, while it is loaded anew.
func (c *cache[K, V]) get(ctx context.Context, key K) (V, error) {
	c.mu.Lock()
	now := c.opts.Now()
	e, known := c.entries.Get(key)
	usable := known && e.err == nil && now.Before(e.loaded.Add(c.opts.MaxAge))
	if known && now.Before(e.retry) && (usable || e.err != nil) {
		c.mu.Unlock()
		return e.value, e.err
	}
	f := c.join(ctx, key)
	c.mu.Unlock()
	if usable {
		return e.value, nil
	}
	return f.wait(ctx)
}

// refresh loads key, unless that was tried in the last moments.
func (c *cache[K, V]) refresh(ctx context.Context, key K) (V, error) {
	c.mu.Lock()
	if e, known := c.entries.Peek(key); known && c.opts.Now().Before(e.asked.Add(c.opts.MinRefresh)) {
		c.mu.Unlock()
		return e.value, e.err
	}
	f := c.join(ctx, key)
	c.mu.Unlock()
	return f.wait(ctx)
}

// known returns the value of key, or the zero value.
func (c *cache[K, V]) known(key K) V {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, _ := c.entries.Peek(key)
	return e.value
}

// forget drops what is known of key. Who asks from now on does not get what is
// being loaded.
func (c *cache[K, V]) forget(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries.Remove(key)
	delete(c.flights, key)
}

// join returns the flight of key, which it starts if there is none. It is bounded
// by a time of its own: who gives up waiting does not end it for others.
func (c *cache[K, V]) join(ctx context.Context, key K) *flight[V] {
	if f := c.flights[key]; f != nil {
		return f
	}
	f := &flight[V]{done: make(chan struct{})}
	f.entry.loaded = c.opts.Now()
	f.entry.asked = f.entry.loaded
	c.flights[key] = f
	go func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.opts.Timeout)
		defer cancel()
		f.entry.value, f.entry.err = c.load(ctx, key)
		c.land(key, f)
	}()
	return f
}

// land keeps what a flight has found, unless it was forgotten meanwhile. That
// nobody answers does not replace what is known.
func (c *cache[K, V]) land(key K, f *flight[V]) {
	defer close(f.done)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flights[key] != f {
		return
	}
	delete(c.flights, key)
	now := c.opts.Now()
	switch old, known := c.entries.Peek(key); {
	case f.entry.err == nil:
		f.entry.retry = f.entry.loaded.Add(c.opts.Fresh)
	case !errors.Is(f.entry.err, ErrUnavailable):
		f.entry.retry = now.Add(c.opts.Negative)
	case known && old.err == nil && now.Before(old.loaded.Add(c.opts.MaxAge)):
		old.asked, old.retry = f.entry.asked, now.Add(c.opts.Unavailable)
		c.entries.Add(key, old)
		return
	default:
		f.entry.retry = now.Add(c.opts.Unavailable)
	}
	c.entries.Add(key, f.entry)
}

func (f *flight[V]) wait(ctx context.Context) (V, error) {
	select {
	case <-f.done:
		return f.entry.value, f.entry.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}
