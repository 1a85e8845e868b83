package fanout_test

import (
	"errors"
	"io"
	"strings"
	stdsync "sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/fanout"
)

// crowd is many subscribers of one log, in virtual time.
type crowd struct {
	t        *testing.T
	log      *sync.Log
	last     int64        // the last seq that is appended
	appended []time.Time  // by seq
	late     atomic.Int64 // frames that came later than they were appended, of those who are live
	wait     stdsync.WaitGroup
}

// follow reads all frames up to the last one, of which none may be missing or come twice,
// with a pause after each.
func (c *crowd) follow(conn *raw, after int64, pause time.Duration, live bool) {
	for after < c.last {
		op, payload, err := readFrame(conn)
		if err != nil {
			c.t.Errorf("behind %d: %v", after, err)
			return
		}
		if op == 9 {
			if _, err := conn.Write(masked(pong, string(payload))); err != nil {
				c.t.Error(err)
			}
			continue
		}
		if seq := seqOf(c.t, payload); seq != after+1 {
			c.t.Errorf("%d behind %d", seq, after)
			return
		}
		if after++; live && !time.Now().Equal(c.appended[after]) {
			c.late.Add(1)
		}
		time.Sleep(pause)
	}
	go answerPings(conn) // until the connection ends
}

// gather connects 200 subscribers to a log that is at a seq.
func (c *crowd) gather(connect func(cursor int64) *raw, old int64) {
	for range 20 {
		connect(-1) // and never reads
	}
	join := func(cursor, after int64, pause time.Duration, live bool) {
		conn := connect(cursor)
		c.wait.Go(func() { c.follow(conn, after, pause, live) })
	}
	for n := range int64(30) {
		join(-1, old, 50*time.Millisecond+time.Duration(n)*time.Millisecond, false)
		pause := time.Duration(0)
		if n < 10 {
			pause = 31 * time.Millisecond
		}
		join(n*7, n*7, pause, false)
	}
	for range 120 {
		join(-1, old, 0, true)
	}
}

// TestAStalledSubscriberDelaysNobody has 200 subscribers under a steady load: 20 who take
// nothing, 30 who are slower than the load, 30 who begin with an old cursor, 10 of them
// slowly, and 120 who are live. In virtual time, those who are live get each event at the
// moment at which it is appended. Whoever takes something gets all there is, once, and is
// not dropped; who takes nothing is, with a reason, when its time is over.
func TestAStalledSubscriberDelaysNobody_ES08_ES11(t *testing.T) {
	t.Parallel()
	const old, count, size, memory = 1500, 600, 2000, 2 << 20
	synctest.Test(t, func(t *testing.T) {
		var mu stdsync.Mutex
		var dropped []time.Duration
		start := time.Now()
		log := openLog(t, &sync.MemoryLog{}, sync.WithTail(20, 1<<20))
		c := &crowd{t: t, log: log, last: old + count, appended: make([]time.Time, old+count+1)}
		server, connect := serveInMemory(t, fanout.Options{Log: log, PerAddress: 1000, Memory: memory, Ended: func(s fanout.Subscriber, reason string) {
			mu.Lock()
			defer mu.Unlock()
			if reason == string(xrpc.ErrConsumerTooSlow) {
				dropped = append(dropped, time.Since(start))
				if s.Cursor < old {
					t.Errorf("dropped at %d: %+v", s.Cursor, s)
				}
			}
		}})
		fill(t, log, 500, size)
		fill(t, log, 500, size)
		fill(t, log, 500, size)
		c.gather(connect, old)
		synctest.Wait()
		for n := range count {
			time.Sleep(40 * time.Millisecond)
			c.appended[old+n+1] = time.Now()
			if _, err := log.Append(t.Context(), eventOf(n, size)); err != nil {
				t.Error(err)
			}
		}
		c.wait.Wait()
		stats := server.Stats()
		if late := c.late.Load(); late != 0 {
			t.Errorf("%d events came late to who is live", late)
		}
		if got := stats.Ended[string(xrpc.ErrConsumerTooSlow)]; got != 20 || len(stats.Ended) != 1 {
			t.Errorf("%+v", stats.Ended)
		}
		for _, at := range dropped {
			if at > 32*time.Second {
				t.Errorf("dropped after %v", at)
			}
		}
		const over = 1 << 20 // what is new while all memory is being sent
		if stats.Peak > memory+over || stats.Peak < memory/2 {
			t.Errorf("%d bytes were held", stats.Peak)
		}
	})
}

// TestReadsAreShared has 100 subscribers who begin at the same old cursor. The store is
// read about as often as for one.
func TestReadsAreShared_ES11(t *testing.T) {
	t.Parallel()
	const count, size = 3000, 2000
	reads := func(subscribers int) int64 {
		log := openFile(t, sync.WithTail(0, 0))
		fill(t, log, count, size)
		server, address := serve(t, fanout.Options{Log: log, PerAddress: 1000})
		var wait stdsync.WaitGroup
		for range subscribers {
			conn := dialRaw(t, address, 0)
			wait.Go(func() {
				c := &crowd{t: t, last: count}
				c.follow(conn, 0, 0, false)
			})
		}
		wait.Wait()
		return server.Stats().Reads
	}
	one, many := reads(1), reads(100)
	if one < 4 || many > 3*one {
		t.Errorf("%d reads for one, %d for 100", one, many)
	}
}

// TestWhoIsOvertakenIsTold has a subscriber whose place the log does not keep any more: it
// gets the rest of what it is being sent, and the reason (ES-06).
func TestWhoIsOvertakenIsTold_ES06_ES11(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := openLog(t, &sync.MemoryLog{}, sync.WithTail(0, 0))
		fill(t, log, 500, 2000)
		server, connect := serveInMemory(t, fanout.Options{Log: log})
		conn := connect(0)
		if _, payload := conn.frame(); seqOf(t, payload) != 1 {
			t.Error("it does not begin with 1")
		}
		if err := log.Drop(t.Context(), 400); err != nil {
			t.Fatal(err)
		}
		after := int64(1)
		for {
			op, payload := conn.frame()
			if seq := seqOf(t, payload); seq == after+1 {
				after++
				continue
			}
			const want = "\xa1\x62op\x20\xa2\x65error\x6fConsumerTooSlow\x67message\x78"
			if op != 2 || !strings.HasPrefix(string(payload), want) || after < 50 || after > 100 {
				t.Errorf("behind %d: %d %q", after, op, payload)
			}
			break
		}
		if op, payload := conn.frame(); op != 8 || string(payload) != "\x03\xf0ConsumerTooSlow" {
			t.Errorf("%d %q", op, payload)
		}
		conn.send(masked(closeFrame, closing(1008, "")))
		if _, _, err := readFrame(conn); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		synctest.Wait() // it has left
		if got := server.Stats().Ended; got[string(xrpc.ErrConsumerTooSlow)] != 1 {
			t.Errorf("%+v", got)
		}
	})
}

// TestMemoryIsForThoseWhoTakeSomething has stalled subscribers at places far from each
// other, who hold all memory. They are dropped before their time is over, when others
// need it.
func TestMemoryIsForThoseWhoTakeSomething_ES11(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := openLog(t, &sync.MemoryLog{}, sync.WithTail(0, 0))
		for range 4 {
			fill(t, log, 500, 2000)
		}
		server, connect := serveInMemory(t, fanout.Options{Log: log, Memory: 1 << 20})
		for n := range 20 {
			connect(int64(n * 97))
		}
		synctest.Wait()
		start := time.Now()
		c := &crowd{t: t, last: 2000}
		c.follow(connect(0), 0, 0, false)
		if took := time.Since(start); took > 25*time.Second { // their time is 30 s
			t.Errorf("it took %v", took)
		}
		if stats := server.Stats(); stats.Ended[string(xrpc.ErrConsumerTooSlow)] == 0 || stats.Peak > 2<<20 {
			t.Errorf("%+v", stats)
		}
	})
}

// TestAnOldCursorCatchesUp has one that begins with an old cursor, on real sockets and a
// real file, while many append as fast as that takes them, and one who takes nothing. It
// gets all events once, until it is live, as do those who were live before.
func TestAnOldCursorCatchesUp_ES08_ES09_ES10(t *testing.T) {
	t.Parallel()
	const old, count, size = 20_000, 10_000, 400
	log := openFile(t, sync.WithTail(1000, 1<<20))
	fill(t, log, old, size)
	server, address := serve(t, fanout.Options{Log: log, Memory: 8 << 20, WriteTimeout: 5 * time.Minute})
	c := &crowd{t: t, last: old + count}
	dialRaw(t, address, 0) // and never reads
	for range 3 {
		conn := dialRaw(t, address, -1)
		c.wait.Go(func() { c.follow(conn, old, 0, false) })
	}
	c.wait.Go(func() { fill(t, log, count, size) })
	for _, cursor := range []int64{0, 1, 7777} {
		conn := dialRaw(t, address, cursor)
		c.wait.Go(func() { c.follow(conn, cursor, 0, false) })
	}
	c.wait.Wait()
	stats := server.Stats()
	if stats.Ended[string(xrpc.ErrConsumerTooSlow)] != 0 || stats.Peak > 9<<20 {
		t.Errorf("%+v", stats)
	}
}

// TestManyCatchUpUnderFullLoad has 200 subscribers begin with what is oldest, on real sockets
// and a real file, while as much is appended as that takes, and one who takes nothing. While
// it is there, all others come to be live, with every event once; when its time is over it is
// dropped, with a reason, and nobody else is.
func TestManyCatchUpUnderFullLoad_ES08_ES11(t *testing.T) {
	t.Parallel()
	const old, count, size, many = 2000, 1500, 1000, 200
	var later atomic.Int64 // by how much the clock is ahead
	now := func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
	log := openFile(t, sync.WithTail(500, 1<<20))
	fill(t, log, old, size)
	const patience = time.Minute // of the server with who takes nothing
	server, address := serve(t, fanout.Options{Log: log, Memory: 8 << 20, PerAddress: many + 1, WriteTimeout: patience, Ping: time.Hour, Now: now})
	stalled := dialRaw(t, address, 0) // and reads nothing more
	c := &crowd{t: t, last: old + count}
	for n := range int64(many) {
		conn := dialRaw(t, address, n%7)
		c.wait.Go(func() { c.follow(conn, n%7, 0, false) })
	}
	c.wait.Go(func() { fill(t, log, count, size) })
	c.wait.Wait()
	behind := 0
	eventually(t, "all others are live", func() bool {
		behind = 0
		for _, s := range server.Subscribers() {
			if s.Lag > 0 {
				behind++
			}
		}
		return behind <= 1
	})
	if stats := server.Stats(); behind != 1 || stats.Subscribers != many+1 || len(stats.Ended) != 0 || stats.Peak > 9<<20 {
		t.Errorf("%d are behind: %+v", behind, stats)
	}
	time.Sleep(patience / 10) // what the system takes in its place is taken
	later.Store(int64(patience))
	eventually(t, "it is dropped", func() bool { return server.Stats().Ended[string(xrpc.ErrConsumerTooSlow)] == 1 })
	if stats := server.Stats(); stats.Subscribers != many || len(stats.Ended) != 1 {
		t.Errorf("%+v", stats)
	}
	_ = stalled.Close()
}
