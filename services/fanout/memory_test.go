package fanout_test

import (
	"context"
	"net"
	"net/http"
	stdsync "sync"
	"testing"

	"github.com/lexgen/lexgen/services/fanout"
)

// pipes is a listener in memory, for tests in a bubble.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	close func()
}

func newPipes() *pipes {
	p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	p.close = stdsync.OnceFunc(func() { close(p.done) })
	return p
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { p.close(); return nil }

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

// serveInMemory is like serve, over connections that have no buffers, and returns what
// connects with a cursor.
func serveInMemory(t testing.TB, o fanout.Options) (*fanout.Server, func(cursor int64) *raw) {
	t.Helper()
	server, listener := fanout.New(o), newPipes()
	front := &http.Server{Handler: server}
	go func() { _ = front.Serve(listener) }()
	var all []net.Conn
	t.Cleanup(func() {
		for _, c := range all {
			_ = c.Close()
		}
		if err := server.Close(context.Background()); err != nil {
			t.Error(err)
		}
		_ = front.Close()
	})
	return server, func(cursor int64) *raw {
		ours, theirs := net.Pipe()
		all = append(all, ours)
		listener.conns <- theirs
		return shake(t, ours, cursor)
	}
}
