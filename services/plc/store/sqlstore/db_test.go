package sqlstore_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/internal/sqldb"
	"github.com/lexgen/lexgen/services/plc/store"
	"github.com/lexgen/lexgen/services/plc/store/sqlstore"
	"github.com/lexgen/lexgen/services/plc/store/storetest"
)

func open(t testing.TB, name string) *sqlstore.DB {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func opened(t testing.TB, name string) storetest.Opened {
	t.Helper()
	return storetest.Opened{Store: open(t, name), Reopen: func(t testing.TB) store.Store { t.Helper(); return open(t, name) }}
}

func TestSQLite_ID39(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var count atomic.Int64
	storetest.Run(t, func(t testing.TB) storetest.Opened {
		return opened(t, filepath.Join(dir, fmt.Sprintf("with space %d.sqlite", count.Add(1))))
	})
}

func TestPostgres_ID39(t *testing.T) {
	t.Parallel()
	eachstore.PostgresSchema(t) // or skip it as a whole
	storetest.Run(t, func(t testing.TB) storetest.Opened { return opened(t, eachstore.PostgresSchema(t)) })
}

// TestManyProgramsMakeTheTables opens an empty database several times at once.
func TestManyProgramsMakeTheTables(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, name string) {
		var opening sync.WaitGroup
		for range 4 {
			opening.Go(func() {
				db, err := sqlstore.Open(t.Context(), name)
				if err != nil {
					t.Error(err)
					return
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		opening.Wait()
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		check(t, filepath.Join(t.TempDir(), "plc.sqlite"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		check(t, eachstore.PostgresSchema(t))
	})
}

func TestANewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "plc.sqlite")
	if err := open(t, path).Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "UPDATE plc_schema SET version = 3"); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlstore.Open(t.Context(), path); !errors.Is(err, sqldb.ErrSchema) {
		t.Error(err)
	}
}

// TestSettingsOfSQLite reads what the promises of durability stand on.
func TestSettingsOfSQLite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "plc.sqlite")
	db := open(t, path)
	defer db.Close()
	settings, err := db.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if settings != "wal 2" {
		t.Errorf("journal mode and synchronous are %q, want wal and 2, that is full", settings)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
}

// TestReadsOfADIDHaveAnIndex demands that none of them looks through a table, or
// sorts what it finds.
func TestReadsOfADIDHaveAnIndex(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "plc.sqlite"))
	defer db.Close()
	var plans []string
	for _, statement := range sqlstore.ReadsOfDID {
		plan, err := db.Plan(t.Context(), statement)
		if err != nil {
			t.Fatal(err)
		}
		plans = append(plans, plan)
	}
	want := []string{
		"SEARCH plc_operation USING INDEX plc_operation_place (did=?)",
		"SEARCH plc_operation USING INDEX plc_operation_active (did=?)",
		"SEARCH plc_operation USING INDEX plc_operation_cid (did=? AND cid=?)",
		"SEARCH plc_operation USING INDEX plc_operation_place (did=? AND place=?)",
	}
	if diff := cmp.Diff(want, plans); diff != "" {
		t.Error(diff)
	}
}

func TestErrorsNameNoPassword(t *testing.T) {
	t.Parallel()
	const name = "postgres://plc:hunter2@127.0.0.1:1/plc?connect_timeout=1&password=hunter3"
	_, err := sqlstore.Open(t.Context(), name)
	if err == nil || strings.Contains(err.Error(), "hunter") || !strings.Contains(err.Error(), "127.0.0.1") {
		t.Error(err)
	}
}
