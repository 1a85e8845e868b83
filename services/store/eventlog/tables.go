package eventlog

import (
	"context"
	"database/sql"
)

// Tables are those that a copy of a log has.
func Tables() []string { return []string{"event_window", "event"} }

// SkipBy moves the sequence forward within a transaction, so that the seqs that may have
// been given since a copy was made are not given again (ES-14). It returns the last seq
// of the copy; the next event has one that is more than skip behind it.
func SkipBy(ctx context.Context, tx *sql.Tx, skip int64) (latest int64, err error) {
	err = tx.QueryRowContext(ctx, "UPDATE event_window SET latest = latest + $1 RETURNING latest", skip).Scan(&latest)
	return latest - skip, err
}
