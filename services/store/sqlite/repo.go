package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Repo is the [blockstore.Store] of one repository. It is safe for concurrent
// use.
type Repo struct {
	db  *DB
	did syntax.DID
}

const (
	selectBlock = "SELECT data FROM block WHERE repo = (SELECT id FROM repo WHERE did = ?) AND cid = ?"
	selectRepo  = "SELECT id, head FROM repo WHERE did = ?"
)

// Get implements [blockstore.Source]. The data has memory of its own.
func (r *Repo) Get(ctx context.Context, c cid.CID) ([]byte, error) {
	var data []byte
	err := r.db.getBlock.QueryRowContext(ctx, string(r.did), c.Bytes()).Scan(&data)
	switch {
	case err == nil:
		return data, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, sql.ErrNoRows):
		return nil, &blockstore.MissingError{CID: c}
	default:
		return nil, r.failed("read block "+c.String(), err)
	}
}

// Head implements [blockstore.Store].
func (r *Repo) Head(ctx context.Context) (cid.CID, error) {
	_, head, err := r.row(ctx, r.db.getRepo.QueryRowContext(ctx, string(r.did)))
	return head, err
}

// row reads the key of the repository, which is 0 where it does not exist, and
// its head.
func (r *Repo) row(ctx context.Context, row *sql.Row) (id int64, head cid.CID, err error) {
	var binary []byte
	err = row.Scan(&id, &binary)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, cid.CID{}, nil
	case err == nil && binary != nil:
		head, err = cid.FromBytes(binary)
	case ctx.Err() != nil:
		return 0, cid.CID{}, ctx.Err()
	}
	if err != nil {
		return 0, cid.CID{}, r.failed("read the head", err)
	}
	return id, head, nil
}

// Begin implements [blockstore.Store]. Transactions of other repositories in
// the same file keep it waiting, too; one goroutine can have only one.
func (r *Repo) Begin(ctx context.Context) (blockstore.Tx, error) {
	conn, err := r.db.transact(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, r.failed("begin a transaction", err)
	}
	id, head, err := r.row(ctx, conn.QueryRowContext(ctx, selectRepo, string(r.did)))
	if err != nil {
		return nil, errors.Join(err, discard(conn))
	}
	return &tx{repo: r, conn: conn, id: id, head: head, statements: map[string]*sql.Stmt{}}, nil
}

func (r *Repo) failed(what string, err error) error {
	return fmt.Errorf("repository %s: %s: %w", r.did, what, err)
}
