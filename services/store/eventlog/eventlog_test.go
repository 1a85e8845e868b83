package eventlog_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/sync/logtest"
	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/store/eventlog"
)

func open(t testing.TB, name string) *eventlog.DB {
	t.Helper()
	db, err := eventlog.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// kept returns a store that can be opened again.
func kept(t *testing.T, name string) (store sync.LogStore, reopen func() sync.LogStore) {
	t.Helper()
	db := open(t, name)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, func() sync.LogStore {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		db = open(t, name)
		return db
	}
}

func TestSQLite_ES08(t *testing.T) {
	t.Parallel()
	logtest.Run(t, func(t *testing.T) (sync.LogStore, func() sync.LogStore) {
		t.Helper()
		return kept(t, filepath.Join(t.TempDir(), "events.sqlite"))
	})
}

func TestPostgres_ES08(t *testing.T) {
	t.Parallel()
	eachstore.PostgresSchema(t) // or skip it as a whole
	logtest.Run(t, func(t *testing.T) (sync.LogStore, func() sync.LogStore) {
		t.Helper()
		return kept(t, eachstore.PostgresSchema(t))
	})
}

// TestTwoLogsOfOneStore has two programs that open one log. The first one is told that the
// second one goes on, though it has appended nothing yet.
func TestTwoLogsOfOneStore_ES08(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "events.sqlite")
	var logs [2]*sync.Log
	for i := range logs {
		db := open(t, name)
		defer db.Close()
		log, err := sync.OpenLog(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		logs[i] = log
	}
	event := &comatproto.SyncSubscribeReposAccount{DID: "did:web:b.example.com", Active: true, Time: "2026-01-01T12:00:00.000Z"}
	if _, err := logs[0].Append(t.Context(), event); !errors.Is(err, sync.ErrFenced) {
		t.Error(err)
	}
	if seq, err := logs[1].Append(t.Context(), event); seq != 1 || err != nil {
		t.Errorf("seq %d: %v", seq, err)
	}
}

// TestALogGoesOnBehindWhatComesLate has a database that is still storing what a process has
// asked for before it was killed, when the next one opens the log. That waits for it.
func TestALogGoesOnBehindWhatComesLate_ES08(t *testing.T) {
	t.Parallel()
	db := open(t, eachstore.PostgresSchema(t))
	defer db.Close()
	late, err := db.Writer.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer late.Rollback()
	if _, err := late.ExecContext(t.Context(), "UPDATE event_window SET latest = 10"); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		log, err := sync.OpenLog(context.WithoutCancel(t.Context()), db)
		if err == nil && log.Window().Latest != 10 {
			err = fmt.Errorf("the last seq is %d", log.Window().Latest)
		}
		ended <- err
	}()
	for waits := false; !waits; {
		const waiting = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE event_window SET owner%')"
		if err := db.Finder.QueryRowContext(t.Context(), waiting).Scan(&waits); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-ended:
			t.Fatalf("it waits for nobody: %v", err)
		default:
		}
	}
	if err := errors.Join(late.Commit(), <-ended); err != nil {
		t.Error(err)
	}
}
