package sync

import stdsync "sync"

// progress knows up to which event of a stream all were processed, though they end in
// another order than they came in.
type progress struct {
	mu   stdsync.Mutex
	open []*step // in the order of their coming; the first one is not done
	last int64   // the seq of the last step before it, 0 if there was none
}

// A step is an event that is being processed.
type step struct {
	seq  int64
	done bool
}

// begin notes that an event has come.
func (p *progress) begin(seq int64) *step {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &step{seq: seq}
	p.open = append(p.open, s)
	return s
}

// end notes that it was processed.
func (p *progress) end(s *step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.done = true
	for len(p.open) > 0 && p.open[0].done {
		p.last, p.open = p.open[0].seq, p.open[1:]
	}
}

// cursor is the seq of the last event before which, and which itself, was processed.
func (p *progress) cursor() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}
