package faultstore_test

import (
	"context"
	"fmt"

	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/blockstore/faultstore"
)

func ExampleStore() {
	ctx := context.Background()
	kept := blockstore.NewMemory()
	s := faultstore.New(kept, faultstore.Fault{Call: faultstore.Commit, N: 1, Effect: faultstore.CrashBefore})

	tx, err := s.Begin(ctx)
	fmt.Println("Begin:", err)
	fmt.Println("Put:", tx.Put(ctx, "3jzfcijpj2z2a", block("a")))
	fmt.Println("Commit:", tx.Commit(ctx))
	fmt.Println("blocks:", len(kept.Blocks()), "faults:", s.Counts().Fired)
	// Output:
	// Begin: <nil>
	// Put: <nil>
	// Commit: injected crash
	// blocks: 0 faults: 1
}
