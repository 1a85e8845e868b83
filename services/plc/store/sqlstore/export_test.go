package sqlstore

import (
	"context"
	"fmt"
)

// Settings returns what the writer of a file of SQLite is set to.
func (db *DB) Settings(ctx context.Context) (string, error) {
	var mode, synchronous string
	if err := db.writer.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return "", err
	}
	if err := db.writer.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous); err != nil {
		return "", err
	}
	return fmt.Sprint(mode, " ", synchronous), nil
}
