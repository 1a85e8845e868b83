// Package eventlog keeps the events of a service in a SQL database: a file of SQLite,
// or PostgreSQL.
//
//	db, err := eventlog.Open(ctx, "events.sqlite")
//	log, err := sync.OpenLog(ctx, db)
package eventlog

import (
	"context"
	"database/sql"
	_ "embed" // for the schema
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/internal/sqldb"
)

//go:embed schema.sql
var schema string

// ErrSeq says that a seq is not larger than all before it: somebody else appends to
// the same log.
var ErrSeq = errors.New("not a later seq")

// DB is an open database. It implements [sync.LogStore].
type DB struct{ *sqldb.DB }

var _ sync.LogStore = (*DB)(nil)

// Open opens a database and makes the tables where there are none. The name is a URL
// that begins with postgres://, or a path of a file, which is made, readable by its
// owner alone, where there is none.
func Open(ctx context.Context, name string) (*DB, error) {
	db, err := sqldb.Open(ctx, name, tables)
	if err != nil {
		return nil, err
	}
	return &DB{db}, nil
}

// tables are those of a log.
var tables = sqldb.Schema{Name: "event", Version: 1, SQL: schema}

// Within returns the log in a database that has tables of others too, and shares its
// connections. It is closed with it.
func Within(ctx context.Context, db *sqldb.DB) (*DB, error) {
	db, err := db.Within(ctx, tables)
	if err != nil {
		return nil, err
	}
	return &DB{db}, nil
}

// Append adds entries, all or none.
func (db *DB) Append(ctx context.Context, entries []sync.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	err := db.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		first, last := entries[0].Seq, entries[len(entries)-1].Seq
		var latest int64
		err := tx.QueryRowContext(ctx, "UPDATE event_window SET latest = $1 WHERE latest < $2 RETURNING latest", last, first).Scan(&latest)
		if errors.Is(err, sql.ErrNoRows) {
			err = fmt.Errorf("%w: %d", ErrSeq, first)
		}
		if err != nil {
			return err
		}
		rows := make([][]any, len(entries))
		for i, e := range entries {
			rows[i] = []any{e.Seq, string(e.DID), e.Frame}
		}
		if err := sqldb.Insert(ctx, tx, "INSERT INTO event (seq, did, frame)", rows, ""); err != nil {
			return fmt.Errorf("events %d to %d: %w", first, last, err)
		}
		return nil
	})
	if err != nil {
		return db.Failed("append events", err)
	}
	return nil
}

// readBytes is after how many bytes of frames no more are read at a time, as an event may
// have 2 MB.
const readBytes = 8 << 20

// Read returns the first entries behind a seq, and fewer than limit if they are long.
func (db *DB) Read(ctx context.Context, after int64, limit int) ([]sync.Entry, error) {
	entries, err := db.read(ctx, after, limit)
	if err != nil {
		return nil, db.Failed("read events", err)
	}
	return entries, nil
}

func (db *DB) read(ctx context.Context, after int64, limit int) (entries []sync.Entry, err error) {
	rows, err := db.Reader.QueryContext(ctx, "SELECT seq, did, frame FROM event WHERE seq > $1 ORDER BY seq LIMIT $2", after, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for size := 0; size < readBytes && rows.Next(); {
		var e sync.Entry
		if err := rows.Scan(&e.Seq, (*string)(&e.DID), &e.Frame); err != nil {
			return nil, err
		}
		entries, size = append(entries, e), size+len(e.Frame)
	}
	return entries, rows.Err()
}

// Window says what is kept.
func (db *DB) Window(ctx context.Context) (w xrpc.Window, err error) {
	if err := db.Reader.QueryRowContext(ctx, "SELECT dropped, latest FROM event_window").Scan(&w.Dropped, &w.Latest); err != nil {
		return w, db.Failed("read what is kept", err)
	}
	return w, nil
}

// dropAtOnce is how many entries are removed in one transaction, so that nobody who
// appends waits for long.
const dropAtOnce = 5000

// Drop removes all entries up to a seq, but none that was not given yet. What is said
// to be kept is there; after an error more may be there than is said.
func (db *DB) Drop(ctx context.Context, upTo int64) error {
	const move = "UPDATE event_window SET dropped = CASE WHEN latest < $1 THEN latest ELSE $1 END WHERE dropped < $1"
	if _, err := db.Writer.ExecContext(ctx, move, upTo); err != nil {
		return db.Failed("drop events", err)
	}
	return db.remove(ctx, "DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE seq <= $1 ORDER BY seq LIMIT $2)", upTo, dropAtOnce)
}

// Erase removes the entries of an account up to a seq.
func (db *DB) Erase(ctx context.Context, did syntax.DID, upTo int64) error {
	const statement = "DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE did = $1 AND seq <= $2 ORDER BY seq LIMIT $3)"
	return db.remove(ctx, statement, string(did), upTo, dropAtOnce)
}

// remove runs a statement that removes dropAtOnce entries at most, until there are no
// more.
func (db *DB) remove(ctx context.Context, statement string, args ...any) error {
	for {
		done, err := db.Writer.ExecContext(ctx, statement, args...)
		if err != nil {
			return db.Failed("remove events", err)
		}
		if n, err := done.RowsAffected(); err != nil || n < dropAtOnce {
			return err
		}
	}
}
