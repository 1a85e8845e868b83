// Package records keeps the records of accounts, and how far they are in step, in a SQL
// database: a file of SQLite, or PostgreSQL.
//
//	db, err := records.Open(ctx, "records.sqlite")
//	syncer, err := syncrecords.Open(ctx, syncrecords.Options{Store: db, ...})
package records

import (
	"context"
	"database/sql"
	_ "embed" // for the schema
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/sqldb"
)

//go:embed schema.sql
var schema string

// DB is an open database. It implements [records.Store].
type DB struct{ *sqldb.DB }

var _ records.Store = (*DB)(nil)

// Open opens a database and makes the tables where there are none. The name is a URL
// that begins with postgres://, or a path of a file, which is made, readable by its
// owner alone, where there is none.
func Open(ctx context.Context, name string) (*DB, error) {
	db, err := sqldb.Open(ctx, name, sqldb.Schema{Name: "records", Version: 3, SQL: schema})
	if err != nil {
		return nil, err
	}
	return &DB{db.AtLeisure()}, nil // some statements change all accounts
}

// failed says what was done, unless there was no error.
func (db *DB) failed(what string, err error) error {
	if err == nil || errors.Is(err, records.ErrConflict) {
		return err
	}
	return db.Failed(what, err)
}

const repoColumns = "state, rev, data, want, active, status, handle, host, epoch, attempts, reason, next, queued, queued_bytes, queued_rev, version"

// Repo returns what is kept of an account, nil if nothing is.
func (db *DB) Repo(ctx context.Context, did syntax.DID) (*records.Repo, error) {
	r := &records.Repo{DID: did}
	var active, next int64
	var data []byte
	err := db.Reader.QueryRowContext(ctx, "SELECT "+repoColumns+" FROM records_repo WHERE did = $1", string(did)).Scan(
		&r.State, &r.Rev, &data, &r.Want, &active, &r.Status, &r.Handle, &r.Host, &r.Epoch, &r.Attempts, &r.Reason, &next,
		&r.Queued, &r.QueuedBytes, &r.QueuedRev, &r.Version)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // nothing is kept
	}
	if err == nil {
		r.Active, r.Next = active == 1, timeOf(next)
		r.Data, err = cidOf(data)
	}
	if err != nil {
		return nil, db.failed("read an account", err)
	}
	return r, nil
}

// valuesOf returns the columns of an account, the version being the next one.
func valuesOf(r *records.Repo) []any {
	return []any{
		string(r.DID), int64(r.State), string(r.Rev), bytesOf(r.Data), string(r.Want), number(r.Active), r.Status, string(r.Handle), r.Host,
		r.Epoch, int64(r.Attempts), string(r.Reason), microsOf(r.Next), int64(r.Queued), r.QueuedBytes, string(r.QueuedRev), r.Version + 1,
	}
}

const insertRepo = "INSERT INTO records_repo (did, " + repoColumns + ") " +
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT (did) DO NOTHING"

// Add adds accounts that are not there, in the order of their DIDs: of two that add the
// same ones, neither waits for the other while that waits for it.
func (db *DB) Add(ctx context.Context, repos []records.Repo) (added int, err error) {
	repos = slices.SortedStableFunc(slices.Values(repos), func(a, b records.Repo) int { return strings.Compare(string(a.DID), string(b.DID)) })
	err = db.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		added = 0
		return each(ctx, tx, insertRepo, len(repos), func(i int) []any { return valuesOf(&repos[i]) }, func(n int64) { added += int(n) })
	})
	return added, db.failed("add accounts", err)
}

// each runs a statement for each of a number of rows, and tells how many rows each has
// changed.
func each(ctx context.Context, tx *sql.Tx, statement string, count int, values func(i int) []any, affected func(int64)) error {
	if count == 0 {
		return nil
	}
	prepared, err := tx.PrepareContext(ctx, statement)
	if err != nil {
		return err
	}
	defer prepared.Close() //nolint:errcheck // it ends with the transaction
	for i := range count {
		done, err := prepared.ExecContext(ctx, values(i)...)
		if err != nil {
			return err
		}
		if affected == nil {
			continue
		}
		n, err := done.RowsAffected()
		if err != nil {
			return err
		}
		affected(n)
	}
	return nil
}

// Records returns the first records of an account behind a path.
func (db *DB) Records(ctx context.Context, did syntax.DID, after string, limit int) (entries []records.Entry, err error) {
	err = db.rows(ctx, func(rows *sql.Rows) error {
		var path, id []byte
		err := rows.Scan(&path, &id)
		e := records.Entry{Path: string(path)}
		if err == nil {
			e.CID, err = cidOf(id)
		}
		entries = append(entries, e)
		return err
	}, "SELECT path, cid FROM records_record WHERE did = $1 AND path > $2 ORDER BY path LIMIT $3", string(did), []byte(after), limit)
	return entries, db.failed("read records", err)
}

// rows calls scan for each row of an answer.
func (db *DB) rows(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	rows, err := db.Reader.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Setting returns a value, "" if it was not set.
func (db *DB) Setting(ctx context.Context, name string) (value string, err error) {
	err = db.Reader.QueryRowContext(ctx, "SELECT value FROM records_setting WHERE name = $1", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return value, db.failed("read a setting", err)
}

// SetSetting stores a value.
func (db *DB) SetSetting(ctx context.Context, name, value string) error {
	const statement = "INSERT INTO records_setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
	_, err := db.Writer.ExecContext(ctx, statement, name, value)
	return db.failed("store a setting", err)
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func microsOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func timeOf(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// bytesOf is nil, which is NULL, for the undefined CID.
func bytesOf(id cid.CID) []byte {
	if !id.Defined() {
		return nil
	}
	return id.Bytes()
}

func cidOf(b []byte) (cid.CID, error) {
	if b == nil {
		return cid.CID{}, nil
	}
	return cid.FromBytes(b)
}
