package xrpc_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

func TestQueryRoundTrip_XR01_LX24_LX30(t *testing.T) {
	t.Parallel()
	server := xrpc.NewServer(xrpc.WithOutputValidation())
	var got comatproto.RepoListRecordsParams
	var query string
	comatproto.RepoListRecords.Handle(server, func(_ context.Context, r *comatproto.RepoListRecordsRequest) (*comatproto.RepoListRecordsOutput, error) {
		got, query = *r.Params, r.HTTP.URL.RawQuery
		return &comatproto.RepoListRecordsOutput{Cursor: lex.String("next"), Records: []*comatproto.RepoListRecordsRecord{}}, nil
	})
	client := xrpctest.NewClient(t, server)
	out, err := comatproto.RepoListRecords.Call(t.Context(), client, &comatproto.RepoListRecordsParams{
		Repo: "did:plc:ewvi7nxzyoun6zhxrhs64oiz", Collection: "app.bsky.feed.post",
	})
	if err != nil {
		t.Fatal(err)
	}
	if out.Cursor.Or("") != "next" {
		t.Errorf("cursor = %v", out.Cursor)
	}
	if want := "repo=did%3Aplc%3Aewvi7nxzyoun6zhxrhs64oiz&collection=app.bsky.feed.post&limit=50"; query != want {
		t.Errorf("query = %s, want %s", query, want)
	}
	want := comatproto.RepoListRecordsParams{Repo: "did:plc:ewvi7nxzyoun6zhxrhs64oiz", Collection: "app.bsky.feed.post", Limit: lex.Int(50)}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b lex.Opt[int64]) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDeclaredErrors_XR03(t *testing.T) {
	t.Parallel()
	server := xrpc.NewServer()
	comatproto.RepoGetRecord.Handle(server, func(context.Context, *comatproto.RepoGetRecordRequest) (*comatproto.RepoGetRecordOutput, error) {
		return nil, xrpc.NewError(comatproto.RepoGetRecordErrRecordNotFound, "no record %s", "x")
	})
	client := xrpctest.NewClient(t, server)
	_, err := comatproto.RepoGetRecord.Call(t.Context(), client, &comatproto.RepoGetRecordParams{
		Repo: "alice.test", Collection: "app.bsky.feed.post", Rkey: "a",
	})
	var e *xrpc.Error
	if !errors.As(err, &e) || !errors.Is(err, comatproto.RepoGetRecordErrRecordNotFound) || e.Status != http.StatusBadRequest {
		t.Fatalf("err = %#v", err)
	}
	if want := `com.atproto.repo.getRecord: RecordNotFound (400): "no record x"`; err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}

func TestBlobsStreamBothWays_XR06(t *testing.T) {
	t.Parallel()
	server := xrpc.NewServer()
	comatproto.RepoUploadBlob.Handle(server, func(_ context.Context, r *comatproto.RepoUploadBlobRequest) (*comatproto.RepoUploadBlobOutput, error) {
		b, err := io.ReadAll(r.Input)
		if err != nil {
			return nil, err
		}
		return &comatproto.RepoUploadBlobOutput{Blob: &lex.Blob{Ref: lex.Link{CID: cid.Sum(cid.Raw, b)}, MimeType: r.Input.Type, Size: int64(len(b))}}, nil
	})
	data := bytes.Repeat([]byte("car"), 100_000)
	comatproto.SyncGetRepo.Handle(server, func(context.Context, *comatproto.SyncGetRepoRequest) (*xrpc.Body, error) {
		return &xrpc.Body{Reader: bytes.NewReader(data)}, nil
	})
	client := xrpctest.NewClient(t, server)
	var sent int64
	out, err := comatproto.RepoUploadBlob.Call(t.Context(), client, &xrpc.Body{Reader: strings.NewReader("hello"), Type: "text/plain"},
		xrpc.WithProgress(func(n int64) { sent = n }))
	if err != nil {
		t.Fatal(err)
	}
	if out.Blob.Size != 5 || out.Blob.MimeType != "text/plain" || sent != 5 {
		t.Errorf("blob = %+v after %d bytes", out.Blob, sent)
	}
	body, err := comatproto.SyncGetRepo.Call(t.Context(), client, &comatproto.SyncGetRepoParams{DID: "did:plc:ewvi7nxzyoun6zhxrhs64oiz"})
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	got, err := io.ReadAll(body)
	if err != nil || !bytes.Equal(got, data) || body.Type != "application/vnd.ipld.car" {
		t.Errorf("%d bytes of %s, %v", len(got), body.Type, err)
	}
}

func TestStreams_ES01_ES03(t *testing.T) {
	t.Parallel()
	server := xrpc.NewServer(xrpc.WithOutputValidation())
	comatproto.SyncSubscribeRepos.Handle(server, func(_ context.Context, r *comatproto.SyncSubscribeReposRequest, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
		for seq := r.Params.Cursor.Or(0) + 1; seq <= 3; seq++ {
			if err := out.Send(&comatproto.SyncSubscribeReposIdentity{Seq: seq, DID: "did:web:example.com", Time: "2024-01-01T00:00:00Z"}); err != nil {
				return err
			}
		}
		return xrpc.NewError("FutureCursor", "that is all")
	})
	client := xrpctest.NewClient(t, server)
	var seqs []int64
	var last error
	for m, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), client, &comatproto.SyncSubscribeReposParams{Cursor: lex.Int(1)}) {
		if err != nil {
			last = err
			break
		}
		seqs = append(seqs, m.(*comatproto.SyncSubscribeReposIdentity).Seq)
	}
	if diff := cmp.Diff([]int64{2, 3}, seqs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !errors.Is(last, comatproto.SyncSubscribeReposErrFutureCursor) {
		t.Errorf("err = %v", last)
	}
}
