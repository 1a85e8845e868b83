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
	// Reader read side by side.
	Writer, Reader *sql.DB

	name   string
	schema Schema
	types  []string // of the database, in place of names in braces
}

// Open opens a database and makes the tables where there are none. The name is a
// URL that begins with postgres://, or a path of a file, which is made, readable
// by its owner alone, where there is none.
func Open(ctx context.Context, name string, schema Schema) (*DB, error) {
	open := openSQLite
	if IsPostgres(name) {
		open = openPostgres
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
	db := &DB{name: path, schema: schema, Writer: writer, Reader: writer, types: []string{"{{bytes}}", "BLOB", "{{seq}}", "INTEGER", "{{text}}", "TEXT"}}
	if err := db.prepare(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	reader, err := connectSQLite(path, "deferred", "busy_timeout(10000)", "query_only(on)")
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	reader.SetMaxOpenConns(maxReaders)
	reader.SetMaxIdleConns(maxReaders)
	db.Reader = reader
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

func openPostgres(ctx context.Context, name string, schema Schema) (*DB, error) {
	pool, err := sql.Open("pgx", name)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(maxReaders)
	pool.SetMaxIdleConns(maxReaders)
	types := []string{"{{bytes}}", "BYTEA", "{{seq}}", "BIGINT", "{{text}}", `TEXT COLLATE "C"`}
	db := &DB{name: name, schema: schema, Writer: pool, Reader: pool, types: types}
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
// that a client that goes away leaves no doubt about it.
func (db *DB) Transact(ctx context.Context, do func(ctx context.Context, tx *sql.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
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
func (db *DB) Close() error {
	if db.Reader == db.Writer {
		return db.Writer.Close()
	}
	return errors.Join(db.Reader.Close(), db.Writer.Close()) // the last one tidies the log
}

// Failed says what was done with which database.
func (db *DB) Failed(what string, err error) error {
	return fmt.Errorf("%s in %s: %w", what, Redacted(db.name), err)
}
