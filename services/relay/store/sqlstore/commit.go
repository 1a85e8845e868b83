package sqlstore

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/services/internal/sqldb"
	"github.com/lexgen/lexgen/services/relay/store"
)

// Statements of a batch.
const (
	putAccount     = "INSERT INTO relay_account (did, host, rev, head, data, active, status, desynchronized, takedown, throttled, first_seen)"
	replaceAccount = `ON CONFLICT (did) DO UPDATE SET host = excluded.host, rev = excluded.rev, head = excluded.head, data = excluded.data,
active = excluded.active, status = excluded.status, desynchronized = excluded.desynchronized, takedown = excluded.takedown,
throttled = excluded.throttled, first_seen = excluded.first_seen`
	countAccounts = "UPDATE relay_host SET accounts = $1 WHERE name = $2"
	moveSeq       = "UPDATE relay_host SET seq = $1 WHERE name = $2"
	forgetAccount = "DELETE FROM relay_collection WHERE did = $1"
	addMembership = "INSERT INTO relay_collection (collection, did)"
)

// Commit stores a batch in one transaction.
func (db *DB) Commit(ctx context.Context, b *store.Batch) error {
	err := db.Transact(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := each(ctx, tx, countAccounts, byName(b.Counts)); err != nil {
			return err
		}
		if err := each(ctx, tx, moveSeq, byName(b.Seqs)); err != nil {
			return err
		}
		if err := sqldb.Insert(ctx, tx, putAccount, accountRows(b), replaceAccount); err != nil {
			return err
		}
		if err := each(ctx, tx, forgetAccount, forgottenRows(b)); err != nil {
			return err
		}
		return sqldb.Insert(ctx, tx, addMembership, membershipRows(b), "ON CONFLICT DO NOTHING")
	})
	if err != nil {
		return db.Failed("store accounts and seqs", err)
	}
	return nil
}

// each runs a statement with each row.
func each(ctx context.Context, tx *sql.Tx, statement string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	prepared, err := tx.PrepareContext(ctx, statement)
	if err != nil {
		return err
	}
	defer prepared.Close() //nolint:errcheck // it ends with the transaction
	for _, args := range rows {
		if _, err := prepared.ExecContext(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// byName has rows of a number and a name, always in the same order, so that two
// transactions do not wait for each other.
func byName(numbers map[string]int64) [][]any {
	rows := make([][]any, 0, len(numbers))
	for _, name := range slices.Sorted(maps.Keys(numbers)) {
		rows = append(rows, []any{numbers[name], name})
	}
	return rows
}

func accountRows(b *store.Batch) [][]any {
	rows := make([][]any, len(b.Accounts))
	for i := range b.Accounts {
		a := &b.Accounts[i]
		rows[i] = []any{
			string(a.DID), a.Host, string(a.Rev), bytesOf(a.Head), bytesOf(a.Data), number(a.Active), text(a.Status),
			number(a.Desynchronized), number(a.Takedown), number(a.Throttled), a.FirstSeen.UnixMilli(),
		}
	}
	return rows
}

func forgottenRows(b *store.Batch) [][]any {
	rows := make([][]any, len(b.Forgotten))
	for i, did := range b.Forgotten {
		rows[i] = []any{string(did)}
	}
	return rows
}

func membershipRows(b *store.Batch) [][]any {
	rows := make([][]any, len(b.Memberships))
	for i, m := range b.Memberships {
		rows[i] = []any{string(m.Collection), string(m.DID)}
	}
	return rows
}

// number is the form of a truth value in both databases.
func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// text makes a text one that PostgreSQL takes. No name has the sign that it puts in.
func text(s string) string { return strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?") }
