package networktest

import (
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"time"
)

// buffered is how many bytes may be on their way in one direction before the writer
// waits.
const buffered = 64 << 10

// A flow is one direction of a connection: what is written arrives later, part by part,
// no two of them at the same moment.
type flow struct {
	mu      sync.Mutex
	chance  *rand.Rand
	pace    Pace
	parts   []part
	size    int       // bytes in parts
	last    time.Time // when the last part arrives
	behind  error     // what the reader gets behind all parts
	broken  error     // what both sides get from ends on
	ends    time.Time
	keep    int           // if it is not negative, how many bytes of the next part arrive before the connection breaks
	as      error         // what the reader gets then
	changed chan struct{} // closed at every change
	read    time.Time     // deadlines; zero for none
	write   time.Time
}

type part struct {
	data []byte
	at   time.Time
}

// A Pace is how fast connections are.
type Pace struct {
	Latency, Spread time.Duration // a part needs Latency and up to Spread more
	BytesPerSecond  int           // 0 for no limit
}

func newFlow(chance *rand.Rand, pace Pace) *flow {
	return &flow{chance: chance, pace: pace, keep: -1, changed: make(chan struct{})}
}

// update changes the flow and wakes who waits for that.
func (f *flow) update(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	close(f.changed)
	f.changed = make(chan struct{})
}

// arrival draws when n bytes arrive that are written now. The flow is locked.
func (f *flow) arrival(n int) time.Time {
	at := time.Now().Add(f.pace.Latency + between(f.chance, 1, max(f.pace.Spread, 2)))
	if next := f.last.Add(between(f.chance, 1, 20*time.Microsecond)); at.Before(next) {
		at = next
	}
	if f.pace.BytesPerSecond > 0 {
		at = at.Add(time.Duration(n) * time.Second / time.Duration(f.pace.BytesPerSecond))
	}
	f.last = at
	return at
}

// Read returns what has arrived of one part.
func (f *flow) Read(b []byte) (n int, err error) {
	for {
		f.mu.Lock()
		n, until, err := f.take(b)
		changed := f.changed
		f.mu.Unlock()
		if n > 0 || err != nil || len(b) == 0 {
			return n, err
		}
		wait(changed, until)
	}
}

// take reads without waiting. If there is nothing, until is when to try again, unless
// something changes before; zero is never.
func (f *flow) take(b []byte) (n int, until time.Time, err error) {
	now := time.Now()
	switch {
	case f.isBroken(now):
		return 0, until, f.broken
	case !f.read.IsZero() && !now.Before(f.read):
		return 0, until, os.ErrDeadlineExceeded
	case len(f.parts) > 0 && !f.parts[0].at.After(now):
		n = copy(b, f.parts[0].data)
		f.size -= n
		if f.parts[0].data = f.parts[0].data[n:]; len(f.parts[0].data) == 0 {
			f.parts = f.parts[1:]
		}
		close(f.changed) // there is room
		f.changed = make(chan struct{})
		return n, until, nil
	case len(f.parts) == 0 && f.behind != nil && !f.last.After(now):
		return 0, until, f.behind
	case len(f.parts) > 0:
		until = f.parts[0].at
	case f.behind != nil:
		until = f.last
	}
	return 0, earlier(earlier(until, f.read), f.ends), nil
}

func (f *flow) isBroken(now time.Time) bool { return f.broken != nil && !now.Before(f.ends) }

// Write sends data on its way, and waits while there is too much on it.
func (f *flow) Write(b []byte) (int, error) {
	for {
		f.mu.Lock()
		changed, until := f.changed, earlier(f.write, f.ends)
		var err error
		switch {
		case f.isBroken(time.Now()):
			err = f.broken
		case f.behind != nil:
			err = io.ErrClosedPipe
		case !f.write.IsZero() && !time.Now().Before(f.write):
			err = os.ErrDeadlineExceeded
		case f.size > 0 && f.size+len(b) > buffered:
			f.mu.Unlock()
			wait(changed, until)
			continue
		}
		f.mu.Unlock()
		if err == nil {
			f.update(func() { f.send(b) })
			return len(b), nil
		}
		return 0, err
	}
}

func (f *flow) send(b []byte) {
	if f.keep >= 0 && f.keep < len(b) {
		b, f.behind = b[:f.keep], f.as
	}
	f.parts = append(f.parts, part{append([]byte(nil), b...), f.arrival(len(b))})
	f.size += len(b)
	if len(b) == 0 {
		f.parts = f.parts[:len(f.parts)-1]
	}
}

// finish says that nothing is written any more.
func (f *flow) finish() {
	f.update(func() {
		if f.behind == nil {
			f.arrival(0)
			f.behind = io.EOF
		}
	})
}

// fail breaks the flow after a while, or at once.
func (f *flow) fail(err error, after time.Duration) {
	f.update(func() {
		if at := time.Now().Add(after); f.broken == nil || at.Before(f.ends) {
			f.broken, f.ends = err, at
		}
	})
}

// hold has nothing arrive for a while.
func (f *flow) hold(d time.Duration) {
	f.update(func() {
		until := time.Now().Add(d)
		for i := range f.parts {
			if f.parts[i].at.Before(until) {
				f.parts[i].at = until
			}
			until = until.Add(between(f.chance, 1, 20*time.Microsecond))
		}
		if f.last.Before(until) {
			f.last = until
		}
	})
}

// cutNext has the connection break, or end, inside the next part.
func (f *flow) cutNext(keep int, as error) { f.update(func() { f.keep, f.as = keep, as }) }

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// wait waits for a change or a time, if that is not zero.
func wait(changed <-chan struct{}, until time.Time) {
	if until.IsZero() {
		<-changed
		return
	}
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	}
}
