package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver, which registers itself

	"github.com/lexgen/lexgen/runtime/syntax"
)

// Options of a [DB]. The zero value is right for most.
type Options struct {
	// Readers is how many reads run side by side; others wait. Zero stands for
	// DefaultReaders.
	Readers int
	// Busy is how long Begin waits for a writer in another process. Zero stands
	// for DefaultBusy.
	Busy time.Duration
}

// What holds where [Options] say nothing.
const (
	DefaultReaders = 8
	DefaultBusy    = 10 * time.Second
)

// DB is an open file. It is safe for concurrent use.
type DB struct {
	writer *sql.DB // of one connection, which whoever writes has for himself
	reader *sql.DB

	getBlock, getRepo *sql.Stmt // of reader
}

// Open opens the file at path, creates it where there is none, readable by its
// owner alone, and brings its schema up to date. A file of another program is
// [ErrForeign], one with a schema that this program does not know [ErrSchema].
func Open(ctx context.Context, path string, opts Options) (*DB, error) {
	db, err := open(ctx, path, opts)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	return db, nil
}

func open(ctx context.Context, path string, opts Options) (*DB, error) {
	if err := create(path); err != nil {
		return nil, err
	}
	writer, err := connect(path, opts, "synchronous(full)", "foreign_keys(on)", "journal_size_limit(67108864)")
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	reader, err := connect(path, opts, "query_only(on)")
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	reader.SetMaxOpenConns(cmp.Or(opts.Readers, DefaultReaders))
	reader.SetMaxIdleConns(cmp.Or(opts.Readers, DefaultReaders))
	db := &DB{writer: writer, reader: reader}
	if err := db.prepare(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// prepare makes a file ours, unless it is another program's, and brings its
// schema up to date.
func (db *DB) prepare(ctx context.Context) error {
	if _, err := owned(ctx, db.reader); err != nil {
		return err
	}
	var mode string // which the file keeps
	if err := db.writer.QueryRowContext(ctx, "PRAGMA journal_mode = wal").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return fmt.Errorf("there is no write-ahead log where the file is, but the mode %q", mode)
	}
	if err := db.migrate(ctx); err != nil {
		return err
	}
	return db.statements(ctx)
}

// statements prepares what reads: as often as it runs, compiling it each time
// would cost as much as reading.
func (db *DB) statements(ctx context.Context) (err error) {
	if db.getBlock, err = db.reader.PrepareContext(ctx, selectBlock); err != nil {
		return err
	}
	db.getRepo, err = db.reader.PrepareContext(ctx, selectRepo)
	return err
}

// create makes an empty file where there is none: SQLite would let others read
// it.
func create(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

// connect describes connections. SQLite sets pragmas for each, in their order.
func connect(path string, opts Options, pragmas ...string) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // in front of a drive
	}
	busy := fmt.Sprintf("busy_timeout(%d)", cmp.Or(opts.Busy, DefaultBusy).Milliseconds())
	query := url.Values{"_pragma": append([]string{busy}, pragmas...)}
	name := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: query.Encode()}
	return sql.Open("sqlite", name.String())
}

// Repo returns the store of a repository, which need not exist. It costs
// nothing and need not be kept.
func (db *DB) Repo(did syntax.DID) *Repo { return &Repo{db, did} }

// Close ends the use of the file. Transactions must have ended.
func (db *DB) Close() error {
	return errors.Join(db.reader.Close(), db.writer.Close()) // the last one tidies the log
}

// transact starts a transaction, as the only writer, and returns its
// connection. It waits for other writers, of other processes too.
func (db *DB) transact(ctx context.Context) (*sql.Conn, error) {
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return nil, errors.Join(err, discard(conn))
	}
	return conn, nil
}
