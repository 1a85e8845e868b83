package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
)

var (
	// ErrForeign says that a file is a database of another program.
	ErrForeign = errors.New("the database belongs to another program")
	// ErrSchema says that a file has a schema that this program does not know,
	// most likely because a newer one has made it.
	ErrSchema = errors.New("the database has a schema that this program does not know")
)

// applicationID marks files of this package: LxDB.
const applicationID = 0x4c784442

// migrations are files of SQL, whose names begin with their number and which
// never change.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date, in one transaction.
func (db *DB) migrate(ctx context.Context) error {
	conn, err := db.transact(ctx)
	if err != nil {
		return err
	}
	if err = own(ctx, conn); err == nil {
		err = apply(ctx, conn)
	}
	if err == nil {
		_, err = conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		return errors.Join(err, discard(conn))
	}
	return conn.Close()
}

// queryer is a connection, or many.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// owned reports whether a file is ours. It may be nobody's yet, and is
// ErrForeign if it is another program's.
func owned(ctx context.Context, from queryer) (bool, error) {
	var id, tables int
	const query = "SELECT (SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)"
	err := from.QueryRowContext(ctx, query).Scan(&id, &tables)
	switch {
	case err != nil:
		return false, err
	case id == applicationID:
		return true, nil
	case id != 0 || tables != 0:
		return false, ErrForeign
	default:
		return false, nil
	}
}

// own marks a file that is nobody's yet.
func own(ctx context.Context, conn *sql.Conn) error {
	is, err := owned(ctx, conn)
	if is || err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id = %d;
		CREATE TABLE migration (name TEXT PRIMARY KEY, hash BLOB NOT NULL) STRICT`, applicationID))
	return err
}

// apply runs the migrations that the file does not have yet.
func apply(ctx context.Context, conn *sql.Conn) error {
	files, err := fs.ReadDir(migrations, "migrations")
	if err != nil {
		return err
	}
	var count int
	if err := conn.QueryRowContext(ctx, "SELECT count(*) FROM migration").Scan(&count); err != nil {
		return err
	}
	if count > len(files) {
		return fmt.Errorf("%w: it has %d migrations, and %d are known", ErrSchema, count, len(files))
	}
	for i, file := range files {
		text, err := fs.ReadFile(migrations, "migrations/"+file.Name())
		if err != nil {
			return err
		}
		if i < count {
			err = check(ctx, conn, file.Name(), text)
		} else {
			err = run(ctx, conn, file.Name(), text)
		}
		if err != nil {
			return fmt.Errorf("migration %s: %w", file.Name(), err)
		}
	}
	return nil
}

// check says that the file had the same migration.
func check(ctx context.Context, conn *sql.Conn, name string, text []byte) error {
	var hash []byte
	err := conn.QueryRowContext(ctx, "SELECT hash FROM migration WHERE name = ?", name).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) || err == nil && string(hash) != string(sum(text)) {
		return ErrSchema
	}
	return err
}

func run(ctx context.Context, conn *sql.Conn, name string, text []byte) error {
	if _, err := conn.ExecContext(ctx, string(text)); err != nil {
		return err
	}
	_, err := conn.ExecContext(ctx, "INSERT INTO migration (name, hash) VALUES (?, ?)", name, sum(text))
	return err
}

func sum(text []byte) []byte {
	hash := sha256.Sum256(text)
	return hash[:]
}

// discard closes a connection in whatever state it is, which drops what its
// transaction has changed.
func discard(conn *sql.Conn) error {
	err := conn.Raw(func(any) error { return driver.ErrBadConn })
	if errors.Is(err, driver.ErrBadConn) {
		return nil
	}
	return err
}
