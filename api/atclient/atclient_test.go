package atclient_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/api/atclient"
	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/api/comatproto/comatprototest"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

const (
	did     = syntax.DID("did:web:alice.example")
	someCID = syntax.CID("bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a")
)

// host is an account's server: access-N and refresh-N are good for the N that is now.
type host struct {
	now      atomic.Int64
	renewals atomic.Int64
	refused  error         // instead of a renewal
	hold     chan struct{} // renewals wait for its end, if there is one
}

func (h *host) authenticate(_ context.Context, r *http.Request, m *xrpc.Method) (any, error) {
	kind := "access"
	if m.NSID == "com.atproto.server.refreshSession" || m.NSID == "com.atproto.server.deleteSession" {
		kind = "refresh"
	}
	switch token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); {
	case token == "" && m.NSID == "com.atproto.server.createSession":
		return "nobody", nil
	case token == "":
		return nil, xrpc.ErrAuthMissing
	case token == fmt.Sprintf("%s-%d", kind, h.now.Load()):
		return did, nil
	case kind == "access" && strings.HasPrefix(token, "access-"):
		return nil, xrpc.NewError(xrpc.ErrExpiredToken, "Token has expired")
	}
	return nil, xrpc.NewError(xrpc.ErrInvalidToken, "Token could not be verified")
}

func (h *host) server() *xrpc.Server {
	s := xrpc.NewServer(xrpc.WithAuth(h.authenticate))
	comatproto.RegisterServerServer(s, &comatprototest.ServerServer{
		CreateSessionFunc: func(_ context.Context, r *comatproto.ServerCreateSessionRequest) (*comatproto.ServerCreateSessionOutput, error) {
			if r.Input.Password != "right" {
				return nil, &xrpc.Error{Status: http.StatusUnauthorized, Name: xrpc.ErrAuthenticationRequired, Message: "Invalid identifier or password"}
			}
			if r.Input.AuthFactorToken.Or("") != "123" {
				return nil, comatproto.ServerCreateSessionErrAuthFactorTokenRequired
			}
			n := h.now.Load()
			return &comatproto.ServerCreateSessionOutput{AccessJWT: fmt.Sprint("access-", n), RefreshJWT: fmt.Sprint("refresh-", n), Handle: "alice.example", DID: did}, nil
		},
		RefreshSessionFunc: func(context.Context, *comatproto.ServerRefreshSessionRequest) (*comatproto.ServerRefreshSessionOutput, error) {
			h.renewals.Add(1)
			if h.hold != nil {
				<-h.hold
			}
			if h.refused != nil {
				return nil, h.refused
			}
			n := h.now.Add(1)
			return &comatproto.ServerRefreshSessionOutput{AccessJWT: fmt.Sprint("access-", n), RefreshJWT: fmt.Sprint("refresh-", n), Handle: "alice.example", DID: did}, nil
		},
		GetSessionFunc: func(context.Context, *comatproto.ServerGetSessionRequest) (*comatproto.ServerGetSessionOutput, error) {
			return &comatproto.ServerGetSessionOutput{Handle: "alice.example", DID: did}, nil
		},
		DeleteSessionFunc: func(context.Context, *comatproto.ServerDeleteSessionRequest) (*xrpc.None, error) {
			return &xrpc.None{}, nil
		},
	})
	return s
}

func login(t *testing.T, h *host, opts ...atclient.SessionOption) *atclient.Session {
	t.Helper()
	s, err := atclient.Login(t.Context(), xrpctest.NewClient(t, h.server()), "alice.example", "right", append(opts, atclient.WithAuthFactor("123"))...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func whoami(ctx context.Context, c *xrpc.Client) error {
	_, err := comatproto.ServerGetSession.Call(ctx, c, nil)
	return err
}

func TestLogin_XR20(t *testing.T) {
	t.Parallel()
	c := xrpctest.NewClient(t, (&host{}).server())
	if _, err := atclient.Login(t.Context(), c, "alice.example", "wrong"); !errors.Is(err, xrpc.ErrAuthenticationRequired) {
		t.Error(err)
	}
	if _, err := atclient.Login(t.Context(), c, "alice.example", "right"); !errors.Is(err, comatproto.ServerCreateSessionErrAuthFactorTokenRequired) {
		t.Error(err)
	}
	var saved []atclient.Tokens
	s := login(t, &host{}, atclient.WithSave(func(t atclient.Tokens) { saved = append(saved, t) }))
	want := atclient.Tokens{DID: did, Handle: "alice.example", Access: "access-0", Refresh: "refresh-0"}
	if diff := cmp.Diff([]atclient.Tokens{want}, saved); diff != "" || s.Tokens() != want || s.DID() != did {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestOneRenewalForAll has 200 calls with an expired token at once.
func TestOneRenewalForAll_XR23_XR24(t *testing.T) {
	t.Parallel()
	h := &host{}
	var saved atomic.Int64
	s := login(t, h, atclient.WithSave(func(atclient.Tokens) { saved.Add(1) }))
	client := s.Client()
	h.now.Store(7)
	// The server lets the old refresh token pass once (XR-23).
	resumed := atclient.Resume(client, atclient.Tokens{DID: did, Access: "access-6", Refresh: "refresh-7"}, atclient.WithSave(func(atclient.Tokens) { saved.Add(1) }))
	client = resumed.Client()
	var wait sync.WaitGroup
	var failed atomic.Int64
	for range 200 {
		wait.Go(func() {
			if err := whoami(t.Context(), client); err != nil {
				failed.Add(1)
			}
		})
	}
	wait.Wait()
	if failed.Load() != 0 || h.renewals.Load() != 1 || saved.Load() != 2 || resumed.Tokens().Access != "access-8" {
		t.Errorf("%d of 200 calls failed, %d renewals, %d saved, %q", failed.Load(), h.renewals.Load(), saved.Load(), string(resumed.Tokens().Access))
	}
}

// TestOneCallerWhoLeavesSpoilsNoRenewal has one call that begins a renewal and is given up,
// while another waits for it.
func TestOneCallerWhoLeavesSpoilsNoRenewal_XR24(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &host{hold: make(chan struct{})}
		client := atclient.Resume(xrpctest.NewClient(t, h.server()), atclient.Tokens{DID: did, Access: "access-9", Refresh: "refresh-0"}).Client()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		first, second := make(chan error, 1), make(chan error, 1)
		go func() { first <- whoami(ctx, client) }()
		synctest.Wait()
		go func() { second <- whoami(t.Context(), client) }()
		synctest.Wait()
		cancel()
		if err := <-first; !errors.Is(err, context.Canceled) {
			t.Errorf("the first call: %v", err)
		}
		synctest.Wait()
		close(h.hold)
		if err := <-second; err != nil || h.renewals.Load() != 1 {
			t.Errorf("the second call: %v, after %d renewals", err, h.renewals.Load())
		}
	})
}

// TestWhichRefusalsRenew has what servers answer to a token that has expired.
func TestWhichRefusalsRenew_XR24(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refused xrpc.Error
		renews  bool
	}{
		"expired":            {xrpc.Error{Status: 400, Name: xrpc.ErrExpiredToken}, true},
		"401 of any name":    {xrpc.Error{Status: 401, Name: xrpc.ErrInvalidToken}, true},
		"401 without a name": {xrpc.Error{Status: 401, Name: xrpc.ErrAuthenticationRequired}, true},
		"a wrong parameter":  {xrpc.Error{Status: 400, Name: xrpc.ErrInvalidRequest}, false},
	} {
		h := &host{}
		s := login(t, h)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, xrpctest.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Authorize(t.Context(), req, nil); err != nil {
			t.Fatal(err)
		}
		if again, err := s.Refused(t.Context(), req, &c.refused); err != nil || again != c.renews || h.renewals.Load() == 1 != c.renews {
			t.Errorf("%s: again %v, %v, after %d renewals", name, again, err, h.renewals.Load())
		}
	}
}

func TestHowRenewalsFail_XR24(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refused error
		ends    bool
	}{
		"expired":     {xrpc.ErrExpiredToken, true},
		"invalid":     {xrpc.ErrInvalidToken, true},
		"no account":  {xrpc.ErrorName("InvalidDID"), true},
		"taken down":  {comatproto.ServerRefreshSessionErrAccountTakedown, true},
		"401":         {xrpc.ErrAuthenticationRequired, true},
		"overloaded":  {xrpc.ErrInternalServerError, false},
		"other error": {xrpc.ErrInvalidRequest, false},
	} {
		h := &host{refused: c.refused}
		s := atclient.Resume(xrpctest.NewClient(t, h.server()), atclient.Tokens{DID: did, Access: "access-9", Refresh: "refresh-0"})
		client := s.Client()
		if err := whoami(t.Context(), client); !errors.Is(err, c.refused) || errors.Is(err, atclient.ErrSessionEnded) != c.ends {
			t.Errorf("%s: %v", name, err)
		}
		renewals := h.renewals.Load()
		h.refused = nil
		err := whoami(t.Context(), client)
		if c.ends && (!errors.Is(err, atclient.ErrSessionEnded) || h.renewals.Load() != renewals) || !c.ends && err != nil {
			t.Errorf("%s: the next call: %v, after %d renewals", name, err, h.renewals.Load())
		}
	}
}

func TestSessionOfAnotherAccountIsRefused(t *testing.T) {
	t.Parallel()
	s := atclient.Resume(xrpctest.NewClient(t, (&host{}).server()), atclient.Tokens{DID: "did:web:bob.example", Access: "access-9", Refresh: "refresh-0"})
	if err := whoami(t.Context(), s.Client()); err == nil || s.Tokens().Access != "access-9" {
		t.Errorf("%v, %v", err, s.Tokens())
	}
}

// TestTokensStayWithTheirServer gives a session to a client of another service.
func TestTokensStayWithTheirServer(t *testing.T) {
	t.Parallel()
	asked := false
	other := xrpctest.NewHTTPClient(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	client := xrpc.NewClient("http://other.test", xrpc.WithHTTPClient(other), xrpc.WithCredentials(login(t, &host{})))
	if err := whoami(t.Context(), client); err == nil || !strings.Contains(err.Error(), "not for other.test") || asked {
		t.Errorf("%v, asked %v", err, asked)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.Replace(xrpctest.URL, "http:", "https:", 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := login(t, &host{}).Authorize(t.Context(), req, nil); err == nil || req.Header.Get("Authorization") != "" {
		t.Errorf("another scheme: %v", err)
	}
}

func TestLogout(t *testing.T) {
	t.Parallel()
	s := login(t, &host{})
	if err := s.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := whoami(t.Context(), s.Client()); !errors.Is(err, atclient.ErrSessionEnded) {
		t.Error(err)
	}
}

// TestTokensAreNotShown prints a session, its tokens and one of them with every verb.
func TestTokensAreNotShown(t *testing.T) {
	t.Parallel()
	s := login(t, &host{})
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("x", "session", s, "tokens", s.Tokens(), "client", s.Client(), "list", []any{s, s.Tokens()})
	}
	shown := []string{log.String()}
	for _, v := range []any{s, s.Tokens(), s.Tokens().Access, new(s.Tokens()), s.Client(), []any{s}, struct{ *atclient.Session }{s}, struct{ s any }{s}} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		shown = append(shown, string(text), fmt.Sprint(v))
		for _, verb := range "vsqxXdtbcoOeEfgGUT" { // %p and %w of other things ask nobody, and vet refuses them
			shown = append(shown, fmt.Sprintf("%"+string(verb), v), fmt.Sprintf("%+"+string(verb), v), fmt.Sprintf("%#"+string(verb), v))
		}
	}
	for _, text := range shown {
		for _, secret := range []string{"access-", "refresh-"} {
			if strings.Contains(text, secret) || strings.Contains(strings.ToLower(text), hex.EncodeToString([]byte(secret))) {
				t.Error(text)
			}
		}
	}
	if got, want := fmt.Sprintf("%v %+v %#v", s, s, s), strings.TrimSpace(strings.Repeat("atclient.Session(did:web:alice.example) ", 3)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// repository is a server that notes what it is asked to write.
type repository struct {
	comatproto.UnimplementedRepoServer

	asked []string
}

func note[T any](r *repository, what string, in T) {
	b, err := json.Marshal(in)
	if err != nil {
		panic(err)
	}
	r.asked = append(r.asked, what+" "+string(b))
}

func (r *repository) CreateRecord(_ context.Context, q *comatproto.RepoCreateRecordRequest) (*comatproto.RepoCreateRecordOutput, error) {
	note(r, "create", q.Input)
	return &comatproto.RepoCreateRecordOutput{URI: "at://did:web:alice.example/app.bsky.feed.like/3jui7kd54zh2y", CID: someCID}, nil
}

func (r *repository) PutRecord(_ context.Context, q *comatproto.RepoPutRecordRequest) (*comatproto.RepoPutRecordOutput, error) {
	note(r, "put", q.Input)
	return &comatproto.RepoPutRecordOutput{URI: "at://did:web:alice.example/app.bsky.actor.profile/self", CID: someCID}, nil
}

func (r *repository) DeleteRecord(_ context.Context, q *comatproto.RepoDeleteRecordRequest) (*comatproto.RepoDeleteRecordOutput, error) {
	note(r, "delete", q.Input)
	return &comatproto.RepoDeleteRecordOutput{}, nil
}

func (r *repository) GetRecord(_ context.Context, q *comatproto.RepoGetRecordRequest) (*comatproto.RepoGetRecordOutput, error) {
	return &comatproto.RepoGetRecordOutput{
		URI: syntax.ATURI(fmt.Sprintf("at://%s/%s/%s", q.Params.Repo, q.Params.Collection, q.Params.Rkey)), CID: lex.Some(someCID),
		Value: &appbsky.ActorProfile{DisplayName: lex.String("Alice")},
	}, nil
}

func (r *repository) ListRecords(_ context.Context, q *comatproto.RepoListRecordsRequest) (*comatproto.RepoListRecordsOutput, error) {
	cursor := q.Params.Cursor.Or("0")
	r.asked = append(r.asked, "list from "+cursor)
	out := &comatproto.RepoListRecordsOutput{}
	for i := range 2 {
		out.Records = append(out.Records, &comatproto.RepoListRecordsRecord{
			URI: syntax.ATURI(fmt.Sprintf("at://did:web:alice.example/app.bsky.actor.profile/%s%d", cursor, i)), CID: someCID,
			Value: &appbsky.ActorProfile{DisplayName: lex.String(cursor)},
		})
	}
	switch cursor {
	case "0":
		out.Cursor = lex.String("1")
	case "1":
		out.Records[1].Value = &lex.UnknownObject{Type: "app.bsky.actor.profile", Fields: lex.Extra{"displayName": int64(1)}}
		out.Cursor = lex.String("2")
	case "stuck":
		out.Cursor = lex.String("stuck")
	}
	return out, nil
}

func (r *repository) UploadBlob(_ context.Context, q *comatproto.RepoUploadBlobRequest) (*comatproto.RepoUploadBlobOutput, error) {
	return &comatproto.RepoUploadBlobOutput{Blob: &lex.Blob{Ref: lex.Link{CID: cid.Sum(cid.Raw, nil)}, MimeType: q.Input.Type, Size: q.Input.Length}}, nil
}

func TestRecords(t *testing.T) {
	t.Parallel()
	r := &repository{}
	server := (&host{}).server()
	comatproto.RegisterRepoServer(server, r)
	client := atclient.Resume(xrpctest.NewClient(t, server), atclient.Tokens{DID: did, Access: "access-0"}).Client()
	ctx := t.Context()
	like := &appbsky.FeedLike{Subject: &comatproto.RepoStrongRef{URI: "at://did:web:b.example/app.bsky.feed.post/3jui7kd54zh2y", CID: someCID}, CreatedAt: "2024-01-01T00:00:00Z"}
	ref, err := atclient.Create(ctx, client, like)
	if err != nil || ref.URI != "at://did:web:alice.example/app.bsky.feed.like/3jui7kd54zh2y" || ref.CID != someCID {
		t.Errorf("%v, %v", ref, err)
	}
	profile := &appbsky.ActorProfile{DisplayName: lex.String("Alice")}
	for _, err := range []error{
		second(atclient.Create(ctx, client, profile, atclient.InRepo("bob.example"), atclient.WithValidate(false), atclient.IfCommit(someCID))),
		second(atclient.Put(ctx, client, "self", profile, atclient.IfAbsent())),
		second(atclient.Put(ctx, client, "self", profile, atclient.IfRecord(someCID))),
		atclient.Delete(ctx, client, "app.bsky.feed.like", "3jui7kd54zh2y", atclient.IfRecord(someCID)),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	const c = `"bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"`
	want := []string{
		`create {"repo":"did:web:alice.example","record":{"$type":"app.bsky.feed.like","subject":{"cid":` + c + `,"uri":"at://did:web:b.example/app.bsky.feed.post/3jui7kd54zh2y"},"createdAt":"2024-01-01T00:00:00Z"},"collection":"app.bsky.feed.like"}`,
		`create {"repo":"bob.example","rkey":"self","record":{"$type":"app.bsky.actor.profile","displayName":"Alice"},"validate":false,"collection":"app.bsky.actor.profile","swapCommit":` + c + `}`,
		`put {"repo":"did:web:alice.example","rkey":"self","record":{"$type":"app.bsky.actor.profile","displayName":"Alice"},"collection":"app.bsky.actor.profile","swapRecord":null}`,
		`put {"repo":"did:web:alice.example","rkey":"self","record":{"$type":"app.bsky.actor.profile","displayName":"Alice"},"collection":"app.bsky.actor.profile","swapRecord":` + c + `}`,
		`delete {"repo":"did:web:alice.example","rkey":"3jui7kd54zh2y","collection":"app.bsky.feed.like","swapRecord":` + c + `}`,
	}
	if diff := cmp.Diff(want, r.asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := atclient.Put(ctx, client, "other", profile); err == nil || len(r.asked) != len(want) {
		t.Errorf("a key that the schema does not allow: %v", err)
	}
	long := &appbsky.ActorProfile{DisplayName: lex.String(strings.Repeat("a", 1000))}
	var v *lex.Violations
	for _, err := range []error{second(atclient.Create(ctx, client, long)), second(atclient.Put(ctx, client, "self", long))} {
		if !errors.As(err, &v) || len(r.asked) != len(want) {
			t.Errorf("a record that does not fit: %v", err)
		}
	}
	if _, err := atclient.Create(ctx, xrpctest.NewClient(t, server), like); err == nil || !strings.Contains(err.Error(), "InRepo") {
		t.Errorf("without a session: %v", err)
	}
	got, err := atclient.Get[*appbsky.ActorProfile](ctx, client, "alice.example", "self")
	if err != nil || got.URI != "at://alice.example/app.bsky.actor.profile/self" || got.Record.DisplayName.Or("") != "Alice" {
		t.Errorf("%+v, %v", got, err)
	}
	blob, err := atclient.UploadBlob(ctx, client, strings.NewReader("hello"), "text/plain")
	if err != nil || blob.MimeType != "text/plain" {
		t.Errorf("%v, %v", blob, err)
	}
}

func second[T any](_ T, err error) error { return err }

// TestListGoesOn has three pages; one record of the second does not fit its type.
func TestListGoesOn(t *testing.T) {
	t.Parallel()
	r := &repository{}
	server := xrpc.NewServer()
	comatproto.RegisterRepoServer(server, r)
	var got []string
	for e, err := range atclient.List[*appbsky.ActorProfile](t.Context(), xrpctest.NewClient(t, server), "alice.example") {
		if err != nil {
			got = append(got, fmt.Sprint(e.Record == nil, " ", err))
			continue
		}
		got = append(got, strings.TrimPrefix(string(e.URI), "at://did:web:alice.example/app.bsky.actor.profile/")+" "+e.Record.DisplayName.Or(""))
	}
	want := []string{"00 0", "01 0", "10 1", "true atclient: at://did:web:alice.example/app.bsky.actor.profile/11: lex: $.displayName: expected a string, found a number (offset 48)", "20 2", "21 2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"list from 0", "list from 1", "list from 2"}, r.asked); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPagesThatGoInCirclesEnd(t *testing.T) {
	t.Parallel()
	r := &repository{}
	server := xrpc.NewServer()
	comatproto.RegisterRepoServer(server, r)
	params := &comatproto.RepoListRecordsParams{Repo: "alice.example", Collection: "app.bsky.actor.profile", Cursor: lex.String("stuck")}
	pages, last := 0, error(nil)
	for _, err := range atclient.Pages(t.Context(), xrpctest.NewClient(t, server), &comatproto.RepoListRecords, params) {
		if last = err; err == nil {
			pages++
		}
	}
	if pages != 1 || last == nil || last.Error() != `atclient: com.atproto.repo.listRecords gives the cursor "stuck" again` {
		t.Errorf("%d pages, %v", pages, last)
	}
	if params.Cursor.Or("") != "stuck" {
		t.Errorf("the parameters were changed: %v", params)
	}
}
