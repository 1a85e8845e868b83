// Package xrpctest connects clients and servers of XRPC in memory, over the real
// HTTP and WebSocket code. It works inside and outside of testing/synctest.
package xrpctest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/lexgen/lexgen/runtime/xrpc"
)

// URL is the service that handlers are served as.
const URL = "http://xrpc.test"

// NewClient serves h in memory until the test ends, and returns a client for it.
// Other properties of the client are those of opts, which must not replace the HTTP
// client.
func NewClient(t testing.TB, h http.Handler, opts ...xrpc.ClientOption) *xrpc.Client {
	t.Helper()
	return xrpc.NewClient(URL, append([]xrpc.ClientOption{xrpc.WithHTTPClient(NewHTTPClient(t, h))}, opts...)...)
}

// NewHTTPClient serves h in memory until the test ends, and returns an HTTP client
// whose every request goes there, whatever its host. At its end the test waits until h
// has returned from all requests, whose contexts have ended.
func NewHTTPClient(t testing.TB, h http.Handler) *http.Client {
	t.Helper()
	l := &listener{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{ReadHeaderTimeout: xrpc.DefaultReadTimeout, ErrorLog: nil}
	var wait, work sync.WaitGroup // work is connections, and requests
	server.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			work.Add(1)
		case http.StateClosed, http.StateHijacked:
			work.Done()
		case http.StateActive, http.StateIdle:
		}
	}
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		work.Add(1)
		defer work.Done()
		h.ServeHTTP(w, r)
	})
	wait.Go(func() { _ = server.Serve(l) })
	transport := &http.Transport{DialContext: l.dial}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if s, ok := h.(*xrpc.Server); ok {
			gone, cancel := context.WithCancel(context.Background())
			cancel() // streams are told to end, and not waited for
			_ = s.Close(gone)
		}
		_ = server.Close()
		l.closeAll()
		wait.Wait()
		work.Wait()
	})
	return &http.Client{Transport: transport}
}

// listener hands out connections in memory.
type listener struct {
	conns chan net.Conn
	done  chan struct{}

	mu  sync.Mutex
	all []net.Conn // of clients; nil after Close
}

func (l *listener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := newPipe()
	select {
	case l.conns <- server:
		l.keep(client)
		return client, nil
	case <-l.done:
		return nil, &net.OpError{Op: "dial", Net: "memory", Err: errors.New("the server has ended")}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept waits for a connection.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// keep notes a connection for closeAll.
func (l *listener) keep(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, c)
}

// Close refuses further connections.
func (l *listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.done:
	default:
		close(l.done)
	}
	return nil
}

// closeAll ends what became a WebSocket, of which the HTTP server knows nothing.
func (l *listener) closeAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.all {
		_ = c.Close()
	}
	l.all = nil
}

// Addr returns an address that nothing else has.
func (*listener) Addr() net.Addr { return address{} }

type address struct{}

func (address) Network() string { return "memory" }
func (address) String() string  { return "xrpc.test" }
