package xrpc

import (
	"context"
	"time"

	"github.com/coder/websocket"
)

// A heartbeat asks the other end of a connection for a sign of life, again and
// again (ES-15).
type heartbeat struct {
	ctx   context.Context //nolint:containedctx // it lives as long as the connection
	world World
	conn  *websocket.Conn
	every time.Duration
	quiet func() bool // whether there is a reason to ask
	dead  func()      // called once, when there was no answer in time
	next  *timer
}

// startHeartbeat asks each time that a period ends in which it was quiet, and takes
// another period for an answer.
func startHeartbeat(ctx context.Context, world World, conn *websocket.Conn, every time.Duration, quiet func() bool, dead func()) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	h := &heartbeat{ctx: ctx, world: world, conn: conn, every: every, quiet: quiet, dead: dead}
	h.next = &timer{world: world, after: every, expire: h.beat}
	h.next.restart()
	return func() {
		cancel()
		h.next.stop()
	}
}

func (h *heartbeat) beat() {
	if h.quiet() && !h.answers() && h.ctx.Err() == nil && h.quiet() {
		h.dead()
		return
	}
	h.next.restart()
}

// answers reports whether the other end answers a ping.
func (h *heartbeat) answers() bool {
	ctx, cancel := context.WithCancel(h.ctx)
	defer cancel()
	limit := newTimer(h.world, h.every, cancel)
	defer limit.stop()
	return h.conn.Ping(ctx) == nil
}
