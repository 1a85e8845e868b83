package xrpc

import (
	"context"

	"github.com/coder/websocket"
)

// closeAfter closes a connection when ctx ends: one goroutine for all reads and
// writes, which have no context of their own, since one for each costs more than the
// transfer. The caller ends ctx and then calls wait, which returns when it is closed.
func closeAfter(ctx context.Context, conn *websocket.Conn) (wait func()) {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		<-ctx.Done()
		_ = conn.CloseNow() // whether it was open does not matter
	}()
	return func() { <-closed }
}
