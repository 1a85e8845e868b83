package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

const alice syntax.DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"

// A directory knows one account.
type directory struct{ *identity.Identity }

func (d directory) LookupDID(context.Context, syntax.DID) (*identity.Identity, error) {
	return d.Identity, nil
}

func (d directory) LookupUnnamed(context.Context, syntax.DID, bool) (*identity.Identity, error) {
	return d.Identity, nil
}

func (directory) Purge(syntax.AtIdentifier) {}

func post(key syntax.RecordKey, text string) repo.Write {
	return repo.Put(key, &appbsky.FeedPost{Text: text, CreatedAt: "2026-06-01T12:00:00Z"})
}

// server has an account with a post, and tells of what it does after that. Like other
// servers of accounts it cannot list accounts by collection.
func server(t *testing.T, key *crypto.PrivateKey) http.Handler {
	t.Helper()
	store := blockstore.NewMemory()
	w := repo.NewWriter(store, key, repo.WriterOptions{})
	first, err := w.Init(t.Context(), alice, post("3l3qo2vuowo2b", "hello"))
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	r, err := repo.Open(t.Context(), store, first.Commit)
	if err == nil {
		err = r.Export(t.Context(), &file)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := xrpc.NewServer()
	comatproto.SyncListRepos.Handle(s, func(context.Context, *comatproto.SyncListReposRequest) (*comatproto.SyncListReposOutput, error) {
		return &comatproto.SyncListReposOutput{Repos: []*comatproto.SyncListReposRepo{{DID: alice, Head: syntax.CID(first.Commit.String()), Rev: r.Rev()}}}, nil
	})
	comatproto.SyncGetRepo.Handle(s, func(context.Context, *comatproto.SyncGetRepoRequest) (*xrpc.Body, error) {
		return &xrpc.Body{Reader: io.Reader(bytes.NewReader(file.Bytes())), Type: "application/vnd.ipld.car"}, nil
	})
	comatproto.SyncSubscribeRepos.Handle(s, func(ctx context.Context, _ *comatproto.SyncSubscribeReposRequest, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
		time.Sleep(time.Minute)
		second, err := w.Apply(ctx, post("3l3qo2vuowo2c", "hello again"), repo.Delete("app.bsky.feed.post", "3l3qo2vuowo2b"))
		if err != nil {
			return err
		}
		e, err := sync.CommitEvent(second, time.Now())
		if err != nil {
			return err
		}
		e.Seq = 1
		return errors.Join(out.Send(e), out.Send(&comatproto.SyncSubscribeReposIdentity{Seq: 2, DID: alice, Time: e.Time}), func() error { <-ctx.Done(); return ctx.Err() }())
	})
	return s
}

func TestFollow_SN43(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		key, err := crypto.ParsePrivateKey(crypto.K256, bytes.Repeat([]byte{1}, crypto.PrivateKeySize))
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
		defer stop()
		var out bytes.Buffer
		err = follow(ctx, &out, records.Options{
			Upstream: xrpctest.NewClient(t, server(t, key)), Store: &records.MemoryStore{}, Filter: records.Filter{"app.bsky.feed.post"},
			Directory: directory{&identity.Identity{DID: alice, Handle: "alice.example.com", SigningKey: key.PublicKey(), PDS: xrpctest.URL}},
			Now:       time.Now, Sleep: sleep,
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		want := `create ALICE app.bsky.feed.post/3l3qo2vuowo2b: "hello"
create ALICE app.bsky.feed.post/3l3qo2vuowo2c: "hello again"
delete ALICE app.bsky.feed.post/3l3qo2vuowo2b
account ALICE: alice.example.com, active: true
`
		if diff := cmp.Diff(strings.ReplaceAll(want, "ALICE", string(alice)), out.String()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
