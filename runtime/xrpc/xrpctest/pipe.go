package xrpctest

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// buffered is how many bytes are on their way before a writer waits: some control
// frames. Without any room two ends that answer each other's pings would wait for each
// other for ever, and with much of it a peer that reads nothing would not be noticed.
const buffered = 64

// newPipe returns the ends of a connection in memory.
func newPipe() (one, other net.Conn) {
	there, back := newFlow(), newFlow()
	return &end{in: back, out: there}, &end{in: there, out: back}
}

// A flow is one direction of a connection.
type flow struct {
	mu      sync.Mutex
	data    []byte
	ended   bool      // nothing is written any more
	gone    bool      // nothing is read any more
	read    time.Time // deadlines; zero for none
	write   time.Time
	changed chan struct{} // closed at every change
}

func newFlow() *flow { return &flow{changed: make(chan struct{})} }

// try does something until that is done or the deadline is over.
func (f *flow) try(deadline *time.Time, do func() (done bool, err error)) error {
	for {
		f.mu.Lock()
		until, changed := *deadline, f.changed
		if !until.IsZero() && !time.Now().Before(until) {
			f.mu.Unlock()
			return os.ErrDeadlineExceeded
		}
		done, err := do()
		if done || err != nil {
			f.change()
		}
		f.mu.Unlock()
		if done || err != nil {
			return err
		}
		wait(changed, until)
	}
}

// change wakes who waits. The flow is locked.
func (f *flow) change() {
	close(f.changed)
	f.changed = make(chan struct{})
}

// set changes the flow.
func (f *flow) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	f.change()
}

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

// end is one end of a connection.
type end struct{ in, out *flow }

// Read returns what has come.
func (e *end) Read(b []byte) (n int, err error) {
	err = e.in.try(&e.in.read, func() (bool, error) {
		switch {
		case e.in.gone:
			return false, io.ErrClosedPipe
		case len(e.in.data) > 0 || len(b) == 0:
			n = copy(b, e.in.data)
			e.in.data = e.in.data[n:]
			return true, nil
		case e.in.ended:
			return false, io.EOF
		}
		return false, nil
	})
	return n, err
}

// Write returns when all is on its way.
func (e *end) Write(b []byte) (n int, err error) {
	for first := true; err == nil && (first || n < len(b)); first = false {
		err = e.out.try(&e.out.write, func() (bool, error) {
			if e.out.ended || e.out.gone {
				return false, io.ErrClosedPipe
			}
			room := min(buffered-len(e.out.data), len(b)-n)
			if room <= 0 && n < len(b) {
				return false, nil
			}
			e.out.data = append(e.out.data, b[n:n+room]...)
			n += room
			return true, nil
		})
	}
	return n, err
}

// Close ends both directions. What is on its way to the other end is read there.
func (e *end) Close() error {
	e.out.set(func() { e.out.ended = true })
	e.in.set(func() { e.in.gone = true })
	return nil
}

func (*end) LocalAddr() net.Addr  { return address{} }
func (*end) RemoteAddr() net.Addr { return address{} }

// SetDeadline is of reading and writing.
func (e *end) SetDeadline(t time.Time) error {
	_ = e.SetReadDeadline(t)
	return e.SetWriteDeadline(t)
}

// SetReadDeadline ends a Read that waits, or waits later.
func (e *end) SetReadDeadline(t time.Time) error {
	e.in.set(func() { e.in.read = t })
	return nil
}

// SetWriteDeadline ends a Write that waits, or waits later.
func (e *end) SetWriteDeadline(t time.Time) error {
	e.out.set(func() { e.out.write = t })
	return nil
}
