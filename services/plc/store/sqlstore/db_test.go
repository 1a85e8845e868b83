package sqlstore_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lexgen/lexgen/internal/shared"
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

// postgresDSN returns the URL of a PostgreSQL database for tests.
func postgresDSN(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv("LEXGEN_POSTGRES")
	if dsn == "" {
		shared.Missing(t, "postgres", "LEXGEN_POSTGRES is not set")
	}
	return dsn
}

func TestPostgres_ID39(t *testing.T) {
	t.Parallel()
	dsn := postgresDSN(t)
	var count atomic.Int64
	storetest.Run(t, func(t testing.TB) storetest.Opened {
		return opened(t, schemaOf(t, dsn, fmt.Sprintf("plc_%d_%d", os.Getpid(), count.Add(1))))
	})
}

// schemaOf makes an empty schema that is dropped after the test, and returns the
// URL of it.
func schemaOf(t testing.TB, dsn, schema string) string {
	t.Helper()
	do := func(statement string) {
		db, err := sql.Open("pgx", dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(statement); err != nil { //nolint:noctx // also after the test
			t.Fatal(err)
		}
	}
	do("CREATE SCHEMA " + schema)
	t.Cleanup(func() { do("DROP SCHEMA " + schema + " CASCADE") })
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	return u.String()
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
		check(t, schemaOf(t, postgresDSN(t), fmt.Sprintf("plc_%d_many", os.Getpid())))
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
	if _, err := db.ExecContext(t.Context(), "UPDATE plc_schema SET version = 2"); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlstore.Open(t.Context(), path); !errors.Is(err, sqlstore.ErrSchema) {
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

func TestErrorsNameNoPassword(t *testing.T) {
	t.Parallel()
	const name = "postgres://plc:hunter2@127.0.0.1:1/plc?connect_timeout=1&password=hunter3"
	_, err := sqlstore.Open(t.Context(), name)
	if err == nil || strings.Contains(err.Error(), "hunter") || !strings.Contains(err.Error(), "127.0.0.1") {
		t.Error(err)
	}
}
