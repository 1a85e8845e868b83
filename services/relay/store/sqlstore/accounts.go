package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/relay/store"
)

const accountColumns = "SELECT did, host, rev, head, data, active, status, desynchronized, takedown, throttled, first_seen FROM relay_account "

// Account returns an account.
func (db *DB) Account(ctx context.Context, did syntax.DID) (store.Account, error) {
	ctx, cancel := db.Bounded(ctx)
	defer cancel()
	a, err := scanAccount(db.Finder.QueryRowContext(ctx, accountColumns+"WHERE did = $1", text(string(did))))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return store.Account{}, store.ErrNotFound
	case err != nil:
		return store.Account{}, db.Failed("read an account", err)
	}
	return a, nil
}

// Accounts returns accounts.
func (db *DB) Accounts(ctx context.Context, after syntax.DID, limit int) ([]store.Account, error) {
	return db.accounts(ctx, "WHERE did > $1 AND rev <> '' ORDER BY did LIMIT $2", text(string(after)), limit)
}

// Throttled returns the accounts of a host that are throttled.
func (db *DB) Throttled(ctx context.Context, host string, limit int) ([]store.Account, error) {
	return db.accounts(ctx, "WHERE host = $1 AND throttled = 1 ORDER BY first_seen, did LIMIT $2", text(host), limit)
}

// CountThrottled counts the accounts of a host that are throttled.
func (db *DB) CountThrottled(ctx context.Context, host string) (n int64, err error) {
	ctx, cancel := db.Bounded(ctx)
	defer cancel()
	const query = "SELECT count(*) FROM relay_account WHERE host = $1 AND throttled = 1"
	if err := db.Reader.QueryRowContext(ctx, query, text(host)).Scan(&n); err != nil {
		return 0, db.Failed("count accounts", err)
	}
	return n, nil
}

func (db *DB) accounts(ctx context.Context, clauses string, args ...any) ([]store.Account, error) {
	accounts, err := list(ctx, db, db.Reader, scanAccount, accountColumns+clauses, args...)
	if err != nil {
		return nil, db.Failed("list accounts", err)
	}
	return accounts, nil
}

// InCollection returns accounts with records in a collection.
func (db *DB) InCollection(ctx context.Context, collection syntax.NSID, after syntax.DID, limit int) ([]syntax.DID, error) {
	const query = `SELECT c.did FROM relay_collection c JOIN relay_account a ON a.did = c.did
WHERE c.collection = $1 AND c.did > $2 AND a.active = 1 AND a.takedown = 0 ORDER BY c.did LIMIT $3`
	dids, err := list(ctx, db, db.Reader, scanText[syntax.DID], query, text(string(collection)), text(string(after)), limit)
	if err != nil {
		return nil, db.Failed("list a collection", err)
	}
	return dids, nil
}

// Collections returns the collections of an account.
func (db *DB) Collections(ctx context.Context, did syntax.DID, limit int) ([]syntax.NSID, error) {
	const query = "SELECT collection FROM relay_collection WHERE did = $1 ORDER BY collection LIMIT $2"
	collections, err := list(ctx, db, db.Finder, scanText[syntax.NSID], query, text(string(did)), limit)
	if err != nil {
		return nil, db.Failed("list the collections of an account", err)
	}
	return collections, nil
}

func scanAccount(r row) (a store.Account, err error) {
	var head, data []byte
	var active, desynchronized, takedown, throttled int
	var seen int64
	err = r.Scan((*string)(&a.DID), &a.Host, (*string)(&a.Rev), &head, &data, &active, &a.Status, &desynchronized, &takedown, &throttled, &seen)
	if err != nil {
		return a, err
	}
	a.Active, a.Desynchronized, a.Takedown, a.Throttled = active != 0, desynchronized != 0, takedown != 0, throttled != 0
	a.FirstSeen = time.UnixMilli(seen).UTC()
	if a.Head, err = cidOf(head); err == nil {
		a.Data, err = cidOf(data)
	}
	if err != nil {
		return a, fmt.Errorf("account %s: %w", a.DID, err)
	}
	return a, nil
}

func scanText[T ~string](r row) (T, error) {
	var text string
	err := r.Scan(&text)
	return T(text), err
}

func cidOf(b []byte) (cid.CID, error) {
	if len(b) == 0 {
		return cid.CID{}, nil
	}
	return cid.FromBytes(b)
}

func bytesOf(c cid.CID) []byte {
	if !c.Defined() {
		return []byte{}
	}
	return c.Bytes()
}
