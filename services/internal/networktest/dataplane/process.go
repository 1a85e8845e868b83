package dataplane

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"

	"github.com/lexgen/lexgen/services/internal/networktest"
)

// A process is a part of the system that can be killed.
type process struct {
	system *System
	name   string
	// start begins to run, and end stops it and waits for that. What it stores after it
	// is dead is not stored. ended is closed if it ends by itself, with the reason.
	start func(alive *life) (end func(), ended <-chan error, err error)
}

// A life is the time between the start of a process and its end.
type life struct {
	chance *rand.Rand
	dead   atomic.Bool
}

// run starts the process, and kills it and starts it again, until ctx ends, when it is
// killed. Sometimes it is ended in good order instead.
func (p *process) run(ctx context.Context) error {
	for ctx.Err() == nil {
		alive := &life{chance: p.system.world.Chance.Of("life", p.name, time.Now().UnixNano())}
		end, ended, err := p.start(alive)
		if err != nil {
			return err
		}
		limit := between(alive.chance, 5*time.Second, time.Minute)
		if p.system.calm.Load() {
			limit = 1 << 62
		}
		timer := time.NewTimer(limit)
		select {
		case err = <-ended:
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil || alive.chance.IntN(3) > 0 {
			alive.dead.Store(true)
		}
		end()
		if err != nil && !unreachable(err) {
			return err
		}
		p.system.Counts.Add(p.name + " ended")
		if networktest.Sleep(ctx, between(alive.chance, 10*time.Millisecond, 15*time.Second)) != nil {
			return nil //nolint:nilerr // ctx has ended
		}
	}
	return nil
}

func between(r *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(r.Int64N(int64(high-low)))
}

// unreachable says whether a process has ended because it did not reach another one, as
// those do that start while that is down. Who looks after it starts it again.
func unreachable(err error) bool {
	_, ok := errors.AsType[*net.OpError](err)
	return ok
}
