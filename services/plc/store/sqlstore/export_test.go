package sqlstore

import (
	"context"
	"fmt"
	"strings"
)

// ReadsOfDID are the statements that read operations of one DID.
var ReadsOfDID = []string{columns + ofLog, columns + ofRecent, columns + ofFind, columns + ofAt}

// Plan returns how a file of SQLite runs a statement.
func (db *DB) Plan(ctx context.Context, statement string) (string, error) {
	rows, err := db.Writer.QueryContext(ctx, "EXPLAIN QUERY PLAN "+strings.NewReplacer("$1", "''", "$2", "1").Replace(statement))
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return "", err
		}
		plan = append(plan, detail)
	}
	return strings.Join(plan, "; "), rows.Err()
}

// Settings returns what the writer of a file of SQLite is set to.
func (db *DB) Settings(ctx context.Context) (string, error) {
	var mode, synchronous string
	if err := db.Writer.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return "", err
	}
	if err := db.Writer.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&synchronous); err != nil {
		return "", err
	}
	return fmt.Sprint(mode, " ", synchronous), nil
}
