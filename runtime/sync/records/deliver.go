package records

import (
	"context"
	"iter"
	stdsync "sync"
	"time"

	"github.com/lexgen/lexgen/runtime/lex"
)

// A Delivery is an event that is to be processed.
type Delivery struct {
	Event

	// Value is the record as a Go type, if there is one for it, or else an
	// [*lex.UnknownObject]; nil for a record that was deleted, for one that is no
	// DAG-CBOR of the data model, and for an event of an account.
	Value lex.Object

	outbox *deliveries
	done   *stdsync.Once
	ended  func()
}

// Ack says that the event was processed, so that the next one of its account may come.
// It is removed soon after; if the process ends before that, it comes again.
func (d *Delivery) Ack() {
	d.done.Do(func() {
		d.outbox.ack(d.DID)
		d.ended()
	})
}

// Again says that the event was not processed, and is to come again after a pause. Those
// of its account that follow wait as long.
func (d *Delivery) Again(pause time.Duration) {
	d.done.Do(func() {
		d.outbox.release(d.DID, pause)
		d.ended()
	})
}

// maxOut is how many events a loop over [Syncer.Events] may have without an answer.
const maxOut = 1000

// Events yields the events as they come, until the loop is left, ctx ends, or the store
// fails: a pair with an error is the last one. Each is to be answered with Ack or Again,
// in the loop or by another goroutine; until then none of the same account comes, and
// with 1,000 of them open none at all. What is open when the loop ends comes again, in
// this loop or another one. types may be nil.
func (s *Syncer) Events(ctx context.Context, types *lex.Types) iter.Seq2[*Delivery, error] {
	return func(yield func(*Delivery, error) bool) {
		l := &loop{open: map[*Delivery]struct{}{}, room: make(chan struct{}, maxOut)}
		defer l.end()
		for {
			select {
			case l.room <- struct{}{}:
			case <-ctx.Done():
				yield(nil, ctx.Err())
				return
			}
			e, err := s.outbox.take(ctx)
			if err != nil {
				yield(nil, err)
				return
			}
			d := &Delivery{Event: *e, outbox: s.outbox, done: &stdsync.Once{}}
			if e.Record != nil {
				d.Value, _ = e.Record.Decode(types) // it is there as bytes, too
			}
			l.begin(d)
			if !yield(d, nil) {
				return
			}
		}
	}
}

// A loop knows what is open.
type loop struct {
	room chan struct{}

	mu   stdsync.Mutex
	open map[*Delivery]struct{}
}

func (l *loop) begin(d *Delivery) {
	d.ended = func() {
		l.mu.Lock()
		delete(l.open, d)
		l.mu.Unlock()
		<-l.room
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[d] = struct{}{}
}

// end gives back what is open.
func (l *loop) end() {
	l.mu.Lock()
	open := make([]*Delivery, 0, len(l.open))
	for d := range l.open {
		open = append(open, d)
	}
	l.mu.Unlock()
	for _, d := range open {
		d.Again(0)
	}
}
