package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/plc/store"
)

var _ store.Store = (*DB)(nil)

// Append takes operations, all or none.
func (db *DB) Append(ctx context.Context, additions ...store.Addition) (last int64, err error) {
	if len(additions) == 0 {
		return db.Head(ctx)
	}
	err = db.Transact(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		if last, err = reserve(ctx, tx, additions); err != nil {
			return err
		}
		for i := range additions {
			a := additions[i]
			if a.Seq == 0 {
				a.Seq = last - int64(len(additions)-1-i)
			}
			if err := insert(ctx, tx, &a); err != nil {
				return fmt.Errorf("operation %s of %s: %w", a.CID, a.DID, err)
			}
		}
		return nil
	})
	if err != nil {
		return 0, db.Failed("append", err)
	}
	return last, nil
}

// reserve moves the sequence forward, which makes all other writers wait, and
// returns the number of the last addition.
func reserve(ctx context.Context, tx *sql.Tx, additions []store.Addition) (last int64, err error) {
	before := additions[0].Seq
	for i := range additions {
		switch seq := additions[i].Seq; {
		case (seq == 0) != (before == 0), i > 0 && seq != 0 && seq <= before:
			return 0, fmt.Errorf("%w: %d after %d", store.ErrSequence, seq, before)
		default:
			before = seq
		}
	}
	if before == 0 {
		err = tx.QueryRowContext(ctx, "UPDATE plc_sequence SET last = last + $1 RETURNING last", len(additions)).Scan(&last)
		return last, err
	}
	err = tx.QueryRowContext(ctx, "UPDATE plc_sequence SET last = $1 WHERE last < $2 RETURNING last", before, additions[0].Seq).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("%w: %d", store.ErrSequence, additions[0].Seq)
	}
	return last, err
}

func insert(ctx context.Context, tx *sql.Tx, a *store.Addition) error {
	var length int
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(place) + 1, 0) FROM plc_operation WHERE did = $1", string(a.DID)).Scan(&length); err != nil {
		return err
	}
	if length != a.Index {
		return fmt.Errorf("%w: it has %d operations, and %d were known", store.ErrConflict, length, a.Index)
	}
	for _, seq := range a.Nullifies {
		if _, err := tx.ExecContext(ctx, "UPDATE plc_operation SET nullified = 1 WHERE seq = $1 AND did = $2", seq, string(a.DID)); err != nil {
			return err
		}
	}
	text, err := plc.MarshalOperation(a.Operation)
	if err != nil {
		return err
	}
	const statement = "INSERT INTO plc_operation (seq, did, place, cid, operation, created_at, authority) VALUES ($1, $2, $3, $4, $5, $6, $7)"
	_, err = tx.ExecContext(ctx, statement, a.Seq, string(a.DID), a.Index, a.CID.Bytes(), string(text), a.CreatedAt.UnixMilli(), a.Authority)
	return err
}

// Skip moves the sequence forward.
func (db *DB) Skip(ctx context.Context, seq int64) error {
	err := db.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE plc_sequence SET last = $1 WHERE last < $1", seq)
		return err
	})
	if err != nil {
		return db.Failed("skip numbers", err)
	}
	return nil
}

// Head returns the last number that was given.
func (db *DB) Head(ctx context.Context) (last int64, err error) {
	if err := db.Reader.QueryRowContext(ctx, "SELECT last FROM plc_sequence").Scan(&last); err != nil {
		return 0, db.Failed("read the head", err)
	}
	return last, nil
}

// What is read of a DID. Each has an index, so that no more is read than is
// returned.
const (
	ofLog    = "WHERE did = $1 ORDER BY place"
	ofRecent = "WHERE did = $1 AND nullified = 0 ORDER BY place DESC LIMIT $2"
	ofFind   = "WHERE did = $1 AND cid = $2 LIMIT 1"
	ofAt     = "WHERE did = $1 AND place = $2"
)

const columns = "SELECT seq, did, place, cid, operation, created_at, authority, nullified FROM plc_operation "

// Log returns all operations of a DID.
func (db *DB) Log(ctx context.Context, did syntax.DID) ([]store.Record, error) {
	return db.read(ctx, ofLog, string(did))
}

// Recent returns the last operations of a DID that were not undone.
func (db *DB) Recent(ctx context.Context, did syntax.DID, limit int) ([]store.Record, error) {
	records, err := db.read(ctx, ofRecent, string(did), limit)
	slices.Reverse(records)
	return records, err
}

// Find returns the operation of a DID with a CID.
func (db *DB) Find(ctx context.Context, did syntax.DID, c cid.CID) (store.Record, error) {
	return db.readOne(ctx, ofFind, string(did), c.Bytes())
}

// At returns the operation of a DID with an index.
func (db *DB) At(ctx context.Context, did syntax.DID, index int) (store.Record, error) {
	return db.readOne(ctx, ofAt, string(did), index)
}

func (db *DB) readOne(ctx context.Context, clauses string, args ...any) (store.Record, error) {
	records, err := db.read(ctx, clauses, args...)
	if err != nil {
		return store.Record{}, err
	}
	if len(records) == 0 {
		return store.Record{}, store.ErrNotFound
	}
	return records[0], nil
}

// After returns a part of the sequence.
func (db *DB) After(ctx context.Context, seq int64, limit int) ([]store.Record, error) {
	return db.read(ctx, "WHERE seq > $1 ORDER BY seq LIMIT $2", seq, limit)
}

// Since returns operations in the order of their times.
func (db *DB) Since(ctx context.Context, t time.Time, limit int) ([]store.Record, error) {
	return db.read(ctx, "WHERE created_at > $1 ORDER BY created_at, seq LIMIT $2", t.UnixMilli(), limit)
}

func (db *DB) read(ctx context.Context, clauses string, args ...any) ([]store.Record, error) {
	rows, err := db.Reader.QueryContext(ctx, columns+clauses, args...)
	if err != nil {
		return nil, db.Failed("read operations", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	var records []store.Record
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, db.Failed("read operations", err)
		}
		records = append(records, r)
	}
	if err := rows.Err(); err != nil {
		return nil, db.Failed("read operations", err)
	}
	return records, nil
}

func scan(rows *sql.Rows) (r store.Record, err error) {
	var did, operation string
	var name []byte
	var created int64
	var nullified int
	if err := rows.Scan(&r.Seq, &did, &r.Index, &name, &operation, &created, &r.Authority, &nullified); err != nil {
		return r, err
	}
	r.DID, r.CreatedAt, r.Nullified = syntax.DID(did), time.UnixMilli(created).UTC(), nullified != 0
	if r.CID, err = cid.FromBytes(name); err != nil {
		return r, fmt.Errorf("operation %d: %w", r.Seq, err)
	}
	if r.Operation, err = plc.ParseOperation([]byte(operation)); err != nil {
		return r, fmt.Errorf("operation %d: %w", r.Seq, err)
	}
	return r, nil
}

// SetAside keeps lines that were not taken.
func (db *DB) SetAside(ctx context.Context, asides ...store.Aside) error {
	err := db.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		const statement = "INSERT INTO plc_aside (seq, hash, reason, line) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
		for _, a := range asides {
			hash := sha256.Sum256(a.Line)
			reason := strings.ReplaceAll(strings.ToValidUTF8(a.Reason, "?"), "\x00", "?") // PostgreSQL takes no other text
			if _, err := tx.ExecContext(ctx, statement, a.Seq, hash[:], reason, append([]byte{}, a.Line...)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return db.Failed("set lines aside", err)
	}
	return nil
}

// Asides returns how many lines were set aside.
func (db *DB) Asides(ctx context.Context) (n int64, err error) {
	if err := db.Reader.QueryRowContext(ctx, "SELECT count(*) FROM plc_aside").Scan(&n); err != nil {
		return 0, db.Failed("count what was set aside", err)
	}
	return n, nil
}
