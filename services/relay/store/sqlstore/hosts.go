package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/lexgen/lexgen/services/relay/store"
)

const hostColumns = "SELECT name, no_ssl, seq, accounts, account_limit, trusted, banned, stopped, by_admin, first_seen FROM relay_host "

// Host returns a host.
func (db *DB) Host(ctx context.Context, name string) (store.Host, error) {
	ctx, cancel := db.Bounded(ctx)
	defer cancel()
	h, err := scanHost(db.Finder.QueryRowContext(ctx, hostColumns+"WHERE name = $1", text(name)))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return store.Host{}, store.ErrNotFound
	case err != nil:
		return store.Host{}, db.Failed("read a host", err)
	}
	return h, nil
}

// Hosts returns hosts.
func (db *DB) Hosts(ctx context.Context, after string, limit int) ([]store.Host, error) {
	hosts, err := list(ctx, db, db.Reader, scanHost, hostColumns+"WHERE name > $1 ORDER BY name LIMIT $2", text(after), limit)
	if err != nil {
		return nil, db.Failed("list hosts", err)
	}
	return hosts, nil
}

// PutHost adds or changes a host.
func (db *DB) PutHost(ctx context.Context, h store.Host) error {
	const statement = `INSERT INTO relay_host (name, no_ssl, seq, accounts, account_limit, trusted, banned, stopped, by_admin, first_seen)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (name) DO UPDATE SET no_ssl = excluded.no_ssl, account_limit = excluded.account_limit, trusted = excluded.trusted,
banned = excluded.banned, stopped = excluded.stopped, by_admin = excluded.by_admin`
	ctx, cancel := db.Bounded(context.WithoutCancel(ctx))
	defer cancel()
	_, err := db.Writer.ExecContext(ctx, statement, h.Name, number(h.NoSSL), h.Seq, h.Accounts, h.AccountLimit,
		number(h.Trusted), number(h.Banned), text(h.Stopped), number(h.ByAdmin), h.FirstSeen.UnixMilli())
	if err != nil {
		return db.Failed("store a host", err)
	}
	return nil
}

// NewHosts counts hosts.
func (db *DB) NewHosts(ctx context.Context, since time.Time) (n int64, err error) {
	ctx, cancel := db.Bounded(ctx)
	defer cancel()
	const query = "SELECT count(*) FROM relay_host WHERE first_seen >= $1 AND by_admin = 0"
	if err := db.Finder.QueryRowContext(ctx, query, since.UnixMilli()).Scan(&n); err != nil {
		return 0, db.Failed("count new hosts", err)
	}
	return n, nil
}

// A row is one of a query, or the only one.
type row interface{ Scan(into ...any) error }

func scanHost(r row) (h store.Host, err error) {
	var noSSL, trusted, banned, byAdmin int
	var seen int64
	err = r.Scan(&h.Name, &noSSL, &h.Seq, &h.Accounts, &h.AccountLimit, &trusted, &banned, &h.Stopped, &byAdmin, &seen)
	h.NoSSL, h.Trusted, h.Banned, h.ByAdmin = noSSL != 0, trusted != 0, banned != 0, byAdmin != 0
	h.FirstSeen = time.UnixMilli(seen).UTC()
	return h, err
}

// list reads all rows of a query, from a pool of db.
func list[T any](ctx context.Context, db *DB, pool *sql.DB, scan func(row) (T, error), query string, args ...any) (all []T, _ error) {
	ctx, cancel := db.Bounded(ctx)
	defer cancel()
	rows, err := pool.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says it
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
