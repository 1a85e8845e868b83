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
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/sqldb"
)

//go:embed schema.sql
var schema string

// Pragmas returns the properties of a file of SQLite to which much is appended in large
// transactions: pages that most frames fit into, memory for those of one transaction and
// for what SQLite keeps to undo a statement (some MiB, and a file otherwise), and a log
// that is copied into the file when it has 64 MiB, not after each transaction.
func Pragmas() []string {
	return []string{"page_size(8192)", "cache_size(-65536)", "temp_store(memory)", "wal_autocheckpoint(8192)"}
}

// DB is an open database. It implements [sync.LogStore].
type DB struct {
	*sqldb.DB

	postgres bool
}

var _ sync.LogStore = (*DB)(nil)

// Open opens a database and makes the tables where there are none. The name is a URL
// that begins with postgres://, or a path of a file, which is made, readable by its
// owner alone, where there is none.
func Open(ctx context.Context, name string) (*DB, error) {
	db, err := sqldb.Open(ctx, name, tables)
	if err != nil {
		return nil, err
	}
	return &DB{db, db.IsPostgres()}, nil
}

// tables are those of a log.
var tables = sqldb.Schema{Name: "event", Version: 2, SQL: schema, Pragmas: Pragmas()}

// Within returns the log in a database that has tables of others too, and shares its
// connections. It is closed with it. A file is best made with [Pragmas].
func Within(ctx context.Context, db *sqldb.DB) (*DB, error) {
	db, err := db.Within(ctx, tables)
	if err != nil {
		return nil, err
	}
	return &DB{db, db.IsPostgres()}, nil
}

// Read returns the first entries behind a seq.
func (db *DB) Read(ctx context.Context, after int64, limit, bytes int) ([]sync.Entry, error) {
	entries, err := db.read(ctx, after, limit, bytes)
	if err != nil {
		return nil, db.Failed("read events", err)
	}
	return entries, nil
}

// selection bounds the bytes by where frames begin, so that the database does not send
// what nobody takes. The first frame may have more. It looks at no more than limit rows:
// the database does not know that begins rises with seq.
const selection = `SELECT seq, did, at, begins, frame FROM event WHERE seq > $1 AND seq <= (
		SELECT max(seq) FROM (SELECT seq, begins FROM event WHERE seq > $1 ORDER BY seq LIMIT $3) AS part
		WHERE begins < (SELECT begins FROM event WHERE seq > $1 ORDER BY seq LIMIT 1) + $2
	) ORDER BY seq`

// mostRead is more bytes than a log has, and where a frame begins can be added to it.
const mostRead = 1 << 60

func (db *DB) read(ctx context.Context, after int64, limit, bytes int) (entries []sync.Entry, err error) {
	ctx, cancel := db.Bounded(ctx)
	defer cancel()
	rows, err := db.Reader.QueryContext(ctx, selection, after, min(max(bytes, 1), mostRead), limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		var e sync.Entry
		var at int64
		if err := rows.Scan(&e.Seq, (*string)(&e.DID), &at, &e.Offset, &e.Frame); err != nil {
			return nil, err
		}
		if bytes -= len(e.Frame); bytes < 0 && len(entries) > 0 {
			return entries, nil
		}
		e.Time = time.UnixMilli(at).UTC()
		entries = append(entries, e)
	}
	return entries, rows.Err()
}

// State says what is kept.
func (db *DB) State(ctx context.Context) (s sync.LogState, err error) {
	ctx, cancel := db.Bounded(ctx)
	defer cancel()
	row := db.Finder.QueryRowContext(ctx, "SELECT dropped, latest, erased FROM event_window")
	if err := row.Scan(&s.Dropped, &s.Latest, &s.Erased); err != nil {
		return s, db.Failed("read what is kept", err)
	}
	return s, nil
}

// Skip sets the latest seq, unless it is that far already.
func (db *DB) Skip(ctx context.Context, latest int64) error {
	if _, err := db.exec(ctx, "UPDATE event_window SET latest = $1 WHERE latest < $1", latest); err != nil {
		return db.Failed("skip events", err)
	}
	return nil
}

// dropAtOnce is how many entries are removed in one transaction, so that nobody who
// appends waits for long.
const dropAtOnce = 5000

// Drop removes all entries up to a seq, but none that was not given yet. What is said
// to be kept is there; after an error more may be there than is said.
func (db *DB) Drop(ctx context.Context, upTo int64) error {
	const move = "UPDATE event_window SET dropped = CASE WHEN latest < $1 THEN latest ELSE $1 END WHERE dropped < $1"
	if _, err := db.exec(ctx, move, upTo); err != nil {
		return db.Failed("drop events", err)
	}
	return db.remove(ctx, "DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE seq <= $1 ORDER BY seq LIMIT $2)", upTo, dropAtOnce)
}

const eraseSome = "DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE account = $1 AND did = $2 AND seq <= $3 ORDER BY seq LIMIT $4)"

// Erase removes the entries of an account up to a seq, and then tells others who read the
// log that what they have in memory may be gone.
func (db *DB) Erase(ctx context.Context, did syntax.DID, upTo int64) error {
	err := db.remove(ctx, eraseSome, accountOf(did), string(did), upTo, dropAtOnce)
	if _, told := db.exec(context.WithoutCancel(ctx), "UPDATE event_window SET erased = erased + 1"); told != nil {
		err = errors.Join(err, db.Failed("tell that events were erased", told))
	}
	return err
}

// remove runs a statement that removes dropAtOnce entries at most, until there are no
// more.
func (db *DB) remove(ctx context.Context, statement string, args ...any) error {
	for {
		done, err := db.exec(ctx, statement, args...)
		if err != nil {
			return db.Failed("remove events", err)
		}
		if n, err := done.RowsAffected(); err != nil || n < dropAtOnce {
			return err
		}
	}
}

// exec runs a statement that writes.
func (db *DB) exec(ctx context.Context, statement string, args ...any) (sql.Result, error) {
	ctx, cancel := db.Bounded(ctx)
	defer cancel()
	return db.Writer.ExecContext(ctx, statement, args...)
}
