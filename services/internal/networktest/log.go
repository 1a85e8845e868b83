package networktest

import (
	"context"
	"math"
	"sync"

	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// reseat is how far above the last seq a host begins again that has lost some (ES-14).
const reseat = 1000

// A tamperingLog is a store of events that can be told to keep another frame than it
// is given, and to lose its end.
type tamperingLog struct {
	events.MemoryLog

	mu    sync.Mutex
	forge func(seq int64) []byte // makes the frame of the next entry, once
}

// Append implements [events.LogStore].
func (l *tamperingLog) Append(ctx context.Context, owner int64, entries []events.Entry) error {
	l.mu.Lock()
	if l.forge != nil {
		entries[0].Frame = l.forge(entries[0].Seq)
		l.forge = nil
	}
	l.mu.Unlock()
	return l.MemoryLog.Append(ctx, owner, entries)
}

// next has the frame of the next entry made by a function.
func (l *tamperingLog) next(forge func(seq int64) []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forge = forge
}

// lose forgets the last n entries, and returns whose they were, each once, in the order
// of their last ones. Nobody uses the store.
func (l *tamperingLog) lose(ctx context.Context, n int) []syntax.DID {
	state, err := l.State(ctx)
	all, readErr := l.Read(ctx, 0, int(state.Latest), math.MaxInt)
	if err != nil || readErr != nil || n == 0 || len(all) == 0 {
		return nil // it is in memory and does not fail
	}
	n = min(n, len(all))
	kept, lost := all[:len(all)-n], all[len(all)-n:]
	l.MemoryLog = events.MemoryLog{}
	_ = l.MemoryLog.Append(ctx, 0, kept)
	_ = l.Skip(ctx, state.Latest+reseat)
	var dids []syntax.DID
	seen := map[syntax.DID]bool{}
	for _, e := range lost {
		if !seen[e.DID] {
			seen[e.DID] = true
			dids = append(dids, e.DID)
		}
	}
	return dids
}

// reseat leaves a gap behind the last seq. Nobody uses the store.
func (l *tamperingLog) reseat(ctx context.Context) {
	state, _ := l.State(ctx) // it is in memory and does not fail
	_ = l.Skip(ctx, state.Latest+reseat)
}
