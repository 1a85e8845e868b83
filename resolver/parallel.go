package resolver

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// parseAll parses the inputs on all processors; each input is written by one
// goroutine alone. The error is that of ctx. A panic in a worker goes on in the
// caller, who may recover from it.
func parseAll(ctx context.Context, inputs []*input) error {
	var next atomic.Int64
	var workers sync.WaitGroup
	var broken atomic.Pointer[string]
	for range min(runtime.GOMAXPROCS(0), len(inputs)) {
		workers.Go(func() {
			defer keepPanic(&broken)
			for i := next.Add(1) - 1; i < int64(len(inputs)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				inputs[i].parse()
			}
		})
	}
	workers.Wait()
	if text := broken.Load(); text != nil {
		panic(*text)
	}
	return context.Cause(ctx)
}

// keepPanic recovers from a panic and keeps it with its stack.
func keepPanic(kept *atomic.Pointer[string]) {
	if v := recover(); v != nil {
		text := fmt.Sprintf("%v\n%s", v, debug.Stack())
		kept.Store(&text)
	}
}
