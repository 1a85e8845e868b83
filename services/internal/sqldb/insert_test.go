package sqldb_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/internal/sqldb"
)

var numbers = sqldb.Schema{Name: "number", Version: 1, SQL: `CREATE TABLE number_schema (version INTEGER NOT NULL);
INSERT INTO number_schema (version) VALUES (1);
CREATE TABLE number (n {{seq}} PRIMARY KEY, text TEXT NOT NULL, data {{bytes}} NOT NULL);
`}

// TestInsert adds any number of rows, and then the same ones with other texts.
func TestInsert(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { t.Helper(); return filepath.Join(t.TempDir(), "numbers.sqlite") },
		"postgres": func(t *testing.T) string { t.Helper(); return eachstore.PostgresSchema(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := sqldb.Open(t.Context(), open(t), numbers)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			for _, count := range []int{0, 1, 2, 3, 31, 32, 33, 200} {
				for _, text := range []string{"one", "another"} {
					insert(t, db, count, text)
				}
				if got := inserted(t, db); got != count {
					t.Errorf("%d rows are there, want %d", got, count)
				}
			}
		})
	}
}

func insert(t *testing.T, db *sqldb.DB, count int, text string) {
	t.Helper()
	rows := make([][]any, count)
	for i := range rows {
		rows[i] = []any{i, text, fmt.Append(nil, i)}
	}
	err := db.Transact(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		return sqldb.Insert(ctx, tx, "INSERT INTO number (n, text, data)", rows, "ON CONFLICT (n) DO UPDATE SET text = excluded.text")
	})
	if err != nil {
		t.Fatalf("%d rows: %v", count, err)
	}
}

// inserted returns how many rows there are that are as the last ones that were added.
func inserted(t *testing.T, db *sqldb.DB) (n int) {
	t.Helper()
	rows, err := db.Reader.QueryContext(t.Context(), "SELECT n, text, data FROM number ORDER BY n")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for ; rows.Next(); n++ {
		var i int
		var text string
		var data []byte
		if err := rows.Scan(&i, &text, &data); err != nil || i != n || text != "another" || string(data) != fmt.Sprint(n) {
			t.Errorf("row %d is %d %q %q: %v", n, i, text, data, err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}
