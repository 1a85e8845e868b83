package fanout

import (
	"cmp"
	"context"
	"errors"
	"slices"
	stdsync "sync"
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
)

// errOvertaken says that the log does not keep a place any more.
var errOvertaken = errors.New("what comes next is not kept any more")

// A feed has the segments that are in memory, which subscribers share.
type feed struct {
	log    *sync.Log
	memory int // bytes of segments
	now    func() time.Time

	mu       stdsync.Mutex
	segments []*segment // in order, no two of which overlap
	erased   int64      // the state of the log that they are of
	dropped  int64
	pieces   map[*piece]struct{} // that are being sent
	held     int                 // bytes of segments, and of those that are gone and being sent
	ending   int                 // of these, bytes that only those hold who were told to end
	relieved time.Time           // when somebody was told to, for those who wait
	peak     int                 // the most that were held
	uses     int64               // counts
	loads    map[int64]*load     // what is being read from the store, by what it is behind
	freed    chan struct{}       // closed when memory was freed that somebody waits for, nil if nobody does
	reads    int64               // of the store
}

// A load is a read of the store, for all who wait for it.
type load struct {
	done    chan struct{} // closed at the end
	empty   bool          // there was nothing
	changed <-chan struct{}
	err     error
}

func newFeed(log *sync.Log, memory int, now func() time.Time) *feed {
	return &feed{log: log, memory: memory, now: now, pieces: map[*piece]struct{}{}, loads: map[int64]*load{}}
}

// loadsAtOnce bounds reads of the store side by side.
const loadsAtOnce = 4

// A piece is what one subscriber is sent with one call.
type piece struct {
	segment *segment
	frames  []byte
	count   int
	upTo    int64

	since time.Time               // when that began
	end   context.CancelCauseFunc // of the subscriber
	ended bool                    // it was told to end
}

// A reader is who wants pieces.
type reader struct {
	// end ends it.
	end context.CancelCauseFunc
	// wait returns when a channel is closed, or at the latest after a time that is not 0.
	wait func(c <-chan struct{}, atMost time.Duration) error
}

// next returns the piece behind a seq, which is to be released. If there is none yet,
// changed is closed when there may be one. Errors of wait are returned.
func (f *feed) next(ctx context.Context, r reader, after int64) (p *piece, changed <-chan struct{}, err error) {
	const again = time.Second / 2 // meanwhile somebody may have held memory for too long
	for {
		found, err := f.look(after, r.end)
		if err != nil || found.piece != nil || found.changed != nil {
			return found.piece, found.changed, err
		}
		if found.reads {
			if p, err := f.readFor(ctx, r, after, found.load); p != nil || err != nil {
				return p, nil, err
			}
		}
		l := found.load
		if l == nil {
			if err := r.wait(found.freed, again); err != nil {
				return nil, nil, err
			}
			continue
		}
		if err := r.wait(l.done, 0); err != nil {
			return nil, nil, err
		}
		if l.empty || l.err != nil {
			return nil, l.changed, l.err
		}
	}
}

// readFor reads for a caller who does other things meanwhile, however long the store takes.
func (f *feed) readFor(ctx context.Context, r reader, after int64, l *load) (p *piece, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		p = f.read(ctx, after, l, r.end)
	}()
	err = r.wait(done, 0)
	<-done
	if err != nil && p != nil {
		f.release(p)
		p = nil
	}
	return p, err
}

// finding is a piece, or one of what to wait for.
type finding struct {
	piece   *piece
	changed <-chan struct{} // there is nothing yet
	load    *load           // it is being read
	reads   bool            // by the caller
	freed   <-chan struct{} // there is no memory, or too much is being read
}

// look looks for a piece, and begins a load if it has to.
func (f *feed) look(after int64, end context.CancelCauseFunc) (finding, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forget()
	if after < f.dropped {
		return finding{}, errOvertaken
	}
	s := f.find(after)
	if s == nil {
		entries, changed, held := f.log.Recent(after)
		if held && len(entries) == 0 {
			return finding{changed: changed}, nil
		}
		if held {
			f.add(after, entries, true)
			s = f.find(after)
		}
	}
	if s != nil {
		return finding{piece: f.pin(s, after, end)}, nil
	}
	if l := f.loads[after]; l != nil {
		return finding{load: l}, nil
	}
	short := f.held >= f.memory && !f.evict(f.uses) // all is being sent
	if short || len(f.loads) >= loadsAtOnce {
		if f.freed == nil {
			f.freed = make(chan struct{})
		}
		if short {
			f.relieveWaiting()
		}
		return finding{freed: f.freed}, nil
	}
	l := &load{done: make(chan struct{})}
	f.loads[after] = l
	return finding{load: l, reads: true}, nil
}

// read reads from the store what is behind a seq, for the caller, who gets the piece, and
// for others who are there or come there soon. It does not end with ctx, because they wait
// for it.
func (f *feed) read(ctx context.Context, after int64, l *load, end context.CancelCauseFunc) (p *piece) {
	erased := f.log.State().Erased
	var entries []sync.Entry
	entries, l.changed, l.err = f.log.Next(context.WithoutCancel(ctx), after)
	l.empty = len(entries) == 0
	f.mu.Lock()
	defer f.mu.Unlock()
	defer close(l.done)
	delete(f.loads, after)
	f.free()
	f.reads++
	if f.forget(); erased != f.erased && len(entries) > 0 {
		return f.alone(after, entries, end)
	}
	before := f.uses
	for first := after; len(entries) > 0 && f.find(after) == nil; {
		n := f.add(after, entries, false)
		if after == first {
			if s := f.find(first); s != nil {
				p = f.pin(s, first, end)
			}
		}
		if n == 0 {
			break
		}
		after, entries = entries[n-1].Seq, entries[n:]
		for f.held+segmentSize > f.memory {
			if !f.evict(before) { // there is no room for what somebody may need later
				return p
			}
		}
	}
	return p
}

// alone returns a piece of entries of which some may have been erased since they were read.
// Nobody else finds it. It is sent like what was on its way by then, so that who reads gets
// on, however often something is erased.
func (f *feed) alone(after int64, entries []sync.Entry, end context.CancelCauseFunc) *piece {
	s, _ := newSegment(after, entries, false)
	s.gone = true
	f.held += s.size
	f.peak = max(f.peak, f.held)
	return f.pin(s, after, end)
}

// forget removes segments that the log does not stand for any more: those that have events
// that were erased, or all if it is not known which ones were, and those of which nothing
// is kept.
func (f *feed) forget() {
	state := f.log.State()
	if state.Erased == f.erased && state.Dropped == f.dropped {
		return
	}
	erased, known := f.log.Erasures(f.erased, state.Erased)
	known = known || state.Erased == f.erased
	f.segments = slices.DeleteFunc(f.segments, func(s *segment) bool {
		gone := !known || s.upTo <= state.Dropped
		for _, e := range erased {
			gone = gone || s.has(accountOf(e.DID), e.Before)
		}
		if gone {
			f.leave(s)
		}
		return gone
	})
	f.erased, f.dropped = state.Erased, state.Dropped
}

// find returns the segment that has what is behind a seq, nil if there is none.
func (f *feed) find(after int64) *segment {
	if i := f.position(after); i > 0 && after < f.segments[i-1].upTo {
		return f.segments[i-1]
	}
	return nil
}

// position returns the number of segments that begin at a seq or before it.
func (f *feed) position(after int64) int {
	i, _ := slices.BinarySearchFunc(f.segments, after, func(s *segment, seq int64) int {
		if s.after <= seq {
			return -1
		}
		return 1
	})
	return i
}

// add makes a segment of entries behind a seq, where there is none, or adds to the one
// before. It returns how many were added.
func (f *feed) add(after int64, entries []sync.Entry, grows bool) int {
	i := f.position(after)
	if i < len(f.segments) { // up to the next one
		next := f.segments[i]
		n, _ := slices.BinarySearchFunc(entries, next.after+1, func(e sync.Entry, seq int64) int { return cmp.Compare(e.Seq, seq) })
		if n == 0 { // there is nothing in between
			next.after = after
			return 0
		}
		entries, grows = entries[:n], false
	}
	if grows && i > 0 && f.segments[i-1].upTo == after {
		if n := f.segments[i-1].add(entries); n > 0 {
			return n
		}
	}
	s, n := newSegment(after, entries, grows)
	f.held += s.size
	for f.held > f.memory && f.evict(f.uses) { //nolint:revive // that is all
	}
	f.relieve(f.memory)
	f.peak = max(f.peak, f.held)
	f.uses++
	s.used = f.uses
	f.segments = slices.Insert(f.segments, f.position(after), s)
	return n
}

// evict removes the segment that was used longest ago, of those that nobody is sending and
// that were not used after a moment.
func (f *feed) evict(before int64) bool {
	oldest := -1
	for i, s := range f.segments {
		if s.pins == 0 && s.used <= before && (oldest < 0 || s.used < f.segments[oldest].used) {
			oldest = i
		}
	}
	if oldest < 0 {
		return false
	}
	f.leave(f.segments[oldest])
	f.segments = slices.Delete(f.segments, oldest, oldest+1)
	return true
}

// leave counts the memory of a segment that is not found any more, once nobody is
// sending it.
func (f *feed) leave(s *segment) {
	if s.gone = true; s.pins == 0 {
		f.held -= s.size
		f.free()
	}
}

func (f *feed) pin(s *segment, after int64, end context.CancelCauseFunc) *piece {
	f.uses++
	s.pins, s.used = s.pins+1, f.uses
	f.countEnding(s)
	p := &piece{segment: s, upTo: s.upTo, since: f.now(), end: end}
	p.frames, p.count = s.behind(after)
	f.pieces[p] = struct{}{}
	return p
}

// release ends the use of a piece.
func (f *feed) release(p *piece) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.pieces, p)
	s := p.segment
	if p.ended {
		s.told--
	}
	s.pins--
	if f.countEnding(s); s.pins > 0 {
		return
	}
	if s.gone {
		f.held -= s.size
	}
	f.free()
}

// countEnding counts the memory of a segment among what ends soon, if all who are sending it
// now were told to end.
func (f *feed) countEnding(s *segment) {
	ending := s.pins > 0 && s.told == s.pins
	switch {
	case ending && !s.ending:
		f.ending += s.size
	case !ending && s.ending:
		f.ending -= s.size
	}
	s.ending = ending
}

// free tells those who wait for memory.
func (f *feed) free() {
	if f.freed != nil {
		close(f.freed)
		f.freed = nil
	}
}

// patience is how much memory a subscriber may hold for how long while there is too little,
// in bytes times seconds: a frame of 2 MB for less than a second, 128 KiB for 13. Memory that
// several hold counts for each in part.
const patience = 2 << 20

// relieve tells those who have lost the patience of others to end, the worst ones first, until
// no more than some bytes are held.
func (f *feed) relieve(most int) {
	if f.held-f.ending <= most {
		return
	}
	type holder struct {
		piece *piece
		cost  float64
	}
	var holders []holder
	now := f.now()
	for p := range f.pieces {
		cost := float64(p.segment.size) / float64(p.segment.pins) * now.Sub(p.since).Seconds()
		if cost >= patience && !p.ended {
			holders = append(holders, holder{p, cost})
		}
	}
	slices.SortFunc(holders, func(a, b holder) int { return cmp.Compare(b.cost, a.cost) })
	for _, h := range holders {
		h.piece.end(errSlow)
		h.piece.ended = true
		h.piece.segment.told++
		if f.countEnding(h.piece.segment); f.held-f.ending <= most {
			return
		}
	}
}

// relieveWaiting makes some room for those who wait for memory. However many these are, not
// more is done than is good for all.
func (f *feed) relieveWaiting() {
	const pause, share = time.Second / 10, 8
	if now := f.now(); now.Sub(f.relieved) >= pause {
		f.relieved = now
		f.relieve(f.memory - f.memory/share)
	}
}

// pressed reports whether what is being sent fills the memory.
func (f *feed) pressed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.held >= f.memory && !slices.ContainsFunc(f.segments, func(s *segment) bool { return s.pins == 0 })
}
