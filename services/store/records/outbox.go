package records

import (
	"context"
	"database/sql"
	"errors"

	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync/records"
)

// Waiting returns the first events behind an ID.
func (db *DB) Waiting(ctx context.Context, after int64, limit int) (refs []records.Ref, err error) {
	err = db.rows(ctx, func(rows *sql.Rows) error {
		var r records.Ref
		err := rows.Scan(&r.ID, (*string)(&r.DID))
		refs = append(refs, r)
		return err
	}, "SELECT id, did FROM records_event WHERE id > $1 ORDER BY id LIMIT $2", after, limit)
	return refs, db.failed("read which events wait", err)
}

// Event returns an event, nil if it is not there.
func (db *DB) Event(ctx context.Context, id int64) (*records.Event, error) {
	const query = "SELECT did, action, live, rev, path, cid, data, handle, active, status FROM records_event WHERE id = $1"
	e, r, a := &records.Event{ID: id}, &records.RecordEvent{}, &records.AccountEvent{}
	var live, active int64
	var path, name []byte
	err := db.Reader.QueryRowContext(ctx, query, id).Scan(
		(*string)(&e.DID), (*string)(&r.Action), &live, (*string)(&r.Rev), &path, &name, &r.Data, (*string)(&a.Handle), &active, &a.Status)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // it is not there
	}
	if err == nil {
		r.Path = string(path)
		r.CID, err = cidOf(name)
	}
	if err != nil {
		return nil, db.failed("read an event", err)
	}
	if r.Action == repo.Action("") {
		a.Active, e.Account = active == 1, a
	} else {
		r.Live, e.Record = live == 1, r
	}
	return e, nil
}

// Acknowledge removes events.
func (db *DB) Acknowledge(ctx context.Context, ids []int64) error {
	err := db.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return each(ctx, tx, "DELETE FROM records_event WHERE id = $1", len(ids), func(i int) []any { return []any{ids[i]} }, nil)
	})
	return db.failed("remove events", err)
}
