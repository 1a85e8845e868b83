package xrpc

import (
	"context"
	"math/rand/v2"
	"time"
)

// A World is where time and chance come from. Fields that are nil are those of
// the machine.
type World struct {
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error   // returns ctx.Err() if that comes first
	After func(d time.Duration, f func()) (stop func() bool) // calls f in a goroutine of its own, unless stopped before
	Float func() float64                                     // from 0 to less than 1, by chance; safe for concurrent use
}

func realWorld() World { return World{}.orReal() }

func (w World) orReal() World {
	if w.Now == nil {
		w.Now = time.Now
	}
	if w.Sleep == nil {
		w.Sleep = sleep
	}
	if w.After == nil {
		w.After = func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }
	}
	if w.Float == nil {
		w.Float = rand.Float64
	}
	return w
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// deadline is for connections, which measure it with the machine's clock, whatever
// a World says.
func deadline(d time.Duration) time.Time { return time.Now().Add(d) }
