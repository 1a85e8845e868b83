// Package eachstore runs tests of a directory on all stores that there are.
package eachstore

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/services/plc/store"
	"github.com/lexgen/lexgen/services/plc/store/sqlstore"
	"github.com/lexgen/lexgen/services/plc/store/storetest"
)

// Run runs a test with an empty store of each kind, which is closed after
// it. That of PostgreSQL needs a server, see [PostgresSchema].
func Run(t *testing.T, test func(t *testing.T, open func(testing.TB) store.Store)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB) store.Store{
		"memory":   func(testing.TB) store.Store { return &storetest.Memory{} },
		"sqlite":   func(t testing.TB) store.Store { return openSQL(t, filepath.Join(t.TempDir(), "plc.sqlite")) },
		"postgres": func(t testing.TB) store.Store { return openSQL(t, PostgresSchema(t)) },
	} {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

func openSQL(t testing.TB, name string) store.Store {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

var schemas atomic.Int64

// PostgresSchema makes an empty schema, which is dropped after the test, in the
// database that LEXGEN_POSTGRES names, and returns the URL of it. The test ends
// where there is none.
func PostgresSchema(t testing.TB) string {
	t.Helper()
	return schemaIn(t, server(t))
}

// PostgresLocale makes a database whose texts are in the order of a locale of ICU, such
// as lt, which is dropped after the test. It returns a function that makes schemas in it
// as [PostgresSchema] does.
func PostgresLocale(t testing.TB, locale string) (schema func(testing.TB) string) {
	t.Helper()
	dsn := server(t)
	name := fmt.Sprintf("locale_%d_%d", os.Getpid(), schemas.Add(1))
	do(t, dsn, fmt.Sprintf("CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE '%s'", name, locale))
	t.Cleanup(func() { do(t, dsn, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return func(t testing.TB) string { t.Helper(); return schemaIn(t, u.String()) }
}

func server(t testing.TB) string {
	t.Helper()
	dsn := os.Getenv("LEXGEN_POSTGRES")
	if dsn == "" {
		shared.Missing(t, "postgres", "LEXGEN_POSTGRES is not set")
	}
	return dsn
}

// do runs a statement, also after the test.
func do(t testing.TB, dsn, statement string) {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // nothing is left to do
	if _, err := db.ExecContext(context.Background(), statement); err != nil {
		t.Fatal(err)
	}
}

func schemaIn(t testing.TB, dsn string) string {
	t.Helper()
	schema := fmt.Sprintf("plc_%d_%d", os.Getpid(), schemas.Add(1))
	do(t, dsn, "CREATE SCHEMA "+schema)
	t.Cleanup(func() { do(t, dsn, "DROP SCHEMA "+schema+" CASCADE") })
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("search_path", schema)
	u.RawQuery = query.Encode()
	return u.String()
}
