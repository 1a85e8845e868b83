package fanout_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/services/fanout"
)

// restless is a store of a log of which something is erased whenever it is read.
type restless struct {
	sync.MemoryLog

	log   *sync.Log
	reads atomic.Int64
}

func (r *restless) Read(ctx context.Context, after int64, limit, bytes int) ([]sync.Entry, error) {
	entries, err := r.MemoryLog.Read(ctx, after, limit, bytes)
	if r.log != nil {
		r.reads.Add(1)
		if err := r.log.Erase(ctx, deleted(99, r.log.Window().Latest)); err != nil {
			return nil, err
		}
	}
	return entries, err
}

// counted is a store of a log that counts how often it is read.
type counted struct {
	sync.MemoryLog

	reads atomic.Int64
}

func (c *counted) Read(ctx context.Context, after int64, limit, bytes int) ([]sync.Entry, error) {
	c.reads.Add(1)
	return c.MemoryLog.Read(ctx, after, limit, bytes)
}

// TestWhoIsDeletedOverAndOver has a stranger's account come and go, while others follow from the
// beginning. What is in memory of other accounts is not read again, but for that in between.
func TestWhoIsDeletedOverAndOver_SN23(t *testing.T) {
	t.Parallel()
	const count, times = 1000, 40
	store := &counted{}
	log := openLog(t, store, sync.WithTail(10, 1<<20))
	fill(t, log, count, 2000)
	server, address := serve(t, fanout.Options{Log: log})
	follow := func() {
		t.Helper()
		conn := dialRaw(t, address, 0)
		defer conn.Close()
		if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		for seq := int64(1); seq <= count; seq++ {
			if _, payload := conn.frame(); seqOf(t, payload) != seq {
				t.Fatalf("%d, want %d", seqOf(t, payload), seq)
			}
		}
	}
	follow()
	before := store.reads.Load()
	for range times {
		e := deleted(99, 0)
		e.Time = "2026-01-01T12:00:00Z"
		if _, err := log.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		if err := log.Erase(t.Context(), e); err != nil {
			t.Fatal(err)
		}
		follow()
	}
	if n := store.reads.Load() - before; n > times/4 {
		t.Errorf("the store was read %d times for %d deletions", n, times)
	}
	if server.Stats().Reads > store.reads.Load() {
		t.Errorf("%+v", server.Stats())
	}
}

// TestErasuresHoldNobodyUp_ES08_SN23 has accounts deleted all the time, so that whatever is
// read from the store may be erased by then. Who is behind gets on with each read.
func TestErasuresHoldNobodyUp_ES08_SN23(t *testing.T) {
	t.Parallel()
	const count = 100
	store := &restless{}
	log := openLog(t, store, sync.WithTail(0, 0))
	fill(t, log, count, 2000)
	store.log = log
	server, address := serve(t, fanout.Options{Log: log})
	conn := dialRaw(t, address, 0)
	if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for seq := int64(1); seq <= count; seq++ {
		if _, payload := conn.frame(); seqOf(t, payload) != seq {
			t.Fatalf("%d, want %d", seqOf(t, payload), seq)
		}
	}
	_ = conn.Close()
	eventually(t, "nothing is held", func() bool { return server.Stats().Held == 0 })
	if n := store.reads.Load(); n > 10 {
		t.Errorf("the store was read %d times", n)
	}
}
