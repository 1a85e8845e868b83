package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/services/store/sqlite"
)

func Example() {
	folder, err := os.MkdirTemp("", "sqlite")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "pds.sqlite")
	for _, text := range []string{"first commit", "second commit"} {
		if err := replace(context.Background(), path, text); err != nil {
			fmt.Println(err)
			return
		}
	}
	// Output:
	// there is no commit before "first commit"
	// "first commit" comes before "second commit"
}

// replace opens the file and makes text the latest commit.
func replace(ctx context.Context, path, text string) error {
	db, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	store := db.Repo("did:web:example.com")

	tx, err := store.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	old, err := store.Head(ctx)
	if err != nil {
		return err
	}
	if old.Defined() {
		data, err := store.Get(ctx, old)
		if err != nil {
			return err
		}
		fmt.Printf("%q comes before %q\n", data, text)
	} else {
		fmt.Printf("there is no commit before %q\n", text)
	}
	next := blockstore.Block{CID: cid.Sum(cid.DagCBOR, []byte(text)), Data: []byte(text)}
	if err := tx.Put(ctx, "3jzfcijpj2z2a", next); err != nil {
		return err
	}
	if err := tx.SetHead(ctx, old, next.CID); err != nil {
		return err
	}
	return tx.Commit(ctx)
}
