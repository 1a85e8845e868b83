package relay_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	stdsync "sync"
	"testing"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/relay/backup"
	"github.com/lexgen/lexgen/services/relay/store/sqlstore"
)

// A witness demands of what a subscriber is sent that seqs rise, over restarts too, and
// that none is given to two events.
type witness struct {
	last  int64
	words map[string]bool // of what it was sent
}

func (o *witness) saw(t *testing.T, m lex.Object) {
	t.Helper()
	seq, _ := lex.IntegerOf(m, "seq")
	if seq <= o.last {
		t.Errorf("%s has the seq %d behind %d", said(m), seq, o.last)
	}
	o.last, o.words[said(m)] = seq, true
}

// TestARelayGoesOnFromABackupAndACopy_SN52_ES14 saves a relay under load that goes on, loses
// it, restores it, and moves it to the other database and back. Each time hosts are
// followed from their cursors, accounts that were taken down stay so, and a subscriber
// misses no post and sees rising seqs.
func TestARelayGoesOnFromABackupAndACopy_SN52_ES14(t *testing.T) {
	t.Parallel()
	sqlite := func(t *testing.T) string { t.Helper(); return filepath.Join(t.TempDir(), "relay.sqlite") }
	postgres := func(t *testing.T) string { t.Helper(); return eachstore.PostgresSchema(t) }
	for name, places := range map[string][]func(*testing.T) string{
		"from sqlite":   {sqlite, sqlite, postgres, sqlite},
		"from postgres": {postgres, postgres, sqlite, postgres},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			goesOn(t, &world{network: newNetwork(), t: t, change: manyEvents}, places)
		})
	}
}

// goesOn has a relay with its database at the first place, restores a backup of that at the
// second one, and copies it to the others.
func goesOn(t *testing.T, w *world, places []func(*testing.T) string) {
	t.Helper()
	at := func(i int) *sqlstore.DB {
		s, events := openSQL(t, places[i](t))
		w.store, w.events = s, events
		return s.(*sqlstore.DB) //nolint:forcetypeassert // there is nothing else
	}
	db := at(0)
	w.start()
	h := w.follow(home)
	down, seen := h.account(t, "down"), &witness{words: map[string]bool{}}
	down.sendsPost()
	seen.saw(t, w.next())
	if err := w.relay.TakeDown(t.Context(), down.did, true); err != nil {
		t.Fatal(err)
	}
	seen.saw(t, w.next())
	var file bytes.Buffer
	busy := underLoad(t, w, h, func() {
		if _, err := backup.Write(t.Context(), db, &file); err != nil {
			t.Error(err)
		}
	})
	before := seen.catchUp(t, w)
	// The database is lost.

	db = at(1)
	if _, err := backup.Restore(t.Context(), db, &file, 100_000); err != nil {
		t.Fatal(err)
	}
	resumes(t, w, h, seen)
	for i := 2; i < len(places); i++ {
		if latest := seen.catchUp(t, w); latest < before+50_000 {
			t.Errorf("the seqs up to %d were given, and now there are those up to %d", before, latest)
		}
		from := db
		db = at(i)
		if _, err := backup.Copy(t.Context(), from, db, 100_000); err != nil {
			t.Fatal(err)
		}
		resumes(t, w, h, seen)
	}
	w.status(down, "inactive takendown")
	w.until("all posts were processed", func() bool {
		return !slices.ContainsFunc(busy, func(a *account) bool {
			known, err := w.store.Account(t.Context(), a.did)
			return err != nil || known.Rev != a.before.Rev
		})
	})
	seen.catchUp(t, w)
	for _, a := range busy {
		for n := range a.posts {
			if post := fmt.Sprintf("commit %s key%04d", a.name, n); !seen.words[post] {
				t.Errorf("%s did not come", post)
			}
		}
	}
}

// underLoad does something while accounts post, and returns these.
func underLoad(t *testing.T, w *world, h *pds, do func()) (busy []*account) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var posting stdsync.WaitGroup
	var sending stdsync.Mutex // the seqs of a host rise
	for i := range 3 {
		a := h.account(t, fmt.Sprint("busy", i))
		busy = append(busy, a)
		posting.Go(func() {
			for n := 0; n < 300 && (n < 20 || ctx.Err() == nil); n++ {
				post := a.post() //nolint:contextcheck // its test has one
				sending.Lock()
				h.sends(t, post)
				sending.Unlock()
			}
		})
	}
	w.until("some posts have come", func() bool { return len(w.came) > 10 })
	do()
	stop()
	posting.Wait()
	return busy
}

// catchUp ends the relay, and has all seen that a subscriber would be sent that goes on with
// its cursor. It returns the latest seq.
func (o *witness) catchUp(t *testing.T, w *world) int64 {
	t.Helper()
	w.end()
	for _, m := range w.logged() {
		if seq, _ := lex.IntegerOf(m, "seq"); seq > o.last {
			o.saw(t, m)
		}
	}
	return o.last
}

// resumes starts the relay again, and demands that it goes on where it was: what the host
// sends while nobody follows it comes, and is passed on behind all seqs that were seen.
func resumes(t *testing.T, w *world, h *pds, seen *witness) {
	t.Helper()
	late := h.account(t, fmt.Sprint("late", seen.last))
	late.sendsPost()
	w.start()
	for {
		m := w.next()
		seen.saw(t, m)
		if said(m) == "commit "+late.name+" key0000" {
			break
		}
	}
	h.mu.Lock()
	cursor := h.cursors[len(h.cursors)-1]
	h.mu.Unlock()
	if cursor == "live" || cursor == "0" {
		t.Errorf("the host was asked for what is behind %s", cursor)
	}
}
