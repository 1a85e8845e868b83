package xrpc_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestMain fails if a goroutine of a client, a server or a stream is left when all
// tests have ended.
func TestMain(m *testing.M) {
	code := m.Run()
	if left := leftGoroutines(20 * time.Second); code == 0 && left != "" {
		fmt.Fprintf(os.Stderr, "goroutines are left:\n\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

// leftGoroutines waits until no goroutine is left that runs code of HTTP, of
// WebSocket or of this package, and returns the stacks of those that stay.
func leftGoroutines(patience time.Duration) string {
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		buffer := make([]byte, 4<<20)
		stacks := strings.Split(string(buffer[:runtime.Stack(buffer, true)]), "\n\n")
		var left []string
		for _, stack := range stacks[1:] { // the first is this one
			for _, part := range []string{"net/http.", "coder/websocket.", "runtime/xrpc"} {
				if strings.Contains(stack, part) {
					left = append(left, stack)
					break
				}
			}
		}
		if len(left) == 0 || time.Now().After(end) {
			return strings.Join(left, "\n\n")
		}
	}
}

// waiting is a method, so that the stack names this package.
type waiting chan struct{}

func (w waiting) wait() { <-w }

// TestLeftGoroutinesAreFound makes sure that TestMain can fail. It is not parallel: the
// others have goroutines.
func TestLeftGoroutinesAreFound(t *testing.T) { //nolint:paralleltest // see above
	w := make(waiting)
	go w.wait()
	left := leftGoroutines(50 * time.Millisecond)
	close(w)
	if !strings.Contains(left, "waiting.wait") {
		t.Errorf("found: %s", left)
	}
}
