package sqlstore_test

import (
	"path/filepath"
	"testing"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/sync/logtest"
	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/relay/store"
	"github.com/lexgen/lexgen/services/relay/store/sqlstore"
	"github.com/lexgen/lexgen/services/relay/store/storetest"
)

// open returns a database that can be opened again.
func open(t *testing.T, name string) (db *sqlstore.DB, reopen func() *sqlstore.DB) {
	t.Helper()
	again := func() *sqlstore.DB {
		var err error
		if db, err = sqlstore.Open(t.Context(), name); err != nil {
			t.Fatal(err)
		}
		return db
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return again(), func() *sqlstore.DB {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		return again()
	}
}

// each runs a test with an empty database of each kind.
func each(t *testing.T, test func(t *testing.T, name func(*testing.T) string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, func(t *testing.T) string { t.Helper(); return filepath.Join(t.TempDir(), "relay.sqlite") })
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		eachstore.PostgresSchema(t) // or skip it as a whole
		test(t, func(t *testing.T) string { t.Helper(); return eachstore.PostgresSchema(t) })
	})
}

func TestStore(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, name func(*testing.T) string) {
		storetest.Run(t, func(t *testing.T) (store.Store, func() store.Store) {
			t.Helper()
			db, reopen := open(t, name(t))
			return db, func() store.Store { return reopen() }
		})
	})
}

// TestEventsAreInTheSameDatabase_ES08 holds the log that shares the database against
// the tests of logs.
func TestEventsAreInTheSameDatabase_ES08(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, name func(*testing.T) string) {
		logtest.Run(t, func(t *testing.T) (sync.LogStore, func() sync.LogStore) {
			t.Helper()
			db, reopen := open(t, name(t))
			return db.Events(), func() sync.LogStore { return reopen().Events() }
		})
	})
}
