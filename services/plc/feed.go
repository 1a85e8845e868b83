package plc

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/lexgen/lexgen/services/plc/store"
)

// An event is an operation as streams send it.
type event struct {
	seq  int64
	at   time.Time // when it was taken
	text []byte
}

// A feed gives the streams what comes in. Each event is read and written as JSON
// once, however many streams send it. It holds the last ones; streams that are
// further behind read from the store.
type feed struct {
	store store.Store
	size  int           // of recent
	wake  chan struct{} // asks for an update
	most  int           // streams at a time
	open  sync.WaitGroup

	mu      sync.Mutex // guards below
	started bool       // head is that of the store
	head    int64      // the last number of the sequence
	floor   int64      // recent has all events after this one
	recent  []event
	changed chan struct{} // closed with the next change
	closed  bool
	streams int // that are open
}

func newFeed(s store.Store, size, most int) *feed {
	return &feed{store: s, size: size, most: most, wake: make(chan struct{}, 1), changed: make(chan struct{})}
}

// notify asks for an update soon.
func (f *feed) notify() {
	select {
	case f.wake <- struct{}{}:
	default: // is asked for already
	}
}

// update reads what has come in. It is called by one goroutine.
func (f *feed) update(ctx context.Context) error {
	for {
		// Whatever has a number up to this one can be read after it was asked for.
		head, err := f.store.Head(ctx)
		if err != nil {
			return err
		}
		if !f.started {
			f.floor, f.head = head, head
		}
		if f.started && head == f.head {
			return nil
		}
		events, err := f.read(ctx, f.head, f.size)
		if err != nil {
			return err
		}
		if n := len(events); n > 0 {
			head = max(head, events[n-1].seq)
			if n == f.size {
				head = events[n-1].seq
			}
		}
		f.add(events, head)
	}
}

// add appends events, and tells the streams.
func (f *feed) add(events []event, head int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.recent = append(f.recent, events...)
	if over := len(f.recent) - f.size; over > 0 {
		f.floor = f.recent[over-1].seq
		f.recent = append([]event(nil), f.recent[over:]...)
	}
	f.started, f.head = true, head
	f.tell()
}

// tell tells the streams that something has changed. It is called with the lock.
func (f *feed) tell() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// change returns a channel that is closed with the next change, or nil if the
// feed is closed.
func (f *feed) change() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	return f.changed
}

// enter counts a stream, unless the feed is closed, or has too many.
func (f *feed) enter() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return refusal(http.StatusServiceUnavailable, closeDown)
	case f.streams >= f.most:
		return refusal(http.StatusServiceUnavailable, "there are %d streams, and no more are taken", f.streams)
	}
	f.streams++
	f.open.Add(1)
	return nil
}

// leave ends what enter began.
func (f *feed) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.streams--
	f.open.Done()
}

// close ends all streams, and waits for them.
func (f *feed) close() {
	f.mu.Lock()
	f.closed = true
	f.tell()
	f.mu.Unlock()
	f.open.Wait()
}

// after returns some of the events after a number, and whether the feed held
// them. It returns none if there are none yet.
func (f *feed) after(ctx context.Context, seq int64) (events []event, held bool, err error) {
	if events, held = f.held(seq); held {
		return events, true, nil
	}
	const page = 200
	events, err = f.read(ctx, seq, page)
	return events, false, err
}

func (f *feed) held(seq int64) ([]event, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.started || seq < f.floor {
		return nil, false
	}
	i, _ := slices.BinarySearchFunc(f.recent, seq+1, func(e event, seq int64) int { return cmp.Compare(e.seq, seq) })
	return f.recent[i:], true
}

// read reads events from the store.
func (f *feed) read(ctx context.Context, after int64, limit int) ([]event, error) {
	records, err := f.store.After(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	events := make([]event, 0, len(records))
	for i := range records {
		text, err := sequencedLine(&records[i])
		if err != nil {
			return nil, err
		}
		events = append(events, event{records[i].Seq, records[i].CreatedAt, text})
	}
	return events, nil
}

// last returns the last number of the sequence that streams were told of.
func (f *feed) last() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.head
}
