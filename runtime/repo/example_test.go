package repo_test

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A repository is created, written to and exported; somebody who has nothing but
// the account's DID and key verifies it.
func Example() {
	if err := createAndVerify(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// exported by did:plc:ewvi7nxzyoun6zhxrhs64oiz
	// 3jzfcijpj2z2a: hello
	// 3jzfcijpj2z2b: world
}

func createAndVerify(ctx context.Context) error {
	key, err := crypto.GenerateKey(crypto.K256, nil)
	if err != nil {
		return err
	}
	account := syntax.DID("did:plc:ewvi7nxzyoun6zhxrhs64oiz")
	store := blockstore.NewMemory()
	w := repo.NewWriter(store, key, repo.WriterOptions{})
	if _, err := w.Init(ctx, account); err != nil {
		return err
	}
	now := syntax.DatetimeOf(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	change, err := w.Apply(ctx,
		repo.Create("3jzfcijpj2z2a", &appbsky.FeedPost{Text: "hello", CreatedAt: now}),
		repo.Create("3jzfcijpj2z2b", &appbsky.FeedPost{Text: "world", CreatedAt: now}),
	)
	if err != nil {
		return err
	}
	r, err := repo.Open(ctx, store, change.Commit)
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := r.Export(ctx, &file); err != nil {
		return err
	}

	// The stranger takes DID and key from the DID document.
	id := repo.Identity{DID: account, Key: key.PublicKey()}
	verified, err := repo.Load(ctx, file.Bytes(), id, repo.VerifyOptions{})
	if err != nil {
		return err
	}
	fmt.Println("exported by", verified.DID())
	for post, err := range repo.Records[appbsky.FeedPost](ctx, verified) {
		if err != nil {
			return err
		}
		fmt.Printf("%s: %s\n", post.Key, post.Value.Text)
	}
	return nil
}

// The message about a commit is verified by itself, as a relay does.
func ExampleVerifyMessage() {
	ctx := context.Background()
	key, err := crypto.GenerateKey(crypto.P256, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	w := repo.NewWriter(blockstore.NewMemory(), key, repo.WriterOptions{})
	if _, err := w.Init(ctx, "did:web:alice.example.com"); err != nil {
		fmt.Println(err)
		return
	}
	change, err := w.Apply(ctx, repo.Put("3jzfcijpj2z2a", &appbsky.FeedPost{Text: "hello", CreatedAt: "2026-06-01T12:00:00Z"}))
	if err != nil {
		fmt.Println(err)
		return
	}
	message, err := change.Message()
	if err != nil {
		fmt.Println(err)
		return
	}
	verified, err := repo.VerifyMessage(message, key.PublicKey())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, record := range verified.Records {
		fmt.Println(record.Path)
	}
	message.Ops = nil
	_, err = repo.VerifyMessage(message, key.PublicKey())
	fmt.Println("without its operations:", err != nil)
	// Output:
	// app.bsky.feed.post/3jzfcijpj2z2a
	// without its operations: true
}

// The proof of a record needs a few blocks of the repository.
func ExampleVerifyProof() {
	ctx := context.Background()
	key, err := crypto.GenerateKey(crypto.K256, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	id := repo.Identity{DID: "did:web:alice.example.com", Key: key.PublicKey()}
	store := blockstore.NewMemory()
	change, err := repo.NewWriter(store, key, repo.WriterOptions{}).
		Init(ctx, id.DID, repo.Create("self", &appbsky.ActorProfile{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := repo.Open(ctx, store, change.Commit)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, rkey := range []syntax.RecordKey{"self", "other"} {
		var proof bytes.Buffer
		if err := r.WriteProof(ctx, &proof, "app.bsky.actor.profile", rkey); err != nil {
			fmt.Println(err)
			return
		}
		proved, err := repo.VerifyProof(proof.Bytes(), id, "app.bsky.actor.profile", rkey)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(proved.Record.Path, proved.Record.CID.Defined())
	}
	// Output:
	// app.bsky.actor.profile/self true
	// app.bsky.actor.profile/other false
}
