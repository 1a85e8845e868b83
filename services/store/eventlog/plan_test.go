package eventlog_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/store/eventlog"
)

// large runs a test with a log of 10,000 events of 100 accounts and 50 bytes on each database.
func large(t *testing.T, test func(t *testing.T, db *eventlog.DB)) {
	t.Helper()
	for store, name := range map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { t.Helper(); return filepath.Join(t.TempDir(), "events.sqlite") },
		"postgres": eachstore.PostgresSchema,
	} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			db := open(t, name(t))
			t.Cleanup(func() {
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
			var all []sync.Entry
			for n := range int64(10_000) {
				did := syntax.DID(fmt.Sprintf("did:plc:%024d", n*7919%100))
				all = append(all, sync.Entry{Seq: n + 1, DID: did, Offset: n * 50, Frame: make([]byte, 50)})
			}
			if err := db.Append(t.Context(), 0, all); err != nil {
				t.Fatal(err)
			}
			if err := db.Analyze(t.Context()); err != nil {
				t.Fatal(err)
			}
			test(t, db)
		})
	}
}

// TestStatementsHaveAnIndex demands that what is erased of an account is found in the index of
// accounts and seqs, and what is read in that of seqs, between two of them.
func TestStatementsHaveAnIndex_SN23_ES09(t *testing.T) {
	t.Parallel()
	large(t, func(t *testing.T, db *eventlog.DB) {
		for _, c := range []struct {
			statement string
			values    []string
			want      []string // of each database one
		}{
			{
				eventlog.EraseOfSome, []string{"$1", "4242", "$2", "'did:plc:000000000000000000000042'", "$3", "9000", "$4", "5000"},
				[]string{"INDEX event_account (account=? AND seq<?)", "Index Cond: ((account = 4242) AND (seq <= 9000))"},
			},
			{
				eventlog.Selection, []string{"$1", "500", "$2", "1000", "$3", "100"},
				[]string{"SEARCH event USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", "Index Cond: ((seq > 500) AND (seq <= "},
			},
		} {
			plan, err := db.Plan(t.Context(), c.statement, c.values...)
			if err != nil || !slices.ContainsFunc(c.want, func(part string) bool { return strings.Contains(plan, part) }) {
				t.Errorf("%s\n%s\n%v", c.statement, plan, err)
			}
		}
	})
}

// TestNoMoreIsSentThanIsTaken counts what a database sends of what is behind a seq. It does not
// depend on what comes behind that.
func TestNoMoreIsSentThanIsTaken_ES09(t *testing.T) {
	t.Parallel()
	large(t, func(t *testing.T, db *eventlog.DB) {
		count := func() (got []int) {
			for _, bound := range []struct{ bytes, limit int }{{1, 100}, {50, 100}, {151, 100}, {1 << 20, 100}, {1 << 20, 1}} {
				rows, err := db.Rows(t.Context(), 5, 0, eventlog.Selection, 500, bound.bytes, bound.limit)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, len(rows))
			}
			return got
		}
		want := []int{1, 1, 4, 100, 1}
		if diff := cmp.Diff(want, count()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		// An entry that begins where the log has been long ago is behind all that may be looked at.
		if err := db.Append(t.Context(), 0, []sync.Entry{{Seq: 10_001, DID: "did:web:a.example.com", Offset: 1, Frame: []byte("x")}}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, count()); diff != "" {
			t.Errorf("with one more (-want +got):\n%s", diff)
		}
	})
}
