// Package backup writes all that a relay remembers into one file, reads it again, and
// copies it from one database to another.
//
// The file is text, one JSON value a line: a head; then, for each table, a line with its
// name and columns and one for each row; and an end with the number of rows and a hash of
// all before it. Bytes are objects with their base64. It has hosts with their cursors,
// accounts with takedowns, collections, and the events that are kept, as they were at one
// moment.
package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/lexgen/lexgen/services/internal/backupfile"
	"github.com/lexgen/lexgen/services/internal/sqldb"
	"github.com/lexgen/lexgen/services/relay/store/sqlstore"
)

// DefaultSkip is how many seqs a restore or a copy passes over: more than a relay gives
// within two days at 5,000 events a second. Seqs end beyond nine million of them.
const DefaultSkip = 1_000_000_000

// Counts are how much was copied.
type Counts struct{ Hosts, Accounts, Events int64 }

// count counts a row.
func (c *Counts) count(table string) {
	switch table {
	case "relay_host":
		c.Hosts++
	case "relay_account":
		c.Accounts++
	case "event":
		c.Events++
	}
}

// String says it for people.
func (c Counts) String() string {
	return fmt.Sprintf("%d hosts, %d accounts and %d events", c.Hosts, c.Accounts, c.Events)
}

// counted counts what passes.
func counted(rows iter.Seq2[sqldb.Row, error], counts *Counts) iter.Seq2[sqldb.Row, error] {
	return func(yield func(sqldb.Row, error) bool) {
		for row, err := range rows {
			if counts.count(row.Table); !yield(row, err) {
				return
			}
		}
	}
}

// Write writes what a relay has at this moment. It may run meanwhile: what it does later
// is left out.
func Write(ctx context.Context, db *sqlstore.DB, w io.Writer) (counts Counts, err error) {
	lines := backupfile.NewWriter(w)
	if err := lines.Line(head{typeHead, version}); err != nil {
		return counts, err
	}
	table, total := "", int64(0)
	for row, err := range counted(db.Export(ctx), &counts) {
		if err != nil {
			return counts, err
		}
		if row.Table != table {
			table = row.Table
			if err := lines.Line(tableLine{table, row.Columns}); err != nil {
				return counts, err
			}
		}
		if err := lines.Line(encoded(row.Values)); err != nil {
			return counts, err
		}
		total++
	}
	return counts, lines.End(func(sum string) any { return end{typeEnd, total, sum} })
}

// Restore puts a backup into a new database, all of it or nothing. The sequence goes on
// skip behind the last seq of the backup, because the relay may have given more after it
// was written. Hosts are followed from the cursors in it: what came later comes again.
func Restore(ctx context.Context, db *sqlstore.DB, r io.Reader, skip int64) (counts Counts, err error) {
	in := &reader{lines: backupfile.NewReader(r, maxLine, `{"type":"`+typeEnd+`"`)}
	err = db.Import(ctx, counted(in.rows, &counts), skip, func() error {
		if !in.whole {
			return backupfile.ErrDamaged
		}
		return nil
	})
	if errors.Is(err, sqldb.ErrRow) {
		err = fmt.Errorf("%w; was it written by another version?", err)
	}
	return counts, err
}

// Copy puts all that one database has at this moment into another, new one, all of it or
// nothing. It moves the sequence forward, too, so that the relay may run meanwhile.
func Copy(ctx context.Context, from, to *sqlstore.DB, skip int64) (counts Counts, err error) {
	err = to.Import(ctx, counted(from.Export(ctx), &counts), skip, func() error { return nil })
	return counts, err
}

// reader reads the rows of a file.
type reader struct {
	lines *backupfile.Reader
	table tableLine
	total int64
	whole bool // the end was read
}

func (r *reader) rows(yield func(sqldb.Row, error) bool) {
	fail := func(err error, why string) {
		yield(sqldb.Row{}, errors.Join(err, fmt.Errorf("%w: %s", backupfile.ErrDamaged, why)))
	}
	var h head
	first, _, err := r.lines.Next()
	if err != nil || json.Unmarshal(first, &h) != nil || h.Type != typeHead {
		fail(err, "it does not begin like one of a relay")
		return
	}
	if err := backupfile.CheckVersion(h.Version, version); err != nil {
		yield(sqldb.Row{}, err)
		return
	}
	for {
		line, last, err := r.lines.Next()
		switch {
		case err != nil:
			yield(sqldb.Row{}, err)
			return
		case last:
			var e end
			if json.Unmarshal(line, &e) != nil || e != (end{typeEnd, r.total, r.lines.SHA256()}) {
				fail(nil, "its end does not fit what stands before")
			} else if err := r.lines.Over(); err != nil {
				yield(sqldb.Row{}, err)
			} else {
				r.whole = true
			}
			return
		case len(line) > 0 && line[0] == '{':
			r.table = tableLine{}
			if err := json.Unmarshal(line, &r.table); err != nil {
				fail(err, "a line is not to be read")
				return
			}
		default:
			values, err := decoded(line)
			if err != nil {
				fail(err, "a row is not to be read")
				return
			}
			r.total++
			if !yield(sqldb.Row{Table: r.table.Table, Columns: slices.Clip(r.table.Columns), Values: values}, nil) {
				return
			}
		}
	}
}
