package sqldb

import (
	"context"
	"database/sql"
	"math/bits"
	"slices"
	"strconv"
	"strings"
)

// mostRows is how many rows one statement adds. It bounds its parameters, and what a
// server is sent at a time.
const mostRows = 32

// Insert adds rows, all of the same length, to a table, with few statements: for a server
// that is far away each is a way there and back. A statement is insert, such as "INSERT INTO
// t (a, b)", the rows, and conflict, such as "ON CONFLICT DO NOTHING"; of that there may be
// none. It is not for tables that strangers name.
//
// Numbers of rows are powers of two, so that databases know the statements again.
func Insert(ctx context.Context, tx *sql.Tx, insert string, rows [][]any, conflict string) error {
	for len(rows) > 0 {
		n := min(1<<(bits.Len(uint(len(rows)))-1), mostRows)
		if _, err := tx.ExecContext(ctx, insert+" VALUES "+places(n, len(rows[0]))+" "+conflict, slices.Concat(rows[:n]...)...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// places are those of the parameters of some rows: ($1, $2), ($3, $4).
func places(rows, columns int) string {
	var text strings.Builder
	for i := range rows * columns {
		switch {
		case i == 0:
			text.WriteString("($")
		case i%columns == 0:
			text.WriteString("), ($")
		default:
			text.WriteString(", $")
		}
		text.WriteString(strconv.Itoa(i + 1))
	}
	text.WriteByte(')')
	return text.String()
}
