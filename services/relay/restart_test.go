package relay_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/relay"
	"github.com/lexgen/lexgen/services/relay/store"
)

// A dying store stores nothing any more once it is told to, as that of a process that is
// killed.
type dying struct {
	store.Store

	dead atomic.Bool
}

var errDead = errors.New("the process is dead")

func (d *dying) Commit(ctx context.Context, b *store.Batch) error {
	if d.dead.Load() {
		return errDead
	}
	return d.Store.Commit(ctx, b)
}

// TestNothingIsLostInACrash_SN41_ES08 kills a relay many times at a moment when events are in
// the log, and what they say of accounts and cursors is not stored. Behind each crash
// events may come once more. None is left out, and the relay's seqs rise.
func TestNothingIsLostInACrash_SN41_ES08(t *testing.T) {
	t.Parallel()
	s, events := openSQL(t, filepath.Join(t.TempDir(), "relay.sqlite"))
	w := &world{network: newNetwork(), t: t, events: events, change: func(o *relay.Options) { o.Limits.EventsPerSecond = 10_000 }}
	d := &dying{Store: s}
	w.store = d
	w.start()
	h := w.follow(home)
	var all []*account
	for i := range 5 {
		all = append(all, h.account(t, fmt.Sprint("a", i)))
	}
	const rounds = 8
	for round := range rounds {
		for range 10 {
			for _, a := range all {
				a.sendsPost()
			}
		}
		w.until("some events have come", func() bool { return len(w.came) > 10 || round > 0 && len(w.came) > 0 })
		d.dead.Store(true)
		w.end()
		d = &dying{Store: s}
		w.store = d
		w.start()
	}
	last := func() (n int) {
		for _, a := range all {
			if known, err := s.Account(t.Context(), a.did); err == nil && known.Rev == a.before.Rev {
				n++
			}
		}
		return n
	}
	w.until("all were processed", func() bool { return last() == len(all) })
	w.end()

	revs := w.chains()
	for _, a := range all {
		if n := len(revs[a.did]); n != rounds*10 {
			t.Errorf("%s: %d commits", a.did, n)
		}
	}
}

// chains returns the revs of the commits in the log by account, but for those that come
// again. Each follows on the one before.
func (w *world) chains() map[syntax.DID][]syntax.TID {
	w.t.Helper()
	seq, revs := int64(0), map[syntax.DID][]syntax.TID{}
	for _, m := range w.logged() {
		c, ok := m.(*comatproto.SyncSubscribeReposCommit)
		if !ok || c.Seq <= seq {
			w.t.Fatalf("%s after seq %d", said(m), seq)
		}
		seq = c.Seq
		var last syntax.TID
		if known := revs[c.Repo]; len(known) > 0 {
			last = known[len(known)-1]
		}
		switch {
		case c.Rev <= last: // it comes again
		case last != "" && c.Since.Or("") != last:
			w.t.Errorf("%s: %s follows on %s", c.Repo, c.Rev, last)
		default:
			revs[c.Repo] = append(revs[c.Repo], c.Rev)
		}
	}
	return revs
}
