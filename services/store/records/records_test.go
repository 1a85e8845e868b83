package records_test

import (
	"path/filepath"
	"testing"

	sync "github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/sync/records/storetest"
	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/store/records"
)

// kept returns a store that can be opened again.
func kept(t *testing.T, name string) (store sync.Store, reopen func() sync.Store) {
	t.Helper()
	open := func() *records.DB {
		db, err := records.Open(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		return db
	}
	db := open()
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, func() sync.Store {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		db = open()
		return db
	}
}

func TestSQLite_SN43(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) (sync.Store, func() sync.Store) {
		t.Helper()
		return kept(t, filepath.Join(t.TempDir(), "records.sqlite"))
	})
}

func TestPostgres_SN43(t *testing.T) {
	t.Parallel()
	eachstore.PostgresSchema(t) // or skip it as a whole
	storetest.Run(t, func(t *testing.T) (sync.Store, func() sync.Store) {
		t.Helper()
		return kept(t, eachstore.PostgresSchema(t))
	})
}
