package mst_test

import (
	"context"
	"fmt"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

func ExampleEdit() {
	ctx := context.Background()
	post := cid.Sum(cid.DagCBOR, []byte("a post"))
	edit := mst.Empty().Edit()
	for _, key := range []string{"app.bsky.feed.post/3jui7kd54zh2y", "app.bsky.feed.like/3jui7kd54zh2y"} {
		if _, err := edit.Put(ctx, key, post); err != nil {
			fmt.Println(err)
			return
		}
	}
	tree, delta, err := edit.Finish()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tree.Root(), len(delta.Added))
	for entry, err := range tree.Entries(ctx, mst.Prefix("app.bsky.feed.post/")) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(entry.Key)
	}
	// Output:
	// bafyreigkhgwof5jkahgjxfjv26sf3elmgzqz4abdacicfgqqiy3wq2ruom 1
	// app.bsky.feed.post/3jui7kd54zh2y
}

func ExampleBuild() {
	entries := func(yield func(string, cid.CID) bool) {
		for _, name := range []string{"A0/374913", "B1/986427", "C0/451630"} {
			if !yield(name, cid.Sum(cid.DagCBOR, []byte(name))) {
				return
			}
		}
	}
	nodes := 0
	root, err := mst.Build(entries, func(blockstore.Block) error {
		nodes++
		return nil
	})
	fmt.Println(root, nodes, err)
	// Output: bafyreiabj57fmevfmyjjqul52ds4ibcme23mpc2fpob2kyqb2n3ve5emem 3 <nil>
}

func ExampleVerifyProof() {
	ctx := context.Background()
	edit := mst.Empty().Edit()
	if _, err := edit.Put(ctx, "app.bsky.actor.profile/self", cid.Sum(cid.DagCBOR, nil)); err != nil {
		fmt.Println(err)
		return
	}
	tree, _, err := edit.Finish()
	if err != nil {
		fmt.Println(err)
		return
	}
	proof, err := tree.Proof(ctx, "app.bsky.actor.profile/other")
	if err != nil {
		fmt.Println(err)
		return
	}
	value, err := mst.VerifyProof(tree.Root(), "app.bsky.actor.profile/other", proof)
	fmt.Println(value.Defined(), err)
	// Output: false <nil>
}
