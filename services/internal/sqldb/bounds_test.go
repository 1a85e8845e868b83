package sqldb_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/internal/sqldb"
)

// each runs a test with an empty database of each kind.
func each(t *testing.T, test func(t *testing.T, name string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, filepath.Join(t.TempDir(), "numbers.sqlite"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, eachstore.PostgresSchema(t))
	})
}

func open(t *testing.T, name string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), name, numbers)
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

// TestReadersLeaveRoomForAWriter has so many read that no connection is left to them. Who
// writes does not wait for them.
func TestReadersLeaveRoomForAWriter(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, name string) {
		db := open(t, name)
		for range db.Reader.Stats().MaxOpenConnections {
			conn, err := db.Reader.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
		}
		insert(t, db, 1, "another")
	})
}

// TestADatabaseThatDoesNotAnswerIsGivenUp has somebody else hold a lock for ever. Transactions
// and statements end all the same, and go on when the lock is gone. What was given up may
// have been stored then.
func TestADatabaseThatDoesNotAnswerIsGivenUp(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, name string) {
		other, db := open(t, name), open(t, name)
		db.Patience = 50 * time.Millisecond
		add := func(ctx context.Context, tx *sql.Tx) error {
			return sqldb.Insert(ctx, tx, "INSERT INTO number (n, text, data)", [][]any{{1, "x", []byte{}}}, "ON CONFLICT (n) DO UPDATE SET text = excluded.text")
		}
		err := other.AtLeisure().Transact(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
			if err := add(ctx, tx); err != nil {
				return err
			}
			if err := db.Transact(ctx, add); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a transaction: %v", err)
			}
			ctx, cancel := db.Bounded(ctx)
			defer cancel()
			if _, err := db.Writer.ExecContext(ctx, "INSERT INTO number (n, text, data) VALUES (1, 'y', 'y')"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a statement: %v", err)
			}
			return errors.New("nothing is stored")
		})
		if err == nil {
			t.Fatal("it was stored")
		}
		db.Patience = time.Minute
		if err := db.Transact(t.Context(), add); err != nil {
			t.Error(err)
		}
	})
}
