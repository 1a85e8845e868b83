package crashtest

import (
	"context"
	"database/sql"
	_ "embed"
	stdsync "sync"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/sqldb"
)

//go:embed seen.sql
var seenSchema string

// seen keeps in a database which events a consumer was sent, what it knows of accounts,
// the records that it has folded, and its cursor. What has changed is stored at once, so
// that after a kill all of it is as it was at one time, and the events since come again.
type seen struct {
	db *sqldb.DB

	storing  stdsync.Mutex
	mu       stdsync.Mutex
	cursor   int64
	accounts map[syntax.DID]sync.Account
	// What has changed since it was stored.
	events  []sighting
	touched map[syntax.DID]sync.Account
	records map[recordName]string // their CIDs, "" for one that was removed
	faults  []string
}

// A sighting is an event that came.
type sighting struct {
	seq             int64
	digest          digest
	did             syntax.DID
	rev             syntax.TID
	verdict, reason string
}

type recordName struct {
	did  syntax.DID
	path string
}

func openSeen(ctx context.Context, path string) (*seen, error) {
	db, err := sqldb.Open(ctx, path, sqldb.Schema{Name: "seen", Version: 1, SQL: seenSchema})
	if err != nil {
		return nil, err
	}
	s := &seen{db: db, accounts: map[syntax.DID]sync.Account{}, touched: map[syntax.DID]sync.Account{}, records: map[recordName]string{}}
	if err := db.Reader.QueryRowContext(ctx, "SELECT cursor FROM progress").Scan(&s.cursor); err != nil {
		return nil, err
	}
	rows, err := db.Reader.QueryContext(ctx, "SELECT did, rev, data FROM account")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		a := sync.Account{Active: true}
		var data []byte
		err := rows.Scan((*string)(&a.DID), (*string)(&a.Rev), &data)
		if err == nil {
			a.Data, err = cid.FromBytes(data)
		}
		if err != nil {
			return nil, err
		}
		s.accounts[a.DID] = a
	}
	return s, rows.Err()
}

// Account implements [sync.Accounts].
func (s *seen) Account(_ context.Context, did syntax.DID) (*sync.Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a, ok := s.accounts[did]; ok {
		return &a, nil
	}
	return nil, nil //nolint:nilnil // nothing is known
}

// SetAccount implements [sync.Accounts].
func (s *seen) SetAccount(_ context.Context, a *sync.Account) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts[a.DID], s.touched[a.DID] = *a, *a
	return nil
}

// Cursor implements [sync.Cursors]: without any, all that the relay has is read.
func (s *seen) Cursor(context.Context) (seq int64, ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cursor, true, nil
}

// SetCursor implements [sync.Cursors].
func (s *seen) SetCursor(_ context.Context, seq int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cursor = seq
	return nil
}

// fault notes what must not happen.
func (s *seen) fault(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, text)
}

// handle notes an event, and folds its records.
func (s *seen) handle(_ context.Context, seq int64, r *sync.Result) error {
	one := sighting{seq: seq, did: r.DID, verdict: r.Verdict.String(), reason: string(r.Reason)}
	if r.Event == nil {
		s.fault("refused: " + r.Err.Error())
	} else {
		var err error
		if one.digest, err = digestOf(r.Event); err != nil {
			return err
		}
		one.rev = revOf(r.Event)
	}
	events := r.RecordEvents()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, one)
	if r.Verdict != sync.Accepted {
		return nil
	}
	for _, e := range events {
		c := ""
		if e.Record.CID.Defined() {
			c = e.Record.CID.String()
		}
		s.records[recordName{e.DID, e.Record.Path}] = c
	}
	return nil
}

// flush stores what has changed.
func (s *seen) flush(ctx context.Context) error {
	s.storing.Lock()
	defer s.storing.Unlock()
	s.mu.Lock()
	cursor, events, accounts, records, faults := s.cursor, s.events, s.touched, s.records, s.faults
	s.events, s.touched, s.records, s.faults = nil, map[syntax.DID]sync.Account{}, map[recordName]string{}, nil
	s.mu.Unlock()
	return s.db.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		do := &doing{ctx: ctx, tx: tx}
		for _, e := range events {
			do.run(`INSERT INTO seen (seq, digest, did, rev, verdict, reason, times, clash) VALUES ($1, $2, $3, $4, $5, $6, 1, 0)
ON CONFLICT (seq) DO UPDATE SET times = times + 1, clash = clash + (digest <> excluded.digest)`,
				e.seq, e.digest[:], string(e.did), string(e.rev), e.verdict, e.reason)
		}
		for did, a := range accounts {
			do.run("INSERT INTO account (did, rev, data) VALUES ($1, $2, $3) ON CONFLICT (did) DO UPDATE SET rev = excluded.rev, data = excluded.data",
				string(did), string(a.Rev), append([]byte{}, a.Data.Bytes()...))
		}
		for name, c := range records {
			if c == "" {
				do.run("DELETE FROM record WHERE did = $1 AND path = $2", string(name.did), name.path)
				continue
			}
			do.run("INSERT INTO record (did, path, cid) VALUES ($1, $2, $3) ON CONFLICT (did, path) DO UPDATE SET cid = excluded.cid",
				string(name.did), name.path, c)
		}
		for _, text := range faults {
			do.run("INSERT INTO fault (text) VALUES ($1)", text)
		}
		do.run("UPDATE progress SET cursor = $1", cursor)
		return do.err
	})
}

// doing runs statements until one fails.
type doing struct {
	ctx context.Context //nolint:containedctx // it is for one transaction
	tx  *sql.Tx
	err error
}

func (d *doing) run(statement string, args ...any) {
	if d.err == nil {
		_, d.err = d.tx.ExecContext(d.ctx, statement, args...)
	}
}
