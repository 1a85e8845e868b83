package eventlog

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Own makes another one the owner. It waits for who appends meanwhile.
func (db *DB) Own(ctx context.Context) (owner int64, err error) {
	ctx, cancel := db.Bounded(ctx)
	defer cancel()
	row := db.Writer.QueryRowContext(ctx, "UPDATE event_window SET owner = owner + 1 RETURNING owner")
	if err := row.Scan(&owner); err != nil {
		return 0, db.Failed("take the log over", err)
	}
	return owner, nil
}

// Append adds entries, all or none. SQLite gets many in one statement, and PostgreSQL
// copies them in.
func (db *DB) Append(ctx context.Context, owner int64, entries []sync.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	do := db.insert
	if db.postgres {
		do = db.copyIn
	}
	if err := do(ctx, owner, entries); err != nil {
		return db.Failed("append events", err)
	}
	return nil
}

// claim takes the seqs of entries, if they are behind all before them, and it is the owner
// who does. Whoever else appends, or becomes the owner, waits until the transaction is over.
const claim = "UPDATE event_window SET latest = $1 WHERE latest < $2 AND owner = $3"

const lastOwner = "SELECT owner FROM event_window"

// unclaimed says why claim took nothing. last has the row of lastOwner.
func unclaimed(first, owner int64, last interface{ Scan(dest ...any) error }) error {
	var is int64
	if err := last.Scan(&is); err != nil {
		return fmt.Errorf("read the owner: %w", err)
	}
	if is != owner {
		return sync.ErrFenced
	}
	return fmt.Errorf("%w: %d is no later one", sync.ErrUsed, first)
}

// atOnce is how many entries one statement of SQLite inserts.
const atOnce = 64

// insertion returns a statement that inserts so many entries.
func insertion(count int) string {
	return "INSERT INTO event (seq, account, did, at, begins, frame) VALUES " + strings.Repeat("(?, ?, ?, ?, ?, ?), ", count-1) + "(?, ?, ?, ?, ?, ?)"
}

func (db *DB) insert(ctx context.Context, owner int64, entries []sync.Entry) error {
	return db.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		first, last := entries[0].Seq, entries[len(entries)-1].Seq
		done, err := tx.ExecContext(ctx, claim, last, first, owner)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil {
			return err
		} else if n != 1 {
			return unclaimed(first, owner, tx.QueryRowContext(ctx, lastOwner))
		}
		many := len(entries) - len(entries)%atOnce
		if err := insertAll(ctx, tx, entries[:many], atOnce); err != nil {
			return err
		}
		return insertAll(ctx, tx, entries[many:], 1)
	})
}

// insertAll inserts entries, so many with each statement.
func insertAll(ctx context.Context, tx *sql.Tx, entries []sync.Entry, each int) error {
	if len(entries) == 0 {
		return nil
	}
	statement, err := tx.PrepareContext(ctx, insertion(each))
	if err != nil {
		return err
	}
	defer func() { _ = statement.Close() }() // it ends with the transaction
	args := make([]any, 0, 6*each)
	for some := range slices.Chunk(entries, each) {
		args = args[:0]
		for i := range some {
			e := &some[i]
			args = append(args, e.Seq, accountOf(e.DID), string(e.DID), e.Time.UnixMilli(), e.Offset, e.Frame)
		}
		if _, err := statement.ExecContext(ctx, args...); err != nil {
			return fmt.Errorf("events %d to %d: %w", some[0].Seq, some[len(some)-1].Seq, err)
		}
	}
	return nil
}

// copyIn appends with COPY, on a connection of its own.
func (db *DB) copyIn(ctx context.Context, owner int64, entries []sync.Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := db.Bounded(context.WithoutCancel(ctx)) // as Transact does
	defer cancel()
	conn, err := db.Writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // it goes back to the pool
	return conn.Raw(func(driver any) error {
		c, ok := driver.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("the driver's connection is a %T", driver)
		}
		return pgx.BeginFunc(ctx, c.Conn(), func(tx pgx.Tx) error {
			first, last := entries[0].Seq, entries[len(entries)-1].Seq
			done, err := tx.Exec(ctx, claim, last, first, owner)
			if err != nil {
				return fmt.Errorf("claim seqs: %w", err)
			}
			if done.RowsAffected() != 1 {
				return unclaimed(first, owner, tx.QueryRow(ctx, lastOwner))
			}
			if _, err = tx.CopyFrom(ctx, pgx.Identifier{"event"}, []string{"seq", "account", "did", "at", "begins", "frame"},
				pgx.CopyFromSlice(len(entries), func(i int) ([]any, error) {
					e := &entries[i]
					return []any{e.Seq, accountOf(e.DID), string(e.DID), e.Time.UnixMilli(), e.Offset, e.Frame}, nil
				})); err != nil {
				return fmt.Errorf("copy events: %w", err)
			}
			return nil
		})
	})
}

// accountOf makes the number of an account, which is stored, from its DID. Two accounts that
// have the same one cost time, and nothing else.
func accountOf(did syntax.DID) int64 {
	sum := sha256.Sum256([]byte(did))
	return int64(binary.BigEndian.Uint64(sum[:]))
}
