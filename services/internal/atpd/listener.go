package atpd

import (
	"net"
	"sync"
)

// bounded returns a listener that takes no more connections while so many are open:
// the others wait where the system keeps them.
func bounded(l net.Listener, most int) net.Listener {
	return &boundedListener{Listener: l, places: make(chan struct{}, most), closed: make(chan struct{})}
}

type boundedListener struct {
	net.Listener

	places chan struct{} // one for each connection
	close  sync.Once
	closed chan struct{}
}

// Accept waits for a place and a connection.
func (l *boundedListener) Accept() (net.Conn, error) {
	select {
	case l.places <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.places
		return nil, err //nolint:wrapcheck // as the listener says it
	}
	return &placedConn{Conn: conn, leave: sync.OnceFunc(func() { <-l.places })}, nil
}

// Close ends the listener, and who waits for a place.
func (l *boundedListener) Close() error {
	l.close.Do(func() { close(l.closed) })
	return l.Listener.Close() //nolint:wrapcheck // as the listener says it
}

// placedConn is a connection that has a place until it is closed.
type placedConn struct {
	net.Conn

	leave func()
}

// Close ends the connection.
func (c *placedConn) Close() error {
	defer c.leave()
	return c.Conn.Close() //nolint:wrapcheck // as the connection says it
}

// NetConn returns the connection below, for those who set options of TCP.
func (c *placedConn) NetConn() net.Conn { return c.Conn }
