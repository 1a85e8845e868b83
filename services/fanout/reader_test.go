package fanout_test

import (
	"path/filepath"
	"testing"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/services/fanout"
	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/store/eventlog"
)

// wantLast reads so many events, whose seqs rise, and holds the last one against a seq.
func wantLast(t *testing.T, conn *raw, count int, last int64) {
	t.Helper()
	var seq int64
	for range count {
		_, payload := conn.frame()
		if got := seqOf(t, payload); got <= seq {
			t.Fatalf("%d after %d", got, seq)
		}
		seq = seqOf(t, payload)
	}
	if seq != last {
		t.Errorf("%d is the last of %d, want %d", seq, count, last)
	}
}

// TestServersWithoutALogOfTheirOwn has one that appends, and servers with databases that
// are opened for themselves, as by other processes. Their subscribers get what is
// appended, and nothing that is erased.
func TestServersWithoutALogOfTheirOwn_ES08_ES09(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return filepath.Join(t.TempDir(), "events.sqlite") },
		"postgres": eachstore.PostgresSchema,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			database := path(t)
			open := func() *eventlog.DB {
				db, err := eventlog.Open(t.Context(), database)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = db.Close() })
				return db
			}
			writer := openLog(t, open())
			fill(t, writer, 50, 100)
			reader, err := sync.OpenLogReader(t.Context(), open())
			if err != nil {
				t.Fatal(err)
			}
			server, address := serve(t, fanout.Options{Log: reader})
			want := func(cursor int64, count int, last int64) {
				t.Helper()
				wantLast(t, dialRaw(t, address, cursor), count, last)
			}
			want(0, 50, 50)
			live := dialRaw(t, address, -1)
			fill(t, writer, 10, 100)
			if err := writer.Erase(t.Context(), deleted(3, 44)); err != nil { // 4, 14, 24, 34 and 44, but for the last
				t.Fatal(err)
			}
			if err := reader.Poll(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, payload := live.frame(); seqOf(t, payload) != 51 {
				t.Errorf("%d, want 51", seqOf(t, payload))
			}
			want(0, 56, 60)
			want(40, 20, 60)
			if got := server.Stats().Ended["InternalServerError"]; got != 0 {
				t.Errorf("%d failed", got)
			}
		})
	}
}
