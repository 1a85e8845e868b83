package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const (
	selectLatest = "SELECT repo.id, repo.head, block.cid IS NULL, block.data FROM repo LEFT JOIN block ON block.repo = repo.id AND block.cid = repo.head " +
		"WHERE repo.did = ? AND repo.head IS NOT NULL"
	selectSince = "SELECT cid, data FROM block WHERE repo = ? AND rev > ? AND cid <> ?"
)

// Since implements [blockstore.Store]. Until the loop ends it has one of the
// readers of [Options] for itself, so that reads inside of it need another one,
// and the write-ahead log grows: what is slow, such as sending to a stranger,
// does not belong into it.
func (r *Repo) Since(ctx context.Context, rev syntax.TID) iter.Seq2[blockstore.Block, error] {
	return func(yield func(blockstore.Block, error) bool) {
		err := r.since(ctx, rev, func(b blockstore.Block) bool { return yield(b, nil) })
		switch {
		case err == nil:
		case ctx.Err() != nil:
			yield(blockstore.Block{}, ctx.Err())
		default:
			yield(blockstore.Block{}, err)
		}
	}
}

// since calls yield, until that returns false, with what Since yields.
func (r *Repo) since(ctx context.Context, rev syntax.TID, yield func(blockstore.Block) bool) error {
	what := fmt.Sprintf("read the blocks since %q", rev)
	tx, err := r.db.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // in which all reads see one state
	if err != nil {
		return r.failed(what, err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing is lost
	id, latest, err := r.latest(tx.QueryRowContext(ctx, selectLatest, string(r.did)))
	if _, missing := errors.AsType[*blockstore.MissingError](err); missing {
		return err
	}
	if err != nil {
		return r.failed(what, err)
	}
	if !latest.CID.Defined() || !yield(latest) {
		return nil
	}
	rows, err := tx.QueryContext(ctx, selectSince, id, string(rev), latest.CID.Bytes())
	if err != nil {
		return r.failed(what, err)
	}
	defer func() { _ = rows.Close() }() // rows.Err has what counts
	for rows.Next() {
		b, err := scanBlock(rows)
		if err != nil {
			return r.failed(what, err)
		}
		if !yield(b) {
			return nil
		}
	}
	if err := rows.Err(); err != nil {
		return r.failed(what, err)
	}
	return nil
}

// latest reads the key of the repository and its latest commit, whose CID is
// undefined where there is none.
func (r *Repo) latest(row *sql.Row) (id int64, commit blockstore.Block, err error) {
	var head []byte
	var missing bool
	err = row.Scan(&id, &head, &missing, &commit.Data)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, commit, nil
	}
	if err == nil {
		commit.CID, err = cid.FromBytes(head)
	}
	if err == nil && missing {
		err = &blockstore.MissingError{CID: commit.CID}
	}
	return id, commit, err
}

// scanBlock reads a row. The data has memory of its own.
func scanBlock(rows *sql.Rows) (blockstore.Block, error) {
	var binary, data []byte
	if err := rows.Scan(&binary, &data); err != nil {
		return blockstore.Block{}, err
	}
	c, err := cid.FromBytes(binary)
	return blockstore.Block{CID: c, Data: data}, err
}
