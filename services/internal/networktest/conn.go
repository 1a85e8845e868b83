package networktest

import (
	"errors"
	"net"
	"sync"
	"time"
)

// A conn is one end of a connection.
type conn struct {
	in, out *flow
	local   address
	remote  address
	closed  func() // called when this end is closed
	once    sync.Once
}

var errClosed = &net.OpError{Op: "read", Net: "memory", Err: net.ErrClosed}

// Read waits for something to arrive.
func (c *conn) Read(b []byte) (int, error) { return c.in.Read(b) }

// Write sends something.
func (c *conn) Write(b []byte) (int, error) { return c.out.Write(b) }

// Close ends the connection. The other end gets what is on its way, and then io.EOF.
func (c *conn) Close() error {
	c.once.Do(func() {
		c.out.finish()
		c.in.fail(errClosed, 0)
		c.closed()
	})
	return nil
}

// LocalAddr returns the name of this end.
func (c *conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the name of the other end.
func (c *conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets both deadlines.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline says until when to read.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.in.update(func() { c.in.read = t })
	return nil
}

// SetWriteDeadline says until when to write.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.out.update(func() { c.out.write = t })
	return nil
}

// An address is a name in the network.
type address string

// Network returns memory.
func (address) Network() string { return "memory" }

// String returns the name.
func (a address) String() string { return string(a) }
