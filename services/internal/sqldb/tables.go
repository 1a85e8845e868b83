package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"
)

// A Row is one of a table, as a copy of a database has it.
type Row struct {
	Table   string
	Columns []string // of the table, the same slice for all of its rows
	Values  []any    // int64, string or []byte
}

// ErrRow says that a row does not fit the tables that it is for.
var ErrRow = errors.New("a row that does not fit the database")

// Rows returns all rows of tables, those of one table behind those of another, as they
// are at one moment, however long it takes to read them. Others write meanwhile.
func (db *DB) Rows(ctx context.Context, tables []string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		var options *sql.TxOptions // a transaction of SQLite sees one moment
		if IsPostgres(db.name) {
			options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
		}
		tx, err := db.Reader.BeginTx(ctx, options)
		if err != nil {
			yield(Row{}, db.Failed("read all tables", err))
			return
		}
		defer tx.Rollback() //nolint:errcheck // nothing was written
		for _, table := range tables {
			stopped, err := rowsOf(ctx, tx, table, yield)
			if err != nil {
				yield(Row{}, db.Failed("read the table "+table, err))
			}
			if stopped || err != nil {
				return
			}
		}
	}
}

func rowsOf(ctx context.Context, tx *sql.Tx, table string, yield func(Row, error) bool) (stopped bool, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT * FROM "+table+" ORDER BY 1") //nolint:gosec,unqueryvet // all columns of a table that the program names
	if err != nil {
		return false, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	columns, err := rows.Columns()
	if err != nil {
		return false, err
	}
	for rows.Next() {
		row := Row{Table: table, Columns: columns, Values: make([]any, len(columns))}
		into := make([]any, len(columns))
		for i := range into {
			into[i] = &row.Values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return false, err
		}
		for i, value := range row.Values {
			if row.Values[i], err = plain(value); err != nil {
				return false, fmt.Errorf("column %s: %w", columns[i], err)
			}
		}
		if !yield(row, nil) {
			return true, nil
		}
	}
	return false, rows.Err()
}

// plain is the type of a value that is the same in both databases.
func plain(value any) (any, error) {
	switch v := value.(type) {
	case int64, string:
		return v, nil
	case []byte:
		return append([]byte{}, v...), nil // SQLite has nil where it is empty
	case int32:
		return int64(v), nil
	case nil:
		return nil, fmt.Errorf("%w: NULL", ErrRow)
	}
	return nil, fmt.Errorf("%w: a value is a %T", ErrRow, value)
}

// valuesAtOnce is how many values one statement inserts at most.
const valuesAtOnce = 1000

// Load replaces what is in tables by rows that come table by table, each with the columns
// that its table has. It is within a transaction of the caller, and ends early with ctx.
func (db *DB) Load(ctx context.Context, tx *sql.Tx, tables []string, rows iter.Seq2[Row, error]) error {
	for _, table := range tables {
		if _, err := tx.ExecContext(context.WithoutCancel(ctx), "DELETE FROM "+table); err != nil { //nolint:gosec // as above
			return err
		}
	}
	l := loader{tx: tx, tables: tables, columns: map[string][]string{}}
	for row, err := range rows {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if err := l.add(context.WithoutCancel(ctx), row); err != nil {
			return err
		}
	}
	return l.flush(context.WithoutCancel(ctx))
}

// A loader inserts many rows with each statement.
type loader struct {
	tx      *sql.Tx
	tables  []string
	columns map[string][]string // of the database, by table
	table   string              // of what waits
	values  []any
}

func (l *loader) add(ctx context.Context, row Row) error {
	if !slices.Contains(l.tables, row.Table) {
		return fmt.Errorf("%w: there is no table %.100q", ErrRow, row.Table)
	}
	if l.columns[row.Table] == nil {
		columns, err := columnsOf(ctx, l.tx, row.Table)
		if err != nil {
			return err
		}
		l.columns[row.Table] = columns
	}
	if !slices.Equal(l.columns[row.Table], row.Columns) || len(row.Values) != len(row.Columns) {
		return fmt.Errorf("%w: the table %s has other columns", ErrRow, row.Table)
	}
	if row.Table != l.table || len(l.values)+len(row.Values) > valuesAtOnce {
		if err := l.flush(ctx); err != nil {
			return err
		}
	}
	l.table, l.values = row.Table, append(l.values, row.Values...)
	return nil
}

func columnsOf(ctx context.Context, tx *sql.Tx, table string) ([]string, error) {
	rows, err := tx.QueryContext(ctx, "SELECT * FROM "+table+" LIMIT 0") //nolint:gosec,unqueryvet // all columns of a table that the program names
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // there are none
	columns, err := rows.Columns()
	return columns, errors.Join(err, rows.Err())
}

// flush inserts what waits.
func (l *loader) flush(ctx context.Context) error {
	if len(l.values) == 0 {
		return nil
	}
	columns := l.columns[l.table]
	var statement strings.Builder
	fmt.Fprintf(&statement, "INSERT INTO %s (%s) VALUES ", l.table, strings.Join(columns, ", "))
	for i := range l.values {
		switch {
		case i == 0:
			statement.WriteString("(")
		case i%len(columns) == 0:
			statement.WriteString("), (")
		default:
			statement.WriteString(", ")
		}
		fmt.Fprintf(&statement, "$%d", i+1)
	}
	statement.WriteString(")")
	if _, err := l.tx.ExecContext(ctx, statement.String(), l.values...); err != nil {
		return fmt.Errorf("fill the table %s: %w", l.table, err)
	}
	l.values = l.values[:0]
	return nil
}

// Size returns how many bytes the database takes, those of its write-ahead log included.
func (db *DB) Size(ctx context.Context) (bytes int64, err error) {
	ctx, cancel := db.Bounded(ctx)
	defer cancel()
	if IsPostgres(db.name) {
		if err := db.Reader.QueryRowContext(ctx, "SELECT pg_database_size(current_database())").Scan(&bytes); err != nil {
			return 0, db.Failed("ask for the size", err)
		}
		return bytes, nil
	}
	for _, path := range []string{db.name, db.name + "-wal"} {
		info, err := os.Stat(path)
		switch {
		case err == nil:
			bytes += info.Size()
		case !errors.Is(err, fs.ErrNotExist):
			return 0, db.Failed("ask for the size", err)
		}
	}
	return bytes, nil
}
