package eventlog_test

import (
	"errors"
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

// TestTwoLogsOfOneStore has two programs that append to one log: the second one is
// told, and no seq is given twice.
func TestTwoLogsOfOneStore_ES08(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "events.sqlite")
	one, two := open(t, name), open(t, name)
	defer one.Close()
	defer two.Close()
	entry := sync.Entry{Seq: 1, DID: "did:web:a.example.com", Frame: []byte("1")}
	if err := one.Append(t.Context(), []sync.Entry{entry}); err != nil {
		t.Fatal(err)
	}
	if err := two.Append(t.Context(), []sync.Entry{entry}); !errors.Is(err, sync.ErrFenced) {
		t.Error(err)
	}
}

// TestALogGoesOnBehindWhatCameLate has a database that stores what a process has asked for
// before it was killed, only after the next one has looked what is there. One event is
// refused then, and comes again.
func TestALogGoesOnBehindWhatCameLate_ES08(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "events.sqlite"))
	defer db.Close()
	log, err := sync.OpenLog(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	var late []sync.Entry
	for seq := range int64(10) {
		late = append(late, sync.Entry{Seq: seq + 1, DID: "did:web:a.example.com", Frame: []byte("late")})
	}
	if err := db.Append(t.Context(), late); err != nil {
		t.Fatal(err)
	}
	event := &comatproto.SyncSubscribeReposAccount{DID: "did:web:b.example.com", Active: true, Time: "2026-01-01T12:00:00.000Z"}
	if _, err := log.Append(t.Context(), event); !errors.Is(err, sync.ErrFenced) {
		t.Error(err)
	}
	if seq, err := log.Append(t.Context(), event); seq != 11 || err != nil {
		t.Errorf("seq %d: %v", seq, err)
	}
}
