package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/store/sqlite"
)

var block = blockstore.Block{CID: cid.Sum(cid.Raw, []byte("hello")), Data: []byte("hello")}

// alter runs SQL on the file at path, as another program might.
func alter(t *testing.T, path, statements string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statements); err != nil {
		t.Fatal(err)
	}
}

// put commits block as the head of store.
func put(t *testing.T, store blockstore.Store) {
	t.Helper()
	tx, err := store.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(tx.Put(t.Context(), rev, block), tx.SetHead(t.Context(), cid.CID{}, block.CID), tx.Commit(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
}

func TestRepositoriesOfOneFileAreApart(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "db.sqlite"))
	put(t, db.Repo(did))
	const other syntax.DID = "did:web:example.com"
	_, err := db.Repo(other).Get(t.Context(), block.CID)
	if _, ok := errors.AsType[*blockstore.MissingError](err); !ok {
		t.Errorf("error %v, want a MissingError", err)
	}
	if head, err := db.Repo(other).Head(t.Context()); err != nil || head.Defined() {
		t.Errorf("head %s and error %v, want none", head, err)
	}
	put(t, db.Repo(other))
	tx, err := db.Repo(other).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tx.Delete(t.Context(), block.CID), tx.Commit(t.Context())); err != nil {
		t.Fatal(err)
	}
	if got, err := db.Repo(did).Get(t.Context(), block.CID); err != nil || string(got) != "hello" {
		t.Errorf("got %q and error %v", got, err)
	}
}

func TestWritersOfSeveralProcessesTakeTurns(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db.sqlite")
	first, second := open(t, path), open(t, path) // as two processes would
	tx, err := first.Repo(did).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := second.Repo(did).Begin(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want %v", err, context.DeadlineExceeded)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	put(t, second.Repo(did))
	if head, err := first.Repo(did).Head(t.Context()); err != nil || head != block.CID {
		t.Errorf("head %s and error %v, want %s", head, err, block.CID)
	}
}

func TestAWriterThatStaysEndsTheWaiting(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db.sqlite")
	tx, err := open(t, path).Repo(did).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	_, err = sqlite.Open(t.Context(), path, sqlite.Options{Busy: time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "locked") {
		t.Errorf("error %v, want one that says that the file is locked", err)
	}
}

func TestAFileIsReadableByItsOwnerAlone(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	put(t, open(t, filepath.Join(folder, "db.sqlite")).Repo(did))
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, file := range files {
		info, err := file.Info()
		if err != nil {
			t.Fatal(err)
		}
		got[file.Name()] = info.Mode().String()
	}
	want := map[string]string{"db.sqlite": "-rw-------", "db.sqlite-shm": "-rw-------", "db.sqlite-wal": "-rw-------"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("modes (-want +got):\n%s", diff)
	}
}

func TestCommitsAreSynchronised(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "db.sqlite"))
	got, err := db.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings of the writer (-want +got):\n%s", diff)
	}
}

func TestWhatCannotBeOpened(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		prepare func(t *testing.T, path string)
		want    error
		says    string
	}{
		{"a folder", func(t *testing.T, path string) {
			t.Helper()
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, nil, "is a directory"},
		{"a file that is no database", func(t *testing.T, path string) {
			t.Helper()
			if err := os.WriteFile(path, []byte(strings.Repeat("text", 1000)), 0o600); err != nil {
				t.Fatal(err)
			}
		}, nil, "not a database"},
		{"a database with tables", func(t *testing.T, path string) { t.Helper(); alter(t, path, "CREATE TABLE a (b)") }, sqlite.ErrForeign, ""},
		{"a database that is marked", func(t *testing.T, path string) { t.Helper(); alter(t, path, "PRAGMA application_id = 7") }, sqlite.ErrForeign, ""},
		{"a newer schema", func(t *testing.T, path string) {
			t.Helper()
			migrated(t, path)
			alter(t, path, "INSERT INTO migration VALUES ('9999_new.sql', x'00')")
		}, sqlite.ErrSchema, "it has 2 migrations, and 1 are known"},
		{"an altered migration", func(t *testing.T, path string) {
			t.Helper()
			migrated(t, path)
			alter(t, path, "UPDATE migration SET hash = x'00'")
		}, sqlite.ErrSchema, "migration 0001_blocks.sql"},
		{"another migration", func(t *testing.T, path string) {
			t.Helper()
			migrated(t, path)
			alter(t, path, "UPDATE migration SET name = '0001_other.sql'")
		}, sqlite.ErrSchema, "migration 0001_blocks.sql"},
		{"a marked file without migrations", func(t *testing.T, path string) {
			t.Helper()
			migrated(t, path)
			alter(t, path, "DROP TABLE migration")
		}, nil, "no such table: migration"},
		{"a migration that fails", func(t *testing.T, path string) {
			t.Helper()
			migrated(t, path)
			alter(t, path, "DELETE FROM migration")
		}, nil, "migration 0001_blocks.sql: SQL logic error: table repo already exists"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "db.sqlite")
			c.prepare(t, path)
			before, _ := os.ReadFile(path)
			_, err := sqlite.Open(t.Context(), path, sqlite.Options{})
			if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %v, want %v with %q and the path", err, c.want, c.says)
			}
			if after, _ := os.ReadFile(path); errors.Is(err, sqlite.ErrForeign) && !bytes.Equal(before, after) {
				t.Error("the file of another program has been changed")
			}
		})
	}
}

// migrated makes a file and closes it.
func migrated(t *testing.T, path string) {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestErrorsNameTheRepository(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "db.sqlite")
	db := open(t, path)
	store := db.Repo(did)
	put(t, store)
	tx, err := store.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := "repository " + string(did) + ": set the head: " + blockstore.ErrHeadMoved.Error()
	if err := tx.SetHead(t.Context(), cid.CID{}, block.CID); err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	alter(t, path, "UPDATE repo SET head = zeroblob(36)")
	_, err = store.Head(t.Context())
	if want := "repository " + string(did) + ": read the head: CID is of version 0, not 1"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if _, err := store.Begin(t.Context()); err == nil {
		t.Error("a transaction begins on a head that is none")
	}
	for b, err := range store.Since(t.Context(), "") {
		if err == nil {
			t.Errorf("block %v has come since a head that is none", b.CID)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, getErr := store.Get(t.Context(), block.CID)
	_, headErr := store.Head(t.Context())
	_, beginErr := store.Begin(t.Context())
	var sinceErr error
	for _, err := range store.Since(t.Context(), rev) {
		sinceErr = err
	}
	for what, err := range map[string]error{"read block " + block.CID.String(): getErr, "read the head": headErr, "begin a transaction": beginErr, "read the blocks since \"" + string(rev) + "\"": sinceErr} {
		if want := "repository " + string(did) + ": " + what + ": sql: database is closed"; err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// countdown is a context that is done when it has been asked often enough.
type countdown struct {
	context.Context //nolint:containedctx // it is one

	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestAContextEndsATransactionBetweenBlocks(t *testing.T) {
	t.Parallel()
	store := open(t, filepath.Join(t.TempDir(), "db.sqlite")).Repo(did)
	put(t, store)
	blocks := blocksOf(1)
	steps := map[string]func(ctx context.Context, tx blockstore.Tx) error{
		"Put": func(ctx context.Context, tx blockstore.Tx) error { return tx.Put(ctx, rev, blocks...) },
		"Delete": func(ctx context.Context, tx blockstore.Tx) error {
			return tx.Delete(ctx, block.CID, block.CID, block.CID)
		},
	}
	for name, step := range steps {
		tx, err := store.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := step(&countdown{t.Context(), 3}, tx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want %v", name, err, context.Canceled)
		}
		if err := tx.Commit(t.Context()); !errors.Is(err, context.Canceled) {
			t.Errorf("Commit after %s: error %v, want %v", name, err, context.Canceled)
		}
		if got, err := store.Get(t.Context(), block.CID); err != nil || string(got) != "hello" {
			t.Errorf("got %q and error %v", got, err)
		}
		if _, err := store.Get(t.Context(), blocks[0].CID); err == nil {
			t.Error("half a transaction is there")
		}
	}
}

func TestAFullDiskLeavesTheOldCommit(t *testing.T) {
	t.Parallel()
	db := open(t, filepath.Join(t.TempDir(), "db.sqlite"))
	store := db.Repo(did)
	put(t, store)
	if err := db.LimitPages(t.Context(), 20); err != nil {
		t.Fatal(err)
	}
	tx, err := store.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	large := blockstore.Block{CID: cid.Sum(cid.Raw, make([]byte, 1<<20)), Data: make([]byte, 1<<20)}
	if err := tx.Delete(t.Context(), block.CID); err != nil {
		t.Fatal(err)
	}
	if err := tx.Put(t.Context(), rev, large); err == nil || !strings.Contains(err.Error(), "full") {
		t.Fatalf("error %v, want one that says that the disk is full", err)
	}
	if err := tx.Commit(t.Context()); err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("Commit: error %v, want the same", err)
	}
	if got, err := store.Get(t.Context(), block.CID); err != nil || string(got) != "hello" {
		t.Errorf("got %q and error %v", got, err)
	}
	if err := db.LimitPages(t.Context(), 1<<20); err != nil {
		t.Fatal(err)
	}
	tx, err = store.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tx.Put(t.Context(), rev, large), tx.Commit(t.Context())); err != nil {
		t.Errorf("when there is room again: %v", err)
	}
}

func TestAnErrorOfTheDatabaseEndsTheTransaction(t *testing.T) {
	t.Parallel()
	steps := map[string]func(ctx context.Context, tx blockstore.Tx) error{
		"put blocks":    func(ctx context.Context, tx blockstore.Tx) error { return tx.Put(ctx, rev, block) },
		"delete blocks": func(ctx context.Context, tx blockstore.Tx) error { return tx.Delete(ctx, block.CID) },
		"set the head":  func(ctx context.Context, tx blockstore.Tx) error { return tx.SetHead(ctx, cid.CID{}, block.CID) },
	}
	for _, damage := range []string{
		"DROP TABLE block",
		"CREATE TRIGGER a BEFORE INSERT ON repo BEGIN SELECT RAISE(ABORT, 'no more'); END",
	} {
		path := filepath.Join(t.TempDir(), "db.sqlite")
		store := open(t, path).Repo(did)
		alter(t, path, damage)
		failed := 0
		for what, step := range steps {
			tx, err := store.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			err = step(t.Context(), tx)
			if want := "repository " + string(did) + ": " + what + ": "; err != nil && !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%s: error %v, want one that begins with %s", damage, err, want)
			}
			if err != nil {
				failed++
			}
			if again := tx.Put(t.Context(), rev, block); err != nil && !errors.Is(again, err) {
				t.Errorf("%s: then error %v, want %v", damage, again, err)
			}
			if err := tx.Rollback(); err != nil {
				t.Error(err)
			}
		}
		if failed != 2 {
			t.Errorf("%s: %d steps failed, want 2", damage, failed)
		}
	}
}
