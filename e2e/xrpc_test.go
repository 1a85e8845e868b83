package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/examples/counter/counter"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// uploadLexicon is what the foreign side needs to know of blobs.
const uploadLexicon = `{"lexicon":1,"id":"com.atproto.repo.uploadBlob","defs":{"main":{"type":"procedure",
  "input":{"encoding":"*/*"},"output":{"encoding":"application/json","schema":{"type":"object","properties":{"blob":{"type":"blob"}}}}}}}`

// lexicons are those of examples/counter and of blobs.
func lexicons(t *testing.T) []json.RawMessage {
	t.Helper()
	files, err := filepath.Glob("../examples/counter/lexicons/com/example/counter/*.json")
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v", files, err)
	}
	list := []json.RawMessage{json.RawMessage(uploadLexicon)}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	return list
}

// tally serves counters; blobs are counted and forgotten.
type tally struct {
	counter.UnimplementedServer

	mu     sync.Mutex
	counts map[string]int64
	steps  []*counter.WatchStep
}

func (s *tally) Get(_ context.Context, r *counter.GetRequest) (*counter.GetOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &counter.GetOutput{Count: s.counts[r.Params.Name]}, nil
}

func (s *tally) Add(_ context.Context, r *counter.AddRequest) (*counter.AddOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := s.counts[r.Input.Name] + r.Input.By
	if count > 100 {
		return nil, xrpc.NewError(counter.AddErrLimitReached, "%s would be %d", r.Input.Name, count)
	}
	s.counts[r.Input.Name] = count
	s.steps = append(s.steps, &counter.WatchStep{Seq: int64(len(s.steps) + 1), Name: r.Input.Name, Count: count})
	return &counter.AddOutput{Count: count}, nil
}

func (s *tally) Watch(ctx context.Context, r *counter.WatchRequest, out *xrpc.Stream[counter.WatchMessage]) error {
	s.mu.Lock()
	steps := slices.Clone(s.steps)
	s.mu.Unlock()
	from := r.Params.Cursor.Or(0)
	if from > int64(len(steps)) {
		return xrpc.NewError(counter.WatchErrFutureCursor, "not yet")
	}
	for _, step := range steps[from:] {
		if err := out.Send(step); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return ctx.Err()
}

func ourService(t *testing.T) string {
	t.Helper()
	server := xrpc.NewServer(xrpc.WithOutputValidation())
	counter.RegisterServer(server, &tally{counts: map[string]int64{}})
	comatproto.RepoUploadBlob.Handle(server, func(_ context.Context, r *comatproto.RepoUploadBlobRequest) (*comatproto.RepoUploadBlobOutput, error) {
		b, err := io.ReadAll(r.Input)
		if err != nil {
			return nil, err
		}
		return &comatproto.RepoUploadBlobOutput{Blob: &lex.Blob{Ref: lex.Link{CID: cid.Sum(cid.Raw, b)}, MimeType: r.Input.Type, Size: int64(len(b))}}, nil
	})
	web := httptest.NewServer(server)
	t.Cleanup(func() {
		gone, cancel := context.WithCancel(context.Background())
		cancel() // streams end, and nobody waits
		_ = server.Close(gone)
		web.Close()
	})
	return web.URL
}

// theirCall is one call of node/xrpc.mjs.
type theirCall struct {
	NSID     string         `json:"nsid"`
	Params   map[string]any `json:"params,omitempty"`
	Input    any            `json:"input,omitempty"`
	Bytes    *string        `json:"bytes,omitempty"`
	Encoding string         `json:"encoding,omitempty"`
}

// TestTheirClientCallsOurServer has a query, a procedure, its declared error, and a blob
// of 300 KB, by @atproto/xrpc, which itself refuses what the schema does not allow.
func TestTheirClientCallsOurServer_XR01_XR03_XR06(t *testing.T) {
	t.Parallel()
	blob := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("abc"), 100_000))
	answers := call[[]map[string]any](t, "xrpc", "calls", map[string]any{
		"url": ourService(t), "lexicons": lexicons(t), "calls": []theirCall{
			{NSID: "com.example.counter.add", Input: map[string]any{"name": "visits", "by": 60}, Encoding: "application/json"},
			{NSID: "com.example.counter.get", Params: map[string]any{"name": "visits"}},
			{NSID: "com.example.counter.add", Input: map[string]any{"name": "visits", "by": 60}, Encoding: "application/json"},
			{NSID: "com.atproto.repo.uploadBlob", Bytes: &blob, Encoding: "image/png"},
		},
	})
	b, err := json.Marshal(answers[3])
	if err != nil || !strings.Contains(string(b), `"image/png"`) || !strings.Contains(string(b), `300000`) {
		t.Errorf("the blob: %s, %v", b, err)
	}
	want := []map[string]any{
		{"data": map[string]any{"count": 60.0}}, {"data": map[string]any{"count": 60.0}},
		{"status": 400.0, "error": "LimitReached", "message": "visits would be 120"},
	}
	if diff := cmp.Diff(want, answers[:3]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTheirClientFollowsOurStream reads by Subscription of @atproto/xrpc-server, from
// a cursor, and sees the error frame for one in the future.
func TestTheirClientFollowsOurStream_ES01_ES03_ES06(t *testing.T) {
	t.Parallel()
	url := ourService(t)
	client := xrpc.NewClient(url)
	for i := range 4 {
		if _, err := counter.Add.Call(t.Context(), client, &counter.AddInput{Name: fmt.Sprint("c", i), By: 1}); err != nil {
			t.Fatal(err)
		}
	}
	got := call[[]map[string]any](t, "xrpc", "follow", map[string]any{"url": url, "nsid": "com.example.counter.watch", "params": map[string]any{"cursor": 1}, "count": 3})
	for _, m := range got {
		delete(m, "$type") // which their client adds, from the header
	}
	want := []map[string]any{
		{"seq": 2.0, "name": "c1", "count": 1.0}, {"seq": 3.0, "name": "c2", "count": 1.0}, {"seq": 4.0, "name": "c3", "count": 1.0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err := try[map[string]any](t, "xrpc", "refused", map[string]any{"url": url, "nsid": "com.example.counter.watch", "params": map[string]any{"cursor": 9}})
	if err == nil || !strings.Contains(err.Error(), "FutureCursor") && !strings.Contains(err.Error(), "not yet") {
		t.Errorf("a cursor in the future: %v", err)
	}
}

// theirService runs a server with @atproto/xrpc-server until the test ends.
func theirService(t *testing.T) string {
	t.Helper()
	text, err := json.Marshal(lexicons(t))
	if err != nil {
		t.Fatal(err)
	}
	server := start(t, "xrpc-server.mjs")
	server.say(string(text))
	return "http://127.0.0.1:" + server.line()
}

func TestOurClientCallsTheirServer_XR01_XR03_XR06_ES01_ES03_ES06(t *testing.T) {
	t.Parallel()
	client, ctx := xrpc.NewClient(theirService(t)), t.Context()
	for i := range 3 {
		out, err := counter.Add.Call(ctx, client, &counter.AddInput{Name: "visits", By: 30})
		if err != nil || out.Count != int64(30*(i+1)) {
			t.Fatalf("%v, %v", out, err)
		}
	}
	got, err := counter.Get.Call(ctx, client, &counter.GetParams{Name: "visits"})
	if err != nil || got.Count != 90 {
		t.Errorf("%v, %v", got, err)
	}
	_, err = counter.Add.Call(ctx, client, &counter.AddInput{Name: "visits", By: 30})
	if e := new(xrpc.Error); !errors.As(err, &e) || !errors.Is(err, counter.AddErrLimitReached) || e.Status != http.StatusBadRequest || e.Message != "visits would be 120" {
		t.Errorf("the declared error: %v", err)
	}
	_, err = counter.Get.Call(ctx, client.With(xrpc.WithoutValidation()), &counter.GetParams{})
	if !errors.Is(err, xrpc.ErrInvalidRequest) {
		t.Errorf("without a parameter that is required: %v", err)
	}
	blob, err := comatproto.RepoUploadBlob.Call(ctx, client, &xrpc.Body{Reader: bytes.NewReader(make([]byte, 300_000)), Type: "image/png", Length: 300_000})
	if err != nil || blob.Blob.Size != 300_000 || blob.Blob.MimeType != "image/png" {
		t.Errorf("%+v, %v", blob, err)
	}
	var steps []int64
	for m, err := range counter.Watch.Subscribe(ctx, client, &counter.WatchParams{Cursor: lex.Int(1)}) {
		if err != nil {
			t.Fatal(err)
		}
		if steps = append(steps, m.(*counter.WatchStep).Count); len(steps) == 2 {
			break
		}
	}
	if diff := cmp.Diff([]int64{60, 90}, steps); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, err := range counter.Watch.Subscribe(ctx, client, &counter.WatchParams{Cursor: lex.Int(9)}) {
		if !errors.Is(err, counter.WatchErrFutureCursor) {
			t.Errorf("a cursor in the future: %v", err)
		}
	}
}
