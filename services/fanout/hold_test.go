package fanout_test

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/fanout"
)

// drip takes 32 KiB each half second, until the connection or the test ends.
func drip(t *testing.T, conn *raw) {
	t.Helper()
	b := make([]byte, 32<<10)
	for {
		if _, err := io.ReadFull(conn, b); err != nil {
			return
		}
		select {
		case <-time.After(time.Second / 2):
		case <-t.Context().Done():
			return
		}
	}
}

// TestMemoryIsNotForThoseWhoHoldMuch has 60 subscribers at places of their own, with a frame of
// almost 2 MB each, who take some of it now and then. They could hold all memory for half a
// minute, again and again. One that catches up is behind none of them for longer than moments.
func TestMemoryIsNotForThoseWhoHoldMuch_ES08_ES11(t *testing.T) {
	t.Parallel()
	const large, many, memory = 60, 3000, 16 << 20
	const over = 4 * 2_500_000 // that many are read at a time
	synctest.Test(t, func(t *testing.T) {
		log := openLog(t, &sync.MemoryLog{}, sync.WithTail(0, 0))
		fill(t, log, large, 1_990_000)
		fill(t, log, many, 400)
		server, connect := serveInMemory(t, fanout.Options{Log: log, Memory: memory})
		for n := range int64(large) {
			conn := connect(n)
			go drip(t, conn)
		}
		synctest.Wait()
		start := time.Now()
		c := &crowd{t: t, last: large + many}
		c.follow(connect(large), large, 0, false)
		if took := time.Since(start); took > 15*time.Second {
			t.Errorf("it took %v", took)
		}
		stats := server.Stats()
		if stats.Ended[string(xrpc.ErrConsumerTooSlow)] == 0 || len(stats.Ended) != 1 || stats.Peak > memory+over {
			t.Errorf("%+v", stats)
		}
	})
}

// TestWhatIsNewHasABound has each of 60 subscribers begin before an event of almost 2 MB, and
// take some of it now and then: each holds another one. The worst of them are dropped.
func TestWhatIsNewHasABound_ES11(t *testing.T) {
	t.Parallel()
	const large, memory = 60, 16 << 20
	synctest.Test(t, func(t *testing.T) {
		log := openLog(t, &sync.MemoryLog{}, sync.WithTail(1000, 1<<30))
		server, connect := serveInMemory(t, fanout.Options{Log: log, Memory: memory})
		live := connect(-1)
		c := &crowd{t: t, last: large}
		c.wait.Go(func() { c.follow(live, 0, 0, false) })
		for range large {
			conn := connect(-1)
			go drip(t, conn)
			synctest.Wait()
			fill(t, log, 1, 1_990_000)
			time.Sleep(200 * time.Millisecond)
		}
		c.wait.Wait()
		const over = 8 * 2_500_000 // what came within the time that one of these may be held
		if stats := server.Stats(); stats.Ended[string(xrpc.ErrConsumerTooSlow)] == 0 || stats.Peak > memory+over {
			t.Errorf("%+v", stats)
		}
	})
}

// A tedious log takes its time to be read.
type tedious struct {
	sync.MemoryLog

	takes time.Duration
}

func (l *tedious) Read(ctx context.Context, after int64, limit, bytes int) ([]sync.Entry, error) {
	time.Sleep(l.takes)
	return l.MemoryLog.Read(ctx, after, limit, bytes)
}

// TestWhoWaitsIsAsked has a store that takes longer to be read than a client may be silent. One
// that answers pings is asked, and gets everything; one that does not is left.
func TestWhoWaitsIsAsked_ES15(t *testing.T) {
	t.Parallel()
	const count = 2000
	synctest.Test(t, func(t *testing.T) {
		log := openLog(t, &tedious{takes: 5 * time.Minute}, sync.WithTail(0, 0))
		fill(t, log, count, 400)
		server, connect := serveInMemory(t, fanout.Options{Log: log})
		connect(0) // and says nothing
		c := &crowd{t: t, last: count}
		c.follow(connect(0), 0, 0, false)
		if got := server.Stats().Ended; got[string(xrpc.ErrConsumerTooSlow)]+got[fanout.ReasonSilent] != 1 || len(got) != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// TestWhoIsSlowIsNotInTheWayOfReads has a subscriber that takes 4 KiB a second, a store that takes
// its time, and more who read old events than it is read for at a time. There is memory for all:
// nobody is dropped.
func TestWhoIsSlowIsNotInTheWayOfReads_ES11(t *testing.T) {
	t.Parallel()
	const count, size, memory = 4000, 2000, 2 << 20
	synctest.Test(t, func(t *testing.T) {
		log := openLog(t, &tedious{takes: 10 * time.Second}, sync.WithTail(0, 0))
		for range count / 500 {
			fill(t, log, 500, size)
		}
		server, connect := serveInMemory(t, fanout.Options{Log: log, Memory: memory})
		c := &crowd{t: t, last: count}
		c.follow(connect(count-1500), count-1500, 0, false) // which leaves memory in use
		c.last = 100
		slow := connect(0)
		c.wait.Go(func() { c.follow(slow, 0, 500*time.Millisecond, false) })
		time.Sleep(30 * time.Second)
		for n := range int64(8) {
			conn := connect(200 + 150*n)
			cold := &crowd{t: t, last: 200 + 150*n + 1}
			c.wait.Go(func() { cold.follow(conn, cold.last-1, 0, false) })
		}
		c.wait.Wait()
		if stats := server.Stats(); len(stats.Ended) != 0 {
			t.Errorf("%+v", stats)
		}
	})
}
