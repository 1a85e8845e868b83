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

	seqs, revs, repeated := int64(0), map[syntax.DID][]syntax.TID{}, 0
	for _, m := range w.logged() {
		c, ok := m.(*comatproto.SyncSubscribeReposCommit)
		if !ok {
			t.Fatalf("%s", said(m))
		}
		if c.Seq <= seqs {
			t.Errorf("seq %d after %d", c.Seq, seqs)
		}
		seqs = c.Seq
		known := revs[c.Repo]
		if len(known) > 0 && c.Rev <= known[len(known)-1] {
			repeated++
			continue
		}
		if len(known) > 0 && c.Since.Or("") != known[len(known)-1] {
			t.Errorf("%s: %s follows on %s", c.Repo, c.Rev, known[len(known)-1])
		}
		revs[c.Repo] = append(known, c.Rev)
	}
	for _, a := range all {
		if n := len(revs[a.did]); n != rounds*10 {
			t.Errorf("%s: %d commits", a.did, n)
		}
	}
	t.Logf("%d events have come again", repeated)
}
