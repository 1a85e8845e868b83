package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/backupfile"
	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/internal/sqldb"
	"github.com/lexgen/lexgen/services/relay/backup"
	"github.com/lexgen/lexgen/services/relay/store"
	"github.com/lexgen/lexgen/services/relay/store/sqlstore"
)

// kinds are the names of empty databases of each kind.
var kinds = map[string]func(*testing.T) string{
	"sqlite":   func(t *testing.T) string { t.Helper(); return filepath.Join(t.TempDir(), "relay.sqlite") },
	"postgres": func(t *testing.T) string { t.Helper(); return eachstore.PostgresSchema(t) },
}

func open(t *testing.T, name string) *sqlstore.DB {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// fill puts some of everything into a database: more events than one statement inserts.
func fill(t *testing.T, db *sqlstore.DB) {
	t.Helper()
	ctx := t.Context()
	for _, h := range []store.Host{
		{Name: "a.example.com", Seq: store.NoSeq, AccountLimit: 100, FirstSeen: plctest.Noon},
		{Name: "localhost:2583", NoSSL: true, Seq: store.NoSeq, Trusted: true, ByAdmin: true, Stopped: "\"<é>\\\u2028", FirstSeen: plctest.Noon},
	} {
		if err := db.PutHost(ctx, h); err != nil {
			t.Fatal(err)
		}
	}
	c := cid.Sum(cid.DagCBOR, []byte("a commit"))
	batch := &store.Batch{
		Accounts: []store.Account{
			{DID: "did:web:a.example.com", Host: "a.example.com", Rev: "3jqfcqzm3fo2j", Head: c, Data: c, Active: true, FirstSeen: plctest.Noon},
			{DID: "did:web:b.example.com", Host: "localhost:2583", Status: "deleted", Takedown: true, Throttled: true, FirstSeen: plctest.Noon},
		},
		Counts: map[string]int64{"a.example.com": 1}, Seqs: map[string]int64{"a.example.com": 1 << 40},
		Memberships: []store.Membership{{DID: "did:web:a.example.com", Collection: "com.example.post"}},
	}
	if err := db.Commit(ctx, batch); err != nil {
		t.Fatal(err)
	}
	log, err := sync.OpenLog(ctx, db.Events())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		event := &comatproto.SyncSubscribeReposIdentity{DID: syntax.DID(fmt.Sprintf("did:web:a%d.example.com", i)), Time: syntax.DatetimeOf(plctest.Noon)}
		if _, err := log.Append(ctx, event); err != nil {
			t.Fatal(err)
		}
	}
	if err := log.Drop(ctx, 10); err != nil {
		t.Fatal(err)
	}
}

// rows are all that a database has, but for the latest seq.
func rows(t *testing.T, db *sqlstore.DB) (all []sqldb.Row, latest any) {
	t.Helper()
	for row, err := range db.Export(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if row.Table == "event_window" {
			at := slices.Index(row.Columns, "latest")
			latest, row.Values[at] = row.Values[at], "the latest seq"
		}
		all = append(all, row)
	}
	return all, latest
}

func write(t *testing.T, db *sqlstore.DB) []byte {
	t.Helper()
	var file bytes.Buffer
	if _, err := backup.Write(t.Context(), db, &file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// TestACopyHasAllAndReusesNothing_ES14 copies databases of each kind into each kind, once
// by a file and once without.
func TestACopyHasAllAndReusesNothing_ES14(t *testing.T) {
	t.Parallel()
	for from, nameFrom := range kinds {
		for to, nameTo := range kinds {
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				copies(t, open(t, nameFrom(t)), func() *sqlstore.DB { return open(t, nameTo(t)) })
			})
		}
	}
}

func copies(t *testing.T, source *sqlstore.DB, empty func() *sqlstore.DB) {
	t.Helper()
	fill(t, source)
	want, latest := rows(t, source)
	if len(want) < 295 || latest != int64(300) {
		t.Fatalf("%d rows, latest %v", len(want), latest)
	}
	for way, do := range map[string]func(into *sqlstore.DB) (backup.Counts, error){
		"a file": func(into *sqlstore.DB) (backup.Counts, error) {
			return backup.Restore(t.Context(), into, bytes.NewReader(write(t, source)), 1000)
		},
		"a copy": func(into *sqlstore.DB) (backup.Counts, error) { return backup.Copy(t.Context(), source, into, 1000) },
	} {
		into := empty()
		if counts, err := do(into); err != nil || counts != (backup.Counts{Hosts: 2, Accounts: 2, Events: 290}) {
			t.Fatalf("%s: %v, %v", way, counts, err)
		}
		got, latest := rows(t, into)
		if diff := cmp.Diff(want, got); diff != "" || latest != int64(1300) {
			t.Errorf("%s: latest %v (-want +got):\n%s", way, latest, diff)
		}
		if _, err := do(into); !errors.Is(err, sqlstore.ErrNotEmpty) {
			t.Errorf("%s: %v", way, err)
		}
	}
}

// TestABackupIsOfOneMoment adds an account and an event while rows are being read: neither
// is among them. The size of the database is told, too.
func TestABackupIsOfOneMoment(t *testing.T) {
	t.Parallel()
	for kind, name := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			db := open(t, name(t))
			fill(t, db)
			want, _ := rows(t, db)
			read := 0
			for row, err := range db.Export(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				if read++; read == 1 {
					addLate(t, db)
				}
				if slices.ContainsFunc(row.Values, func(v any) bool { text, _ := v.(string); return text == "did:web:late.example.com" }) {
					t.Errorf("a late row of %s", row.Table)
				}
			}
			if after, _ := rows(t, db); read != len(want) || len(after) != read+2 {
				t.Errorf("%d rows were read of %d, and then there are %d", read, len(want), len(after))
			}
			if size, err := db.Size(t.Context()); err != nil || size < 10_000 {
				t.Errorf("%d bytes: %v", size, err)
			}
		})
	}
}

func addLate(t *testing.T, db *sqlstore.DB) {
	t.Helper()
	late := store.Account{DID: "did:web:late.example.com", FirstSeen: plctest.Noon}
	entry := sync.Entry{Seq: 1000, DID: late.DID, Frame: []byte("a frame")}
	owner, err := db.Events().Own(t.Context())
	err = errors.Join(err, db.Commit(t.Context(), &store.Batch{Accounts: []store.Account{late}}), db.Events().Append(t.Context(), owner, []sync.Entry{entry}))
	if err != nil {
		t.Fatal(err)
	}
}

// TestAllTablesAreCopied demands that no table of the database is left out, but for those
// with the versions of schemas.
func TestAllTablesAreCopied(t *testing.T) {
	t.Parallel()
	db := open(t, kinds["sqlite"](t))
	fill(t, db)
	found, err := db.Reader.QueryContext(t.Context(), "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%_schema' ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	var want []string
	for found.Next() {
		var name string
		if err := found.Scan(&name); err != nil {
			t.Fatal(err)
		}
		want = append(want, name)
	}
	var got []string
	all, _ := rows(t, db)
	for _, row := range all {
		got = append(got, row.Table)
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSeqsEndWhereJavaScriptEnds_ES08 passes over as many seqs as there are, and one more.
func TestSeqsEndWhereJavaScriptEnds_ES08(t *testing.T) {
	t.Parallel()
	source := open(t, kinds["sqlite"](t))
	fill(t, source)
	for skip, want := range map[int64]string{1<<53 - 1 - 300: "", 1<<53 - 300: "pass over fewer"} {
		into := open(t, kinds["sqlite"](t))
		_, err := backup.Copy(t.Context(), source, into, skip)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%d: %v", skip, err)
		}
	}
}

// TestDamageLeavesNothingBehind changes a byte, or cuts the file, anywhere. Nothing of it
// is in the database then, so that a sound backup can be restored there.
func TestDamageLeavesNothingBehind_ES14(t *testing.T) {
	t.Parallel()
	for kind, name := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			source := open(t, kinds["sqlite"](t))
			fill(t, source)
			file := write(t, source)
			into := open(t, name(t))
			rapid.Check(t, func(r *rapid.T) {
				damaged := bytes.Clone(file)
				i := rapid.IntRange(0, len(file)-2).Draw(r, "at") // the last line break may be missing
				if rapid.Bool().Draw(r, "cut") {
					damaged = damaged[:i]
				} else {
					damaged[i] ^= byte(rapid.IntRange(1, 255).Draw(r, "bits"))
				}
				if _, err := backup.Restore(t.Context(), into, bytes.NewReader(damaged), 0); err == nil {
					r.Fatal("a damaged backup is restored")
				}
			})
			if _, err := backup.Restore(t.Context(), into, bytes.NewReader(slices.Concat(file, file)), 0); !errors.Is(err, backupfile.ErrDamaged) {
				t.Error(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			if _, err := backup.Restore(ctx, into, &ending{bytes.NewReader(file), len(file) / 2, cancel}, 0); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			if _, err := backup.Restore(t.Context(), into, bytes.NewReader(file), 0); err != nil {
				t.Error(err)
			}
		})
	}
}

// ending calls a function when so much was read.
type ending struct {
	*bytes.Reader

	left int
	end  func()
}

func (e *ending) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p[:min(len(p), 512)])
	if e.left -= n; e.left < 0 {
		e.end()
	}
	return n, err
}
