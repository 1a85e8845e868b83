package eventlog

import (
	"context"
	"strings"
)

// Statements of a log.
const (
	Selection   = selection
	EraseOfSome = eraseSome
)

// Rows returns the rows of an answer, each as the text of one of its columns.
func (db *DB) Rows(ctx context.Context, columns, column int, query string, args ...any) (texts []string, err error) {
	rows, err := db.Writer.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		row := make([]any, columns)
		for i := range row {
			row[i] = new(any)
		}
		row[column] = &text
		if err := rows.Scan(row...); err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, rows.Err()
}

// Plan returns how the database runs a statement.
func (db *DB) Plan(ctx context.Context, statement string, values ...string) (string, error) {
	explain, columns, column := "EXPLAIN QUERY PLAN ", 4, 3
	if db.postgres {
		explain, columns, column = "EXPLAIN (COSTS OFF) ", 1, 0
	}
	plan, err := db.Rows(ctx, columns, column, explain+strings.NewReplacer(values...).Replace(statement))
	return strings.Join(plan, "\n"), err
}

// Analyze has the database look what it holds.
func (db *DB) Analyze(ctx context.Context) error {
	_, err := db.Writer.ExecContext(ctx, "ANALYZE")
	return err
}
