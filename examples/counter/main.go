// Command counter is a complete service of its own namespace: counters that
// can be read, added to, and followed as a stream.
package main

import (
	"context"
	"log"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/lexgen/lexgen/examples/counter/counter"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

//go:generate go tool lexgen gen

func main() {
	server := xrpc.NewServer()
	counter.RegisterServer(server, newTally())
	web := &http.Server{Addr: "localhost:2580", Handler: server, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	log.Fatal(web.ListenAndServe())
}

// limit is what a counter must not exceed.
const limit = 100

// A tally serves com.example.counter.*. It keeps everything in memory.
type tally struct {
	counter.UnimplementedServer

	mu      sync.Mutex
	counts  map[string]int64
	steps   []*counter.WatchStep // with seq 1, 2, 3 and so on
	changed chan struct{}        // closed at the next step
}

func newTally() *tally { return &tally{counts: map[string]int64{}, changed: make(chan struct{})} }

// Get answers with a counter.
func (t *tally) Get(_ context.Context, r *counter.GetRequest) (*counter.GetOutput, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return &counter.GetOutput{Count: t.counts[r.Params.Name]}, nil
}

// Add changes a counter and tells those who watch.
func (t *tally) Add(_ context.Context, r *counter.AddRequest) (*counter.AddOutput, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	count := t.counts[r.Input.Name] + r.Input.By
	if count > limit {
		return nil, xrpc.NewError(counter.AddErrLimitReached, "%s would be %d", r.Input.Name, count)
	}
	t.record(r.Input.Name, count)
	return &counter.AddOutput{Count: count}, nil
}

func (t *tally) record(name string, count int64) {
	t.counts[name] = count
	t.steps = append(t.steps, &counter.WatchStep{Seq: int64(len(t.steps) + 1), Name: name, Count: count})
	close(t.changed)
	t.changed = make(chan struct{})
}

// Watch sends the steps behind the cursor, or from now on if there is none, until
// the caller goes away.
func (t *tally) Watch(ctx context.Context, r *counter.WatchRequest, out *xrpc.Stream[counter.WatchMessage]) error {
	last, _, err := xrpc.Window{Latest: t.last()}.After(r.Params.Cursor)
	if err != nil {
		return err
	}
	for {
		steps, changed := t.since(last)
		for _, step := range steps {
			if err := out.Send(step); err != nil {
				return err
			}
			last = step.Seq
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// last is the seq of the last step.
func (t *tally) last() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return int64(len(t.steps))
}

// since returns the steps behind a seq, and what is closed when there are more.
func (t *tally) since(seq int64) ([]*counter.WatchStep, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.steps[seq:]), t.changed
}
