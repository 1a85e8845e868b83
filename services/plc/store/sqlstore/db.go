// Package sqlstore keeps the operations of a directory in a SQL database: a file
// of SQLite, or PostgreSQL when one machine is outgrown. Both run the same
// statements on the same tables.
//
//	db, err := sqlstore.Open(ctx, "plc.sqlite")
//	db, err := sqlstore.Open(ctx, "postgres://plc@localhost/plc")
package sqlstore

import (
	"context"
	"database/sql"
	_ "embed" // for the schema
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // a driver, which registers itself
	_ "modernc.org/sqlite"             // as does this one
)

// ErrSchema says that a database has a schema that this program does not know,
// most likely because a newer one has made it.
var ErrSchema = errors.New("the database has a schema that this program does not know")

// schemaVersion is the version of schema.
const schemaVersion = 2

//go:embed schema.sql
var schema string

// DB is an open database. It implements store.Store.
type DB struct {
	name   string
	writer *sql.DB
	reader *sql.DB
}

// Open opens a database and makes the tables where there are none. The name is a
// URL that begins with postgres://, or a path of a file, which is made, readable
// by its owner alone, where there is none.
func Open(ctx context.Context, name string) (*DB, error) {
	open := openSQLite
	if IsPostgres(name) {
		open = openPostgres
	}
	db, err := open(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", Redacted(name), err)
	}
	return db, nil
}

// IsPostgres reports whether a name is that of a PostgreSQL database.
func IsPostgres(name string) bool {
	return strings.HasPrefix(name, "postgres://") || strings.HasPrefix(name, "postgresql://")
}

// Redacted returns the name of a database without its password.
func Redacted(name string) string {
	if !IsPostgres(name) {
		return name
	}
	u, err := url.Parse(name)
	if err != nil {
		return "the PostgreSQL database"
	}
	query := u.Query()
	query.Del("password")
	u.RawQuery = query.Encode()
	return u.Redacted()
}

// maxReaders is how many reads run side by side; others wait.
const maxReaders = 16

// openSQLite opens a file with one writer, so that a transaction never has to
// wait for another one of the same process with a lock in its hands.
func openSQLite(ctx context.Context, path string) (*DB, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // SQLite would let others read it
	if err != nil {
		return nil, err
	}
	if err := file.Close(); err != nil {
		return nil, err
	}
	writer, err := connectSQLite(path, "immediate", "busy_timeout(10000)", "journal_mode(wal)", "synchronous(full)", "journal_size_limit(67108864)")
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	db := &DB{name: path, writer: writer, reader: writer}
	if err := db.prepare(ctx, "{{bytes}}", "BLOB", "{{seq}}", "INTEGER"); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	reader, err := connectSQLite(path, "deferred", "busy_timeout(10000)", "query_only(on)")
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	reader.SetMaxOpenConns(maxReaders)
	reader.SetMaxIdleConns(maxReaders)
	db.reader = reader
	return db, nil
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

func openPostgres(ctx context.Context, name string) (*DB, error) {
	pool, err := sql.Open("pgx", name)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(maxReaders)
	pool.SetMaxIdleConns(maxReaders)
	db := &DB{name: name, writer: pool, reader: pool}
	if err := db.prepare(ctx, "{{bytes}}", "BYTEA", "{{seq}}", "BIGINT"); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// prepare makes the tables, with types in place of names in braces, or demands that they are of the version that is
// known. Of two programs that make them at once one fails, and finds them when it
// tries again.
func (db *DB) prepare(ctx context.Context, types ...string) error {
	if err := db.checkVersion(ctx); err == nil || errors.Is(err, ErrSchema) {
		return err
	}
	made := db.transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for statement := range strings.SplitSeq(strings.NewReplacer(types...).Replace(schema), ";\n") {
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
	var version int
	if err := db.writer.QueryRowContext(ctx, "SELECT max(version) FROM plc_schema").Scan(&version); err != nil {
		return err
	}
	if version != schemaVersion {
		return fmt.Errorf("%w: version %d", ErrSchema, version)
	}
	return nil
}

// transact runs a transaction. It cannot be interrupted once it has begun, so
// that a client that goes away leaves no doubt about it.
func (db *DB) transact(ctx context.Context, do func(ctx context.Context, tx *sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	tx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(ctx, tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Close ends the use of the database.
func (db *DB) Close() error {
	if db.reader == db.writer {
		return db.writer.Close()
	}
	return errors.Join(db.reader.Close(), db.writer.Close()) // the last one tidies the log
}

// failed says what was done with which database.
func (db *DB) failed(what string, err error) error {
	return fmt.Errorf("%s in %s: %w", what, Redacted(db.name), err)
}
