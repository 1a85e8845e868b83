package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// tx is an open transaction, or one that has ended. Contexts are looked at
// between statements, each of which is short: one that is interrupted would
// end the transaction behind our back.
type tx struct {
	repo *Repo
	conn *sql.Conn
	id   int64   // of the repository, 0 as long as it does not exist
	head cid.CID // of the repository; nobody else changes it
	err  error   // of an earlier call, or ErrTxDone
	done bool

	statements map[string]*sql.Stmt // by their text
}

func (t *tx) Put(ctx context.Context, rev syntax.TID, blocks ...blockstore.Block) error {
	return t.do(ctx, "put blocks", func(whole context.Context) error {
		for _, b := range blocks {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := t.putOne(whole, rev, b); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *tx) putOne(ctx context.Context, rev syntax.TID, b blockstore.Block) error {
	if !b.CID.Defined() {
		return blockstore.ErrNoCID
	}
	if err := t.create(ctx); err != nil {
		return err
	}
	data := b.Data
	if data == nil {
		data = []byte{} // nil is NULL
	}
	const statement = "INSERT INTO block (repo, cid, rev, refs, data) VALUES (?, ?, ?, 1, ?) ON CONFLICT DO UPDATE SET refs = refs + 1"
	_, err := t.exec(ctx, statement, t.id, b.CID.Bytes(), string(rev), data)
	return err
}

func (t *tx) Delete(ctx context.Context, cids ...cid.CID) error {
	return t.do(ctx, "delete blocks", func(whole context.Context) error {
		for _, c := range cids {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := t.deleteOne(whole, c); err != nil {
				return err
			}
		}
		return nil
	})
}

// deleteOne removes a block, as is the rule, or else takes one of its references
// away.
func (t *tx) deleteOne(ctx context.Context, c cid.CID) error {
	removed, err := t.exec(ctx, "DELETE FROM block WHERE repo = ? AND cid = ? AND refs = 1", t.id, c.Bytes())
	if removed > 0 || err != nil {
		return err
	}
	_, err = t.exec(ctx, "UPDATE block SET refs = refs - 1 WHERE repo = ? AND cid = ?", t.id, c.Bytes())
	return err
}

func (t *tx) SetHead(ctx context.Context, old, next cid.CID) error {
	return t.do(ctx, "set the head", func(whole context.Context) error {
		if t.head != old {
			return blockstore.ErrHeadMoved
		}
		if err := t.create(whole); err != nil {
			return err
		}
		t.head = next
		_, err := t.exec(whole, "UPDATE repo SET head = ? WHERE id = ?", next.Bytes(), t.id) // nil is NULL
		return err
	})
}

// Commit cannot be interrupted once it has begun.
func (t *tx) Commit(ctx context.Context) error {
	err := t.do(ctx, "commit", func(whole context.Context) error {
		_, err := t.exec(whole, "COMMIT")
		return err
	})
	if err != nil {
		_ = t.Rollback() //nolint:contextcheck // it has none
		return err
	}
	return t.end(t.conn.Close)
}

// Rollback closes a connection that does not know of its transaction any more,
// as after an error of the disk: that drops all that there is.
func (t *tx) Rollback() error {
	if t.done {
		return nil
	}
	if _, err := t.exec(context.Background(), "ROLLBACK"); err != nil {
		return t.end(func() error { return discard(t.conn) })
	}
	return t.end(t.conn.Close)
}

// end gives up the connection by release, with nothing prepared on it.
func (t *tx) end(release func() error) error {
	t.done, t.err = true, blockstore.ErrTxDone
	var err error
	for _, statement := range t.statements {
		err = errors.Join(err, statement.Close())
	}
	if err = errors.Join(err, release()); err != nil {
		return t.repo.failed("end a transaction", err)
	}
	return nil
}

// do runs a step, unless an earlier one has failed, and keeps its error, which
// is final.
func (t *tx) do(ctx context.Context, what string, step func(whole context.Context) error) error {
	if t.err != nil {
		return t.err
	}
	err := ctx.Err()
	if err == nil {
		err = step(context.WithoutCancel(ctx))
	}
	if err != nil {
		t.err = t.repo.failed(what, err)
	}
	return t.err
}

// create makes the repository where it does not exist yet.
func (t *tx) create(ctx context.Context) error {
	if t.id != 0 {
		return nil
	}
	const statement = "INSERT INTO repo (did) VALUES (?) RETURNING id"
	return t.conn.QueryRowContext(ctx, statement, string(t.repo.did)).Scan(&t.id)
}

// exec runs a statement, which it keeps prepared: many come again. It returns
// how many rows have changed.
func (t *tx) exec(ctx context.Context, text string, args ...any) (int64, error) {
	statement, ok := t.statements[text]
	if !ok {
		var err error
		if statement, err = t.conn.PrepareContext(ctx, text); err != nil {
			return 0, err
		}
		t.statements[text] = statement
	}
	result, err := statement.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
