package sync

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// Windows that consumers expect to be replayed (ES-11).
const (
	HostWindow  = 24 * time.Hour // of a server with repositories
	RelayWindow = 72 * time.Hour
)

// A Retention says what a log keeps. Fields that are zero are no bound.
type Retention struct {
	// Age is how long an entry is kept.
	Age time.Duration
	// Bytes bounds the frames that are kept, as if nothing had been erased.
	Bytes int64
}

// Window says what is kept.
func (l *Log) Window() xrpc.Window { return l.State().Window }

// State says what is kept, and how often something was erased.
func (l *Log) State() LogState {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.state
}

// Retain drops what need not be kept any more, and returns the seq up to which nothing is
// kept. It is to be called again and again, every minute or so. Times and offsets rise
// like seqs, so that it finds the place with some 30 short reads, however long the log is.
func (l *Log) Retain(ctx context.Context, r Retention) (dropped int64, err error) {
	window := l.Window()
	last, err := l.lastEntry(ctx)
	if err != nil {
		return window.Dropped, fmt.Errorf("sync: look for what is old: %w", err)
	}
	oldest := l.now().Add(-r.Age)
	old := func(e *Entry) bool {
		return r.Age > 0 && e.Time.Before(oldest) || r.Bytes > 0 && last.end()-e.Offset > r.Bytes
	}
	upTo, err := l.lastWhere(ctx, window, old)
	if err != nil {
		return window.Dropped, fmt.Errorf("sync: look for what is old: %w", err)
	}
	if upTo.Seq <= window.Dropped {
		return window.Dropped, nil
	}
	return upTo.Seq, l.Drop(ctx, upTo.Seq)
}

// lastEntry returns the last entry that is kept, an empty one if there is none.
func (l *Log) lastEntry(ctx context.Context) (Entry, error) {
	entries, err := l.store.Read(ctx, l.Window().Latest-1, 1, 1)
	switch {
	case err != nil:
		return Entry{}, err
	case len(entries) > 0:
		return entries[0], nil
	}
	return l.lastWhere(ctx, l.Window(), func(*Entry) bool { return true })
}

// lastWhere returns the last entry of which something is true that is true of all before
// it, and false of all behind it; an empty one if there is none.
func (l *Log) lastWhere(ctx context.Context, w xrpc.Window, is func(*Entry) bool) (last Entry, err error) {
	low, high := w.Dropped, w.Latest // it is true up to low, and false behind high
	for probe := low + 1; low < high; probe = low + (high-low+1)/2 {
		entries, err := l.store.Read(ctx, probe-1, 1, 1)
		switch {
		case err != nil:
			return last, err
		case len(entries) > 0 && entries[0].Seq <= high && is(&entries[0]):
			last, low = entries[0], entries[0].Seq
		default:
			high = probe - 1
		}
	}
	return last, nil
}

// Skip moves the sequence forward, so that the next event gets a seq behind latest (ES-14):
// after a log was restored from a copy, well above what may have been sent since that was
// made. A log that is further does not move.
func (l *Log) Skip(ctx context.Context, latest int64) error {
	if latest > xrpc.MaxSeq {
		return fmt.Errorf("sync: skip to %d: %w", latest, ErrSeqs)
	}
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	l.mu.Lock()
	refused := l.refused
	l.mu.Unlock()
	if refused != nil {
		return refused
	}
	if err := l.store.Skip(ctx, latest); err != nil {
		return fmt.Errorf("sync: skip to %d: %w", latest, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.Latest = max(l.state.Latest, latest)
	l.wake()
	return nil
}

// Drop removes all events up to a seq. Who follows and is behind it goes on with what
// is kept.
func (l *Log) Drop(ctx context.Context, upTo int64) error {
	upTo = min(upTo, l.Window().Latest)
	if err := l.store.Drop(ctx, upTo); err != nil {
		return fmt.Errorf("sync: drop events up to %d: %w", upTo, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state.Dropped = max(l.state.Dropped, upTo)
	l.tail.remove(func(e Entry) bool { return e.Seq <= upTo })
	l.wake()
	return nil
}

// An Erasure is what [Log.Erase] has removed: the events of an account before a seq.
type Erasure struct {
	DID    syntax.DID
	Before int64
}

// keptErasures is how many of the last erasures a log remembers.
const keptErasures = 64

// Erasures returns what was erased after the number since of [LogState.Erased], up to the
// number upTo, so that who has events in memory knows which ones are to be forgotten. known is
// false if it was too much, or another process has done it: it may be anything then.
func (l *Log) Erasures(since, upTo int64) (erased []Erasure, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.lastErased - int64(len(l.erased)) // the number before those that are remembered
	if since < first || upTo > l.lastErased || since > upTo {
		return nil, false
	}
	return slices.Clone(l.erased[since-first : upTo-first]), true
}

// noteErasure remembers one. It needs mu.
func (l *Log) noteErasure(e Erasure) {
	if l.state.Erased != l.lastErased { // others have erased something, too
		l.erased = nil
	}
	l.state.Erased++ // after an error, too: some may be gone
	if len(l.erased) == keptErasures {
		l.erased = slices.Clone(l.erased[1:])
	}
	l.erased, l.lastErased = append(l.erased, e), l.state.Erased
}

// Erase removes all events of an account but the one with a seq, which says that it
// was deleted, and those after it (SN-23).
func (l *Log) Erase(ctx context.Context, deletion *comatproto.SyncSubscribeReposAccount) error {
	err := l.store.Erase(ctx, deletion.DID, deletion.Seq-1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.noteErasure(Erasure{deletion.DID, deletion.Seq})
	l.tail.remove(func(e Entry) bool { return e.DID == deletion.DID && e.Seq < deletion.Seq })
	l.wake()
	if err != nil {
		return fmt.Errorf("sync: erase the events of %s: %w", deletion.DID, err)
	}
	return nil
}
