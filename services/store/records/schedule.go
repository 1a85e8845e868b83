package records

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// scheduled is the condition of the index.
const scheduled = "state = 0 AND next > 0"

// NextHost returns the host that comes after another one, or else the first.
func (db *DB) NextHost(ctx context.Context, after string) (host string, ok bool, err error) {
	const (
		behind = "SELECT host FROM records_repo WHERE " + scheduled + " AND host > $1 ORDER BY host LIMIT 1"
		first  = "SELECT host FROM records_repo WHERE " + scheduled + " ORDER BY host LIMIT 1"
	)
	err = db.Reader.QueryRowContext(ctx, behind, after).Scan(&host)
	if errors.Is(err, sql.ErrNoRows) {
		err = db.Reader.QueryRowContext(ctx, first).Scan(&host)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return host, err == nil, db.failed("find a host", err)
}

// Due returns the account of a host whose turn is the next one, and when that is.
func (db *DB) Due(ctx context.Context, host string) (did syntax.DID, next time.Time, err error) {
	const query = "SELECT did, next FROM records_repo WHERE " + scheduled + " AND host = $1 ORDER BY next LIMIT 1"
	var micros int64
	err = db.Reader.QueryRowContext(ctx, query, host).Scan((*string)(&did), &micros)
	if errors.Is(err, sql.ErrNoRows) {
		return "", time.Time{}, nil
	}
	return did, timeOf(micros), db.failed("find an account", err)
}

const desynchronize = `UPDATE records_repo SET state = 0, want = CASE WHEN queued_rev > want THEN queued_rev ELSE want END,
	queued = 0, queued_bytes = 0, queued_rev = '', 
	next = CASE WHEN active = 1 OR state = 1 OR next > 0 THEN CAST($1 AS BIGINT) ELSE 0 END, version = version + 1`

// Restart makes all accounts desynchronized that are in progress. Nobody else has a
// queue.
func (db *DB) Restart(ctx context.Context, now time.Time) error {
	return db.failed("restart", db.resync(ctx, desynchronize+" WHERE state = 1", now))
}

// Resync makes all accounts desynchronized.
func (db *DB) Resync(ctx context.Context, now time.Time) error {
	return db.failed("desynchronize all accounts", db.resync(ctx, desynchronize, now))
}

func (db *DB) resync(ctx context.Context, statement string, now time.Time) error {
	return db.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, statement, now.UnixMicro()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM records_queue")
		return err
	})
}

// Counts returns how many accounts there are in each state.
func (db *DB) Counts(ctx context.Context) (map[records.State]int64, error) {
	counts := map[records.State]int64{}
	err := db.rows(ctx, func(rows *sql.Rows) error {
		var state records.State
		var n int64
		err := rows.Scan(&state, &n)
		counts[state] = n
		return err
	}, "SELECT state, count(*) FROM records_repo GROUP BY state")
	return counts, db.failed("count accounts", err)
}
