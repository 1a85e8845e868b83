package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// ErrLocked says that another process has locked a database.
var ErrLocked = errors.New("another process uses it, and has to end first")

// Lock locks the database until unlock is called or the process ends, however it does. It
// keeps nobody from using the database but who asks for the lock, too: the error is
// [ErrLocked] then.
//
// For a file it is a lock on a file beside it, NAME.lock, which stays. With PostgreSQL it is
// that of a connection: who loses that has lost the lock, and is not told; that the machine
// of a process is gone is noticed within a minute.
func (db *DB) Lock(ctx context.Context) (unlock func() error, err error) {
	ctx, cancel := db.Bounded(ctx)
	defer cancel()
	connect, lock := connectLockFile, lockFile
	if db.IsPostgres() {
		connect, lock = func(name string) (*sql.DB, error) { return sql.Open("pgx", name) }, db.lockServer
	}
	pool, err := connect(db.name)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", Redacted(db.name), err)
	}
	conn, err := pool.Conn(ctx)
	if err == nil {
		err = lock(ctx, conn)
	}
	if isLocked(err) {
		err = ErrLocked
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", Redacted(db.name), err), pool.Close())
	}
	return func() error { return errors.Join(conn.Close(), pool.Close()) }, nil
}

// connectLockFile connects to the file beside another one, whatever that is called: one of
// SQLite without tables, as that has locks on each system which end with a process.
func connectLockFile(name string) (*sql.DB, error) {
	name, err := filepath.EvalSymlinks(name)
	if err != nil {
		return nil, err
	}
	name += ".lock"
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) // others who can read it could lock it
	switch {
	case err == nil:
		err = file.Close()
	case errors.Is(err, fs.ErrExist):
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return connectSQLite(name, "exclusive", "journal_mode(off)")
}

func lockFile(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "BEGIN EXCLUSIVE")
	return err
}

// lockServer waits a moment for one that has just ended. The server looks after 10 s whether a
// client is there that says nothing, and again three times.
func (db *DB) lockServer(ctx context.Context, conn *sql.Conn) error {
	const set = "SET lock_timeout = '2s'; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"
	if _, err := conn.ExecContext(ctx, set); err != nil {
		return err
	}
	const lock = "SELECT pg_advisory_lock(hashtextextended('lexgen ' || $1 || ' ' || current_schema(), 0))"
	_, err := conn.ExecContext(ctx, lock, db.schema.Name)
	return err
}

// isLocked reports whether an error of a database is that another one has the lock.
func isLocked(err error) bool {
	const (
		busy    = 5       // SQLITE_BUSY
		timeout = "55P03" // lock_not_available
	)
	if failed, ok := errors.AsType[*sqlite.Error](err); ok {
		return failed.Code() == busy
	}
	failed, ok := errors.AsType[*pgconn.PgError](err)
	return ok && failed.Code == timeout
}
