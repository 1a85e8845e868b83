package lexicon

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// key names a record of [Collection].
type key struct {
	did  syntax.DID
	nsid syntax.NSID
}

// memory remembers what was found, and has one of those who want the same at the same
// time ask for all.
type memory struct {
	opts Options

	mu      sync.Mutex // guards below
	entries *simplelru.LRU[key, *entry]
	bytes   int64 // of all records
	flights map[key]*flight
}

// entry is what is known of a key. It is not changed, but replaced.
type entry struct {
	lexicon *Lexicon  // nil if there is none
	err     error     // why there is none, or why there is no newer one
	loaded  time.Time // when somebody began to ask for lexicon
	retry   time.Time // when somebody may ask again after err
}

// flight is a question that somebody asks for all.
type flight struct {
	done    chan struct{}
	lexicon *Lexicon // to be read once done is closed, and so is the rest
	err     error
	dropped bool // who asked gave up, and nothing is known
}

func newMemory(opts Options) *memory {
	m := &memory{opts: opts, flights: map[key]*flight{}}
	m.entries, _ = simplelru.NewLRU(opts.Size, func(_ key, e *entry) { m.bytes -= sizeOf(e) }) // fails for sizes that are not positive
	return m
}

// sizeOf returns how much of the memory's bytes an entry takes.
func sizeOf(e *entry) int64 {
	const overhead = 512
	if e.lexicon == nil {
		return overhead
	}
	return int64(len(e.lexicon.Data)) + overhead
}

// get returns what is known of a key, or else what load finds, which takes what was
// known before.
func (m *memory) get(ctx context.Context, k key, load func(known *Lexicon) (*Lexicon, error)) (*Lexicon, error) {
	for {
		m.mu.Lock()
		e, _ := m.entries.Get(k)
		if found, err, ok := m.judge(e); ok {
			m.mu.Unlock()
			return found, err
		}
		f := m.flights[k]
		if f == nil {
			f = &flight{done: make(chan struct{})}
			m.flights[k] = f
			m.mu.Unlock()
			return m.fly(ctx, k, f, e, load)
		}
		m.mu.Unlock()
		select {
		case <-f.done:
			if !f.dropped {
				return f.lexicon, f.err
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// judge reports whether an entry, which may be nil, is an answer: either its schema, or
// else its error.
func (m *memory) judge(e *entry) (found *Lexicon, err error, ok bool) { //nolint:revive // the error is the answer
	if e == nil {
		return
	}
	now := m.opts.Now()
	switch waits := e.err != nil && now.Before(e.retry); {
	case e.lexicon != nil && (now.Before(e.loaded.Add(m.opts.Fresh)) || waits && now.Before(e.loaded.Add(m.opts.MaxAge))):
		return e.lexicon, nil, true
	case waits:
		return nil, e.err, true
	}
	return
}

// fly asks for all.
func (m *memory) fly(ctx context.Context, k key, f *flight, old *entry, load func(*Lexicon) (*Lexicon, error)) (*Lexicon, error) {
	began := m.opts.Now()
	f.dropped = true // unless it lands
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.flights[k] == f {
			delete(m.flights, k)
		}
		close(f.done)
	}()
	var known *Lexicon
	if old != nil {
		known = old.lexicon
	}
	f.lexicon, f.err = load(known)
	if ctx.Err() != nil && f.err != nil {
		return nil, f.err
	}
	f.dropped = false
	m.land(k, f, old, began)
	return f.lexicon, f.err
}

// land keeps what was found, unless it was forgotten meanwhile. That nobody says
// anything that counts does not replace what is known.
func (m *memory) land(k key, f *flight, old *entry, began time.Time) {
	now := m.opts.Now()
	e := &entry{lexicon: f.lexicon, loaded: began}
	if f.err != nil {
		e.lexicon, e.err, e.retry = nil, f.err, now.Add(m.opts.Unavailable)
		if isAnswer(f.err) {
			e.retry = now.Add(m.opts.Negative)
		} else if old != nil && old.lexicon != nil && now.Before(old.loaded.Add(m.opts.MaxAge)) {
			e.lexicon, e.loaded = old.lexicon, old.loaded
			f.lexicon, f.err = old.lexicon, nil
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.flights[k] != f {
		return
	}
	m.entries.Remove(k)
	m.bytes += sizeOf(e)
	m.entries.Add(k, e)
	for m.bytes > m.opts.MaxBytes && m.entries.Len() > 1 {
		m.entries.RemoveOldest()
	}
}

// isAnswer reports whether an error is what the authority says, and not that somebody
// on the way says nothing that counts.
func isAnswer(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, ErrRecord) || errors.Is(err, ErrNoServer) || errors.Is(err, ErrAuthority)
}

// forget drops what is known of a key, and what somebody is just asking for.
func (m *memory) forget(k key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries.Remove(k)
	delete(m.flights, k)
}
