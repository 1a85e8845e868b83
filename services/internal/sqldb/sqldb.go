// Package sqldb opens databases of services: a file of SQLite, or PostgreSQL when one
// machine is outgrown. Both run the same statements on the same tables.
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // a driver, which registers itself
	_ "modernc.org/sqlite"             // as does this one
)

// ErrSchema says that a database has a schema that this program does not know,
// most likely because a newer one has made it.
var ErrSchema = errors.New("the database has a schema that this program does not know")

// A Schema is the tables of a store. Several may share a database.
type Schema struct {
	// Name is that of the table Name_schema, which has the version in one row.
	Name    string
	Version int
	// SQL makes the tables, that of the version among them: statements that end with
	// a semicolon and a line break, with {{bytes}} and {{seq}} for the types of bytes
	// and of a primary key of 64 bits, and {{text}} for that of a text which is compared
	// by its bytes: the order of TEXT is that of the database's language.
	SQL string
	// Pragmas are those of the connection that writes to a file, for a store that knows
	// better than the defaults, such as page_size(16384).
	Pragmas []string
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	// Writer has one connection to a file, so that there is one writer, and those of
	// Reader read side by side. Those of Finder are for statements that find a row or
	// a few by a key. They are connections of their own, so that who reads much takes
	// none from who writes, nor from who looks something up for that.
	Writer, Reader, Finder *sql.DB
	// Patience is how long a transaction may take, and what has its context of Bounded: a
	// minute; without end if it is 0. It must not change after the first use.
	Patience time.Duration

	name   string
	schema Schema
	types  []string // of the database, in place of names in braces
}

// Open opens a database and makes the tables where there are none. The name is a
// URL that begins with postgres://, or a path of a file, which is made, readable
// by its owner alone, where there is none.
func Open(ctx context.Context, name string, schema Schema) (*DB, error) {
	open := openSQLite
	switch {
	case IsPostgres(name):
		open = openPostgres
	case !isFile(name):
		return nil, fmt.Errorf("open %s: %w", Redacted(name), errName)
	}
	db, err := open(ctx, name, schema)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", Redacted(name), err)
	}
	return db, nil
}

// IsPostgres reports whether it is a PostgreSQL database.
func (db *DB) IsPostgres() bool { return IsPostgres(db.name) }

// IsPostgres reports whether a name is that of a PostgreSQL database.
func IsPostgres(name string) bool {
	return strings.HasPrefix(name, "postgres://") || strings.HasPrefix(name, "postgresql://")
}

const (
	maxReaders = 16 // reads that run side by side; others wait
	maxFinders = 8
	maxWriters = 8 // of PostgreSQL

	patience = time.Minute // with a database that does not answer
)

// openSQLite opens a file with one writer, so that a transaction never has to
// wait for another one of the same process with a lock in its hands.
func openSQLite(ctx context.Context, path string, schema Schema) (*DB, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // SQLite would let others read it
	if err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	pragmas := slices.Concat([]string{"busy_timeout(10000)"}, schema.Pragmas, // the size of pages comes before the rest
		[]string{"journal_mode(wal)", "synchronous(full)", "journal_size_limit(67108864)"})
	writer, err := connectSQLite(path, "immediate", pragmas...)
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	db := &DB{name: path, schema: schema, Patience: patience, types: []string{"{{bytes}}", "BLOB", "{{seq}}", "INTEGER", "{{text}}", "TEXT"}}
	db.Writer, db.Reader, db.Finder = writer, writer, writer // until there are others
	if err := db.prepare(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	reader, err := connectSQLite(path, "deferred", "busy_timeout(10000)", "query_only(on)")
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	db.Reader = limited(reader, maxReaders)
	finder, err := connectSQLite(path, "deferred", "busy_timeout(10000)", "query_only(on)")
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	db.Finder = limited(finder, maxFinders)
	return db, nil
}

// limited bounds the connections of a pool. They are made when they are needed, and stay.
func limited(pool *sql.DB, most int) *sql.DB {
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	return pool
}

func connectSQLite(path, lock string, pragmas ...string) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	name := url.URL{
		Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path),
		RawQuery: url.Values{"_txlock": {lock}, "_pragma": pragmas}.Encode(),
	}
	return sql.Open("sqlite", name.String())
}

func openPostgres(ctx context.Context, name string, schema Schema) (*DB, error) {
	db := &DB{name: name, schema: schema, Patience: patience, types: []string{"{{bytes}}", "BYTEA", "{{seq}}", "BIGINT", "{{text}}", `TEXT COLLATE "C"`}}
	for _, pool := range []struct {
		into **sql.DB
		most int
	}{{&db.Writer, maxWriters}, {&db.Reader, maxReaders}, {&db.Finder, maxFinders}} {
		opened, err := sql.Open("pgx", name)
		if err != nil {
			return nil, errors.Join(err, db.Close())
		}
		*pool.into = limited(opened, pool.most)
	}
	if err := db.prepare(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Within returns the same database with the tables of another schema, which are made
// where there are none. It shares the connections, so that the writers of both take
// turns, and is closed with db.
func (db *DB) Within(ctx context.Context, schema Schema) (*DB, error) {
	other := *db
	other.schema = schema
	if err := other.prepare(ctx); err != nil {
		return nil, fmt.Errorf("open %s: %w", Redacted(db.name), err)
	}
	return &other, nil
}

// AtLeisure returns the same database without a bound of time, for what may take long. It
// is closed with db.
func (db *DB) AtLeisure() *DB {
	other := *db
	other.Patience = 0
	return &other
}

// Bounded returns a context for statements that are to end when Patience is over, or ctx
// ends. With PostgreSQL they end then, whatever the server does. With a file they end
// unless the system does not return from reading or writing it.
func (db *DB) Bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if db.Patience <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, db.Patience)
}

// prepare makes the tables, or demands that they are of the version that is known. Of
// two programs that make them at once one fails, and finds them when it tries again.
func (db *DB) prepare(ctx context.Context) error {
	if err := db.checkVersion(ctx); err == nil || errors.Is(err, ErrSchema) {
		return err
	}
	made := db.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for statement := range strings.SplitSeq(strings.NewReplacer(db.types...).Replace(db.schema.SQL), ";\n") {
			if strings.TrimSpace(statement) == "" {
				continue
			}
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("make the tables: %w", err)
			}
		}
		return nil
	})
	if err := db.checkVersion(ctx); err == nil || errors.Is(err, ErrSchema) {
		return err
	}
	return made
}

func (db *DB) checkVersion(ctx context.Context) error {
	ctx, cancel := db.Bounded(ctx)
	defer cancel()
	var version int
	if err := db.Writer.QueryRowContext(ctx, fmt.Sprintf("SELECT max(version) FROM %s_schema", db.schema.Name)).Scan(&version); err != nil {
		return err
	}
	if version != db.schema.Version {
		return fmt.Errorf("%w: version %d", ErrSchema, version)
	}
	return nil
}

// Transact runs a transaction. It cannot be interrupted once it has begun, so
// that a client that goes away leaves no doubt about it. When it has taken longer than
// Patience it ends with an error, and is in doubt: it may be there, or come to be there.
func (db *DB) Transact(ctx context.Context, do func(ctx context.Context, tx *sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := db.Bounded(context.WithoutCancel(ctx))
	defer cancel()
	tx, err := db.Writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(ctx, tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Close ends the use of the database.
func (db *DB) Close() (err error) {
	closed := map[*sql.DB]bool{nil: true}
	for _, pool := range []*sql.DB{db.Reader, db.Finder, db.Writer} { // the last one tidies the log
		if !closed[pool] {
			err, closed[pool] = errors.Join(err, pool.Close()), true
		}
	}
	return err
}

// Failed says what was done with which database.
func (db *DB) Failed(what string, err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("it does not answer in time: %w", err)
	}
	return fmt.Errorf("%s in %s: %w", what, Redacted(db.name), err)
}
