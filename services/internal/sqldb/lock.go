package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// ErrLocked says that another process has locked a database.
var ErrLocked = errors.New("another process uses it, and has to end first")

// A Lock of a database is held until Unlock is called or the process ends, however it does.
type Lock struct {
	db   *DB
	pool *sql.DB // nil where it was lost, and not taken again yet
	conn *sql.Conn
}

// Lock locks the database. It keeps nobody from using the database but who asks for the
// lock, too: the error is [ErrLocked] then.
//
// For a file it is a lock on a file beside it, NAME.lock, which stays. With PostgreSQL it is
// that of a connection: see [Lock.Keep]. That the machine of a process is gone is noticed
// within a minute.
func (db *DB) Lock(ctx context.Context) (*Lock, error) {
	l := &Lock{db: db}
	if err := l.take(ctx); err != nil {
		return nil, err
	}
	return l, nil
}

func (l *Lock) take(ctx context.Context) error {
	ctx, cancel := l.db.Bounded(ctx)
	defer cancel()
	connect, lock := connectLockFile, lockFile
	if l.db.IsPostgres() {
		connect, lock = func(name string) (*sql.DB, error) { return sql.Open("pgx", name) }, l.db.lockServer
	}
	pool, err := connect(l.db.name)
	if err != nil {
		return fmt.Errorf("lock %s: %w", Redacted(l.db.name), err)
	}
	conn, err := pool.Conn(ctx)
	if err == nil {
		err = lock(ctx, conn)
	}
	if isLocked(err) {
		err = ErrLocked
	}
	if err != nil {
		return errors.Join(fmt.Errorf("lock %s: %w", Redacted(l.db.name), err), pool.Close())
	}
	l.pool, l.conn = pool, conn
	return nil
}

// keepEvery is how often it is looked whether a lock is still held, and keepTimeout how long
// that may take.
const keepEvery, keepTimeout = 5 * time.Second, 5 * time.Second

// Keep looks after the lock until ctx ends, and returns nil then: where its connection was
// lost, as when the server was restarted, it is taken again, as soon as that is possible. The
// error is [ErrLocked] if somebody else has it by then. sleep waits until the time is over or
// ctx ends, whose error it returns then. Keep must not run beside Unlock.
func (l *Lock) Keep(ctx context.Context, sleep func(context.Context, time.Duration) error) error {
	for sleep(ctx, keepEvery) == nil {
		if l.isHeld(ctx) || ctx.Err() != nil {
			continue
		}
		l.lose()
		if err := l.take(ctx); errors.Is(err, ErrLocked) {
			return err
		}
	}
	return nil
}

func (l *Lock) isHeld(ctx context.Context) bool {
	if l.pool == nil {
		return false
	}
	if !l.db.IsPostgres() {
		return true // it is that of an open file
	}
	ctx, cancel := context.WithTimeout(ctx, keepTimeout)
	defer cancel()
	_, err := l.conn.ExecContext(ctx, "SELECT 1")
	return err == nil
}

func (l *Lock) lose() {
	if l.pool != nil {
		_ = errors.Join(l.conn.Close(), l.pool.Close()) // it is broken
	}
	l.pool, l.conn = nil, nil
}

// Unlock gives the lock back.
func (l *Lock) Unlock() error {
	if l.pool == nil {
		return nil
	}
	return errors.Join(l.conn.Close(), l.pool.Close())
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
