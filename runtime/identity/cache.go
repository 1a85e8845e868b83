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
type cache[K ~string, V any] struct {
	kind  Kind
	opts  CacheOptions
	load  func(context.Context, K) (V, error)
	slots chan struct{} // full when as many questions as may be are on their way
	all   sync.WaitGroup

	mu      sync.Mutex
	entries *simplelru.LRU[K, *entry[V]]
	flights map[K]*flight[V]
	ends    map[*flight[V]]context.CancelFunc // of flights, forgotten ones too; nil once the cache is closed
}

// entry is what is known of a key.
type entry[V any] struct {
	value  V
	err    error     // why there is no value
	fault  error     // why there is no newer value: load found nobody who answers
	loaded time.Time // when load began to find this
	asked  time.Time // when load was called last, and may have found nothing
	retry  time.Time // when load may be asked again
	used   time.Time // when somebody wanted this last, to the granularity of use
	purged bool      // it is said to have changed
}

// granularity of use: an entry moves to the front of the others once in this time,
// as moving is most of what finding it costs.
const granularity = time.Second

// failure returns why load had no value the last time, or nil if it had one.
func (e *entry[V]) failure() error {
	if e.fault != nil {
		return e.fault
	}
	return e.err
}

// usable reports whether there is a value that is younger than maxAge.
func (e *entry[V]) usable(now time.Time, maxAge time.Duration) bool {
	return e.err == nil && now.Before(e.loaded.Add(maxAge))
}

// flight is a call of load that others may wait for.
type flight[V any] struct {
	done  chan struct{}
	entry *entry[V] // to be read once done is closed
}

func newCache[K ~string, V any](kind Kind, opts CacheOptions, load func(context.Context, K) (V, error)) *cache[K, V] {
	entries, err := simplelru.NewLRU[K, *entry[V]](opts.Size, nil)
	if err != nil { // a size that is not positive, which withDefaults leaves none
		entries, _ = simplelru.NewLRU[K, *entry[V]](1, nil)
	}
	return &cache[K, V]{
		kind: kind, opts: opts, load: load, slots: make(chan struct{}, opts.MaxQuestions),
		entries: entries, flights: map[K]*flight[V]{}, ends: map[*flight[V]]context.CancelFunc{},
	}
}

// get returns what is known of key and younger than maxAge. What is fresh is
// returned as it is, and what is stale, too, while it is loaded anew. What was purged
// is loaded first, and returned if nobody answers.
func (c *cache[K, V]) get(ctx context.Context, key K, maxAge time.Duration) (V, error) {
	maxAge = min(maxAge, c.opts.MaxAge)
	value, err := c.answer(ctx, key, func(e *entry[V], now time.Time) (verdict, error) {
		usable := e.usable(now, maxAge)
		switch waits := now.Before(e.retry); {
		case usable && e.purged && !waits:
			return verdict{}, nil
		case usable && !e.purged && now.Before(e.loaded.Add(c.opts.Fresh)):
			return verdict{outcome: Hit, known: true}, nil
		case usable:
			return verdict{outcome: Stale, known: true, renew: !waits}, nil
		case waits && e.err != nil:
			return verdict{outcome: Negative, known: true}, e.err
		case waits && e.fault != nil:
			return verdict{outcome: Negative, known: true}, e.fault
		}
		return verdict{}, nil
	})
	if errors.Is(err, ErrUnavailable) {
		if old, ok := c.known(key, maxAge); ok {
			return old, nil
		}
	}
	return value, err
}

// refresh loads key, unless that was tried in the last moments, or nobody answers.
func (c *cache[K, V]) refresh(ctx context.Context, key K) (V, error) {
	return c.answer(ctx, key, func(e *entry[V], now time.Time) (verdict, error) {
		switch err := e.failure(); {
		case errors.Is(err, ErrUnavailable) && now.Before(e.retry):
			return verdict{outcome: Negative, known: true}, err
		case !now.Before(e.asked.Add(c.opts.MinRefresh)):
			return verdict{}, nil
		case err != nil:
			return verdict{outcome: Negative, known: true}, err
		}
		return verdict{outcome: Hit, known: true}, nil
	})
}

// verdict says whether an entry is an answer.
type verdict struct {
	outcome Outcome
	known   bool // it is
	renew   bool // and should be loaded anew meanwhile
}

// answer returns what is known of key if judge says that this will do, and
// otherwise what load finds.
func (c *cache[K, V]) answer(ctx context.Context, key K, judge func(*entry[V], time.Time) (verdict, error)) (V, error) {
	var none V
	for hasSlot := false; ; hasSlot = true {
		c.mu.Lock()
		now := c.opts.Now()
		e, known := c.entries.Peek(key)
		var v verdict
		var err error
		if known {
			c.use(key, e, now)
			v, err = judge(e, now)
		}
		var f *flight[V]
		outcome := Coalesced
		if !v.known || v.renew {
			f = c.flights[key]
			if f == nil && c.ends != nil && (hasSlot || c.takeSlot()) {
				f, outcome, hasSlot = c.start(ctx, key, now), Miss, false
			}
		}
		closed := c.ends == nil
		c.mu.Unlock()
		if hasSlot { // and it is not needed, as somebody else was faster
			<-c.slots
		}
		switch {
		case v.known:
			c.opts.Observer.Looked(c.kind, v.outcome)
			if err != nil {
				return none, err
			}
			return e.value, nil
		case f != nil:
			c.opts.Observer.Looked(c.kind, outcome)
			return f.wait(ctx)
		case closed:
			return none, failf(ErrUnavailable, key, "the directory is closed")
		}
		select {
		case c.slots <- struct{}{}:
		case <-ctx.Done():
			return none, ctx.Err()
		}
	}
}

// use keeps an entry from being the first to go.
func (c *cache[K, V]) use(key K, e *entry[V], now time.Time) {
	if now.Sub(e.used) >= granularity {
		c.entries.Get(key)
		e.used = now
	}
}

// takeSlot takes a slot if one is free.
func (c *cache[K, V]) takeSlot() bool {
	select {
	case c.slots <- struct{}{}:
		return true
	default:
		return false
	}
}

// known returns the value of key, if there is one that is younger than maxAge.
func (c *cache[K, V]) known(key K, maxAge time.Duration) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, known := c.entries.Peek(key); known && e.usable(c.opts.Now(), maxAge) {
		return e.value, true
	}
	return value, false
}

// purge has key loaded anew for who asks next, however short ago that was tried; but the
// servers of handles are those of strangers, and one that has not answered is left alone for
// its time. Who asks from now on does not get what is being loaded.
func (c *cache[K, V]) purge(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, known := c.entries.Peek(key)
	if known && c.kind == KindHandle && errors.Is(e.failure(), ErrUnavailable) && c.opts.Now().Before(e.retry) {
		return
	}
	delete(c.flights, key)
	switch {
	case !known:
	case e.err != nil:
		c.entries.Remove(key)
	default:
		e.purged, e.fault, e.asked, e.retry = true, nil, time.Time{}, time.Time{}
	}
}

// close ends what is being loaded, and waits for that.
func (c *cache[K, V]) close() {
	c.mu.Lock()
	for _, end := range c.ends {
		end()
	}
	c.ends = nil
	c.mu.Unlock()
	c.all.Wait()
}

// start begins to load key, which takes a slot until it ends. It is bounded by a
// time of its own: who gives up waiting does not end it for others.
func (c *cache[K, V]) start(ctx context.Context, key K, now time.Time) *flight[V] {
	f := &flight[V]{done: make(chan struct{}), entry: &entry[V]{loaded: now, asked: now, used: now}}
	ctx, end := context.WithTimeout(context.WithoutCancel(ctx), c.opts.Timeout)
	c.flights[key], c.ends[f] = f, end
	c.all.Go(func() {
		defer end()
		value, err := c.load(ctx, key)
		c.opts.Observer.Asked(c.kind, c.opts.Now().Sub(now), err)
		f.entry.value, f.entry.err = value, err
		c.land(key, f)
		<-c.slots
	})
	return f
}

// land keeps what a flight has found, unless it was forgotten meanwhile. That
// nobody answers does not replace what is known. That nobody was asked says nothing
// of the key, and is not kept: strangers can bring that about, and what would have
// been asked knows when it may be.
func (c *cache[K, V]) land(key K, f *flight[V]) {
	defer close(f.done)
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.ends, f)
	if c.flights[key] != f {
		return
	}
	delete(c.flights, key)
	now := c.opts.Now()
	switch old, known := c.entries.Peek(key); {
	case errors.Is(f.entry.err, ErrLimited) || errors.Is(f.entry.err, ErrDown):
		return
	case f.entry.err == nil:
		f.entry.retry = f.entry.loaded.Add(c.opts.Fresh)
	case !errors.Is(f.entry.err, ErrUnavailable):
		f.entry.retry = now.Add(c.opts.Negative)
	case known && old.usable(now, c.opts.MaxAge):
		old.fault, old.asked, old.retry = f.entry.err, f.entry.asked, now.Add(c.opts.Unavailable)
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
