package sqlite

import (
	"context"
	"fmt"
)

// Settings returns what the writer's connection is set to.
func (db *DB) Settings(ctx context.Context) (map[string]string, error) {
	found := map[string]string{}
	for _, name := range []string{"journal_mode", "synchronous", "foreign_keys", "busy_timeout"} {
		var value string
		if err := db.writer.QueryRowContext(ctx, "PRAGMA "+name).Scan(&value); err != nil {
			return nil, err
		}
		found[name] = value
	}
	return found, nil
}

// LimitPages makes the file full when it has so many pages of 4 KiB.
func (db *DB) LimitPages(ctx context.Context, pages int) error {
	_, err := db.writer.ExecContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages))
	return err
}
