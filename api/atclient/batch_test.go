package atclient_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/api/atclient"
	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

// batches is a repository that answers batches in one of several ways.
type batches struct {
	repository

	results string // "all", "none", or "few"
}

func (b *batches) ApplyWrites(_ context.Context, q *comatproto.RepoApplyWritesRequest) (*comatproto.RepoApplyWritesOutput, error) {
	note(&b.repository, "apply", q.Input)
	out := &comatproto.RepoApplyWritesOutput{}
	for i, w := range q.Input.Writes {
		switch w := w.(type) {
		case *comatproto.RepoApplyWritesCreate:
			out.Results = append(out.Results, &comatproto.RepoApplyWritesCreateResult{URI: uri(w.Collection, w.Rkey.Or(syntax.RecordKey(fmt.Sprint("made", i)))), CID: someCID})
		case *comatproto.RepoApplyWritesUpdate:
			out.Results = append(out.Results, &comatproto.RepoApplyWritesUpdateResult{URI: uri(w.Collection, w.Rkey), CID: someCID})
		case *comatproto.RepoApplyWritesDelete:
			out.Results = append(out.Results, &comatproto.RepoApplyWritesDeleteResult{})
		}
	}
	switch b.results {
	case "none":
		out.Results = nil
	case "few":
		out.Results = out.Results[1:]
	}
	return out, nil
}

func uri(collection syntax.NSID, key syntax.RecordKey) syntax.ATURI {
	return syntax.ATURI(fmt.Sprintf("at://%s/%s/%s", did, collection, key))
}

func TestBatch(t *testing.T) {
	t.Parallel()
	r := &batches{results: "all"}
	server := (&host{}).server()
	comatproto.RegisterRepoServer(server, r)
	client := atclient.Resume(xrpctest.NewClient(t, server), atclient.Tokens{DID: did, Access: "access-0"}).Client()
	profile := &appbsky.ActorProfile{DisplayName: lex.String("Alice")}
	follow := &appbsky.GraphFollow{Subject: "did:web:b.example", CreatedAt: "2024-01-01T00:00:00Z"}
	var batch atclient.Batch
	batch.Create("", follow)
	batch.Create("3jui7kd54zh2y", follow)
	batch.Create("", profile)
	batch.Update("self", profile)
	batch.Delete("app.bsky.feed.like", "3jui7kd54zh2y")
	refs, err := batch.Apply(t.Context(), client, atclient.WithValidate(true), atclient.IfCommit(someCID))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, ref := range refs {
		if ref == nil {
			got = append(got, "nothing")
			continue
		}
		got = append(got, strings.TrimPrefix(string(ref.URI), "at://"+string(did)+"/"))
	}
	want := []string{"app.bsky.graph.follow/made0", "app.bsky.graph.follow/3jui7kd54zh2y", "app.bsky.actor.profile/self", "app.bsky.actor.profile/self", "nothing"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	const f = `"value":{"$type":"app.bsky.graph.follow","subject":"did:web:b.example","createdAt":"2024-01-01T00:00:00Z"}`
	const p = `"value":{"$type":"app.bsky.actor.profile","displayName":"Alice"}`
	sent := `apply {"repo":"did:web:alice.example","writes":[` + strings.Join([]string{
		`{"$type":"com.atproto.repo.applyWrites#create",` + f + `,"collection":"app.bsky.graph.follow"}`,
		`{"rkey":"3jui7kd54zh2y","$type":"com.atproto.repo.applyWrites#create",` + f + `,"collection":"app.bsky.graph.follow"}`,
		`{"rkey":"self","$type":"com.atproto.repo.applyWrites#create",` + p + `,"collection":"app.bsky.actor.profile"}`,
		`{"rkey":"self","$type":"com.atproto.repo.applyWrites#update",` + p + `,"collection":"app.bsky.actor.profile"}`,
		`{"rkey":"3jui7kd54zh2y","$type":"com.atproto.repo.applyWrites#delete","collection":"app.bsky.feed.like"}`,
	}, ",") + `],"validate":true,"swapCommit":"` + string(someCID) + `"}`
	if diff := cmp.Diff([]string{sent}, r.asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	for results, want := range map[string]string{"none": "", "few": "atclient: the server made the writes, and gives 4 results for 5"} {
		r.results = results
		refs, err := batch.Apply(t.Context(), client)
		if text(err) != want || refs != nil {
			t.Errorf("%s: %v, %v", results, refs, err)
		}
	}
}

// TestBatchesThatAreNotSent has mistakes that are told before anything is sent.
func TestBatchesThatAreNotSent_SN05(t *testing.T) {
	t.Parallel()
	asked := 0
	client := xrpctest.NewClient(t, xrpc.NewServer(xrpc.WithAuth(func(context.Context, *http.Request, *xrpc.Method) (any, error) { asked++; return "", nil })))
	profile := &appbsky.ActorProfile{DisplayName: lex.String(strings.Repeat("a", 1000))}
	var wrong, many, empty atclient.Batch
	wrong.Delete("app.bsky.feed.like", "3jui7kd54zh2y")
	wrong.Create("", profile)
	for range atclient.MaxWrites + 1 {
		many.Delete("app.bsky.feed.like", "3jui7kd54zh2y")
	}
	in := atclient.InRepo("alice.example")
	for name, c := range map[string]struct {
		batch *atclient.Batch
		opts  []atclient.WriteOption
		want  string
	}{
		"a record that does not fit": {&wrong, []atclient.WriteOption{in}, "write 2: atclient: app.bsky.actor.profile: "},
		"too many":                   {&many, []atclient.WriteOption{in}, "atclient: a batch of 201 writes; a commit has 200 at most"},
		"no session":                 {&empty, nil, "atclient: in which repository?"},
		"a condition of one record":  {&empty, []atclient.WriteOption{in, atclient.IfAbsent()}, "atclient: WithKey, IfRecord and IfAbsent are for the write of one record"},
		"a key":                      {&empty, []atclient.WriteOption{in, atclient.WithKey("self")}, "atclient: WithKey, IfRecord and IfAbsent are for the write of one record"},
	} {
		_, err := c.batch.Apply(t.Context(), client, c.opts...)
		if !strings.HasPrefix(text(err), c.want) || asked != 0 {
			t.Errorf("%s: %v, %d requests", name, err, asked)
		}
	}
	var v *lex.Violations
	if _, err := wrong.Apply(t.Context(), client, in); !errors.As(err, &v) {
		t.Error(err)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
