package fanout

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"
)

// servers are what listens, and what is connected.
type servers struct {
	ctx     context.Context //nolint:containedctx // that of streams, which no request ends
	cancel  context.CancelFunc
	address string // of the last one
	ends    []func() error
}

func newServers(ctx context.Context) *servers {
	s := &servers{}
	s.ctx, s.cancel = context.WithCancel(ctx)
	return s
}

// serve listens on the loopback interface.
func (s *servers) serve(h http.Handler) error {
	listener, err := new(net.ListenConfig).Listen(s.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	s.ends = append(s.ends, server.Close)
	s.address = listener.Addr().String()
	go server.Serve(listener) //nolint:errcheck // it ends with close
	return nil
}

// close ends all.
func (s *servers) close() {
	s.cancel()
	for _, end := range slices.Backward(s.ends) {
		_ = end()
	}
}

// A sender sends frames of so many bytes to all who are connected.
type sender func(frames, size int) error

// A crowd is many sockets, whose readers count bytes and look at nothing, so that they
// cost the same whoever sends, and as little as can be: the sending side is measured.
type crowd struct {
	sockets int
	got     atomic.Int64
	want    atomic.Int64
	all     chan error // has an item when all has come, or something fails
}

// gather connects to the last server.
func (s *servers) gather(sockets int) (*crowd, error) {
	c := &crowd{sockets: sockets, all: make(chan error, 1)}
	for range sockets {
		conn, err := new(net.Dialer).DialContext(s.ctx, "tcp", s.address)
		if err != nil {
			return nil, fmt.Errorf("connect: %w", err)
		}
		s.ends = append(s.ends, conn.Close)
		if _, err := fmt.Fprintf(conn, "GET /xrpc/com.atproto.sync.subscribeRepos HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"+
			"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"); err != nil {
			return nil, fmt.Errorf("connect: %w", err)
		}
		answer, err := http.ReadResponse(bufio.NewReaderSize(conn, 16), nil)
		if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
			return nil, fmt.Errorf("connect: %w: %v", errOther, err)
		}
		_ = answer.Body.Close()
		go c.read(conn)
	}
	return c, nil
}

func (c *crowd) read(conn net.Conn) {
	const size = 64 << 10
	taken := discarder(conn, make([]byte, size))
	for {
		n, err := taken()
		if got := c.got.Add(int64(n)); got == c.want.Load() && n > 0 {
			c.all <- nil
		}
		if err != nil {
			return
		}
	}
}

// header is what a WebSocket adds to frames of some hundred bytes.
const header = 4

// queued is how many frames are a backlog.
const queued = 100

// run delivers a backlog to all sockets, or one frame, again and again.
func (c *crowd) run(send sender, size int, backlog bool) func(n int) error {
	frames := 1
	if backlog {
		frames = queued
	}
	return func(n int) error {
		for range n {
			if err := c.deliver(send, frames, size); err != nil {
				return err
			}
		}
		return nil
	}
}

func (c *crowd) deliver(send sender, frames, size int) error {
	c.want.Add(int64(frames * (size + header) * c.sockets))
	if err := send(frames, size); err != nil {
		return err
	}
	return <-c.all
}
