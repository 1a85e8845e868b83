package records

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Change changes an account in one transaction.
func (db *DB) Change(ctx context.Context, c *records.Change) error {
	err := db.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, step := range []func(context.Context, *sql.Tx, *records.Change) error{changeRepo, dropEvents, changeRecords, changeQueue, addEvents} {
			if err := step(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	return db.failed("change an account", err)
}

// changeRepo replaces the account, if it has the version that it should.
func changeRepo(ctx context.Context, tx *sql.Tx, c *records.Change) error {
	const update = `UPDATE records_repo SET state = $2, rev = $3, data = $4, want = $5, active = $6, status = $7, handle = $8, host = $9,
		epoch = $10, attempts = $11, reason = $12, next = $13, queued = $14, queued_bytes = $15, queued_rev = $16, version = $17
		WHERE did = $1 AND version = $18`
	statement, values := insertRepo, valuesOf(&c.Repo)
	switch {
	case c.Forget && c.Repo.Version == 0:
		return isNotKept(ctx, tx, c.Repo.DID)
	case c.Forget:
		statement, values = "DELETE FROM records_repo WHERE did = $1 AND version = $2", []any{string(c.Repo.DID), c.Repo.Version}
	case c.Repo.Version > 0:
		statement, values = update, append(values, c.Repo.Version)
	}
	done, err := tx.ExecContext(ctx, statement, values...)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return records.ErrConflict
}

// isNotKept is [records.ErrConflict] for an account that is kept.
func isNotKept(ctx context.Context, tx *sql.Tx, did syntax.DID) error {
	var count int
	err := tx.QueryRowContext(ctx, "SELECT count(*) FROM records_repo WHERE did = $1", string(did)).Scan(&count)
	if err == nil && count > 0 {
		err = records.ErrConflict
	}
	return err
}

func changeRecords(ctx context.Context, tx *sql.Tx, c *records.Change) error {
	const (
		all    = "DELETE FROM records_record WHERE did = $1"
		remove = "DELETE FROM records_record WHERE did = $1 AND path = $2"
		put    = "INSERT INTO records_record (did, path, cid) VALUES ($1, $2, $3) ON CONFLICT (did, path) DO UPDATE SET cid = excluded.cid"
	)
	did := string(c.Repo.DID)
	if c.Clear || c.Forget {
		if _, err := tx.ExecContext(ctx, all, did); err != nil || c.Forget {
			return err
		}
	}
	for len(c.Records) > 0 { // runs of one kind, in their order
		n := 1
		gone := !c.Records[0].CID.Defined()
		for n < len(c.Records) && c.Records[n].CID.Defined() != gone {
			n++
		}
		run := c.Records[:n]
		var err error
		if gone {
			err = each(ctx, tx, remove, n, func(i int) []any { return []any{did, []byte(run[i].Path)} }, nil)
		} else {
			err = each(ctx, tx, put, n, func(i int) []any { return []any{did, []byte(run[i].Path), run[i].CID.Bytes()} }, nil)
		}
		if err != nil {
			return err
		}
		c = &records.Change{Repo: c.Repo, Records: c.Records[n:]}
	}
	return nil
}

func changeQueue(ctx context.Context, tx *sql.Tx, c *records.Change) error {
	did := string(c.Repo.DID)
	var err error
	switch {
	case c.Dequeue == records.AllQueued || c.Forget:
		_, err = tx.ExecContext(ctx, "DELETE FROM records_queue WHERE did = $1", did)
	case c.Dequeue != "":
		_, err = tx.ExecContext(ctx, "DELETE FROM records_queue WHERE did = $1 AND rev <= $2", did, string(c.Dequeue))
	}
	if err != nil || c.Enqueue == nil {
		return err
	}
	text, err := json.Marshal(rowOf(c.Enqueue))
	if err != nil {
		return fmt.Errorf("a queued event: %w", err)
	}
	const add = "INSERT INTO records_queue (did, rev, event) VALUES ($1, $2, $3) ON CONFLICT (did, rev) DO UPDATE SET event = excluded.event"
	_, err = tx.ExecContext(ctx, add, did, string(c.Enqueue.Rev), string(text))
	return err
}

// dropEvents removes events that wait, and notes that it is not known what was told of
// their records, unless all of those are removed.
func dropEvents(ctx context.Context, tx *sql.Tx, c *records.Change) error {
	c.Dropped = nil
	which := "did = $1"
	switch {
	case c.Drop == records.DropNone:
		return nil
	case c.Drop == records.DropStatus:
		which += " AND action = '' AND status <> 'deleted'"
	case !c.Clear:
		which += " AND (action <> '' OR status <> 'deleted')"
	}
	did := string(c.Repo.DID)
	if c.Drop == records.DropAll && !c.Clear {
		const untold = `INSERT INTO records_record (did, path, cid) SELECT did, path, $2
			FROM (SELECT DISTINCT did, path FROM records_event WHERE did = $1 AND action <> '') AS told WHERE true
			ON CONFLICT (did, path) DO UPDATE SET cid = excluded.cid`
		if _, err := tx.ExecContext(ctx, untold, did, records.Untold.Bytes()); err != nil {
			return err
		}
	}
	rows, err := tx.QueryContext(ctx, "DELETE FROM records_event WHERE "+which+" RETURNING id", did)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		c.Dropped = append(c.Dropped, id)
	}
	return rows.Err()
}

// addEvents gives events their IDs and stores them.
func addEvents(ctx context.Context, tx *sql.Tx, c *records.Change) error {
	if len(c.Events) == 0 {
		return nil
	}
	var latest int64
	if err := tx.QueryRowContext(ctx, "UPDATE records_head SET latest = latest + $1 RETURNING latest", len(c.Events)).Scan(&latest); err != nil {
		return err
	}
	first := latest - int64(len(c.Events)) + 1
	const add = `INSERT INTO records_event (id, did, action, live, rev, path, cid, data, handle, active, status)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	return each(ctx, tx, add, len(c.Events), func(i int) []any {
		e := &c.Events[i]
		r, a := e.Record, e.Account
		if r == nil {
			r = &records.RecordEvent{}
		}
		if a == nil {
			a = &records.AccountEvent{}
		}
		return []any{
			first + int64(i), string(e.DID), string(r.Action), number(r.Live), string(r.Rev), []byte(r.Path), bytesOf(r.CID), r.Data,
			string(a.Handle), number(a.Active), a.Status,
		}
	}, nil)
}

// queuedRow is a queued event as JSON, in which bytes are base64.
type queuedRow struct {
	Since    syntax.TID  `json:"since,omitempty"`
	PrevData []byte      `json:"prevData,omitempty"`
	Data     []byte      `json:"data"`
	Records  []recordRow `json:"records,omitempty"`
}

type recordRow struct {
	Action repo.Action `json:"action"`
	Path   string      `json:"path"`
	CID    []byte      `json:"cid,omitempty"`
	Data   []byte      `json:"data,omitempty"`
}

func rowOf(q *records.Queued) *queuedRow {
	row := &queuedRow{Since: q.Since, PrevData: bytesOf(q.PrevData), Data: bytesOf(q.Data)}
	for _, r := range q.Records {
		row.Records = append(row.Records, recordRow{r.Action, r.Path, bytesOf(r.CID), r.Data})
	}
	return row
}

func (row *queuedRow) queued(rev syntax.TID) (q records.Queued, err error) {
	q = records.Queued{Rev: rev, Since: row.Since}
	if q.PrevData, err = cidOf(row.PrevData); err != nil {
		return q, err
	}
	if q.Data, err = cidOf(row.Data); err != nil {
		return q, err
	}
	for _, r := range row.Records {
		id, err := cidOf(r.CID)
		if err != nil {
			return q, err
		}
		q.Records = append(q.Records, records.RecordEvent{Live: true, Rev: rev, Action: r.Action, Path: r.Path, CID: id, Data: r.Data})
	}
	return q, nil
}

// Queue returns the first queued events of an account.
func (db *DB) Queue(ctx context.Context, did syntax.DID, limit int) (queued []records.Queued, err error) {
	err = db.rows(ctx, func(rows *sql.Rows) error {
		var rev, text string
		var row queuedRow
		if err := rows.Scan(&rev, &text); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(text), &row); err != nil {
			return fmt.Errorf("a queued event: %w", err)
		}
		q, err := row.queued(syntax.TID(rev))
		queued = append(queued, q)
		return err
	}, "SELECT rev, event FROM records_queue WHERE did = $1 ORDER BY rev LIMIT $2", string(did), limit)
	return queued, db.failed("read the queue", err)
}
