package blockstore_test

import (
	"context"
	"fmt"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

func ExampleStore() {
	ctx := context.Background()
	store := blockstore.NewMemory()
	if err := commit(ctx, store, "3jzfcijpj2z2a", "hello"); err != nil {
		fmt.Println(err)
		return
	}
	head, err := store.Head(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	data, err := store.Get(ctx, head)
	fmt.Printf("%s: %s %v\n", head, data, err)
	// Output:
	// bafyreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq: hello <nil>
}

// commit makes data the latest commit.
func commit(ctx context.Context, store blockstore.Store, rev syntax.TID, data string) error {
	block := blockstore.Block{CID: cid.Sum(cid.DagCBOR, []byte(data)), Data: []byte(data)}
	tx, err := store.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := tx.Put(ctx, rev, block); err != nil {
		return err
	}
	old, err := store.Head(ctx)
	if err != nil {
		return err
	}
	if err := tx.SetHead(ctx, old, block.CID); err != nil {
		return err
	}
	return tx.Commit(ctx)
}
