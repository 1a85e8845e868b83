package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/internal/sqldb"
	"github.com/lexgen/lexgen/services/store/eventlog"
)

// ErrNotEmpty says that a database to copy into has had a relay.
var ErrNotEmpty = errors.New("the database is not empty")

// tables are those with what a relay remembers, its events included.
func tables() []string {
	return slices.Concat([]string{"relay_host", "relay_account", "relay_collection"}, eventlog.Tables())
}

// Export returns all that the database has at one moment. A relay may go on meanwhile.
func (db *DB) Export(ctx context.Context) iter.Seq2[sqldb.Row, error] { return db.Rows(ctx, tables()) }

// Import fills an empty database with the rows of another one, all of them or none, and
// moves the sequence forward by skip, so that no seq is given twice (ES-14). check is
// asked before all that is kept.
func (db *DB) Import(ctx context.Context, rows iter.Seq2[sqldb.Row, error], skip int64, check func() error) error {
	err := db.AtLeisure().Transact(ctx, func(_ context.Context, tx *sql.Tx) error {
		if err := mustBeEmpty(ctx, tx); err != nil {
			return err
		}
		if err := db.Load(ctx, tx, tables(), rows); err != nil {
			return err
		}
		latest, err := eventlog.SkipBy(ctx, tx, skip)
		if err != nil {
			return err
		}
		if latest < 0 || latest > xrpc.MaxSeq-skip {
			return fmt.Errorf("its last seq is %d, and %d more would be beyond %d: pass over fewer", latest, skip, int64(xrpc.MaxSeq))
		}
		return check()
	})
	if err != nil {
		return db.Failed("fill the database", err)
	}
	return nil
}

// mustBeEmpty refuses a database that has had a host or an event.
func mustBeEmpty(ctx context.Context, tx *sql.Tx) error {
	var used bool
	const query = "SELECT EXISTS (SELECT 1 FROM relay_host) OR EXISTS (SELECT 1 FROM relay_account) OR (SELECT latest FROM event_window) > 0"
	if err := tx.QueryRowContext(ctx, query).Scan(&used); err != nil {
		return err
	}
	if used {
		return ErrNotEmpty
	}
	return nil
}
