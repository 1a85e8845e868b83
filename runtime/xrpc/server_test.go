package xrpc_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

// service is a server with a method of each kind.
func service(opts ...xrpc.ServerOption) *xrpc.Server {
	s := xrpc.NewServer(append([]xrpc.ServerOption{xrpc.WithOutputValidation()}, opts...)...)
	comatproto.IdentityResolveHandle.Handle(s, func(_ context.Context, r *comatproto.IdentityResolveHandleRequest) (*comatproto.IdentityResolveHandleOutput, error) {
		switch string(r.Params.Handle) {
		case "panic.test":
			panic("the handler's secret")
		case "nil.test":
			return nil, nil //nolint:nilnil // what a careless handler does
		case "defect.test":
			return nil, errors.New("the database's secret")
		case "invalid.test":
			return &comatproto.IdentityResolveHandleOutput{DID: "no DID"}, nil
		case "unknown.test":
			return nil, fmt.Errorf("not here: %w", comatproto.IdentityResolveHandleErrHandleNotFound)
		case "later.test":
			return nil, &xrpc.Error{Name: xrpc.ErrNotEnoughResources, Message: "later", RetryAfter: 1500 * time.Millisecond}
		}
		r.Header.Set("X-Own", "yes")
		return &comatproto.IdentityResolveHandleOutput{DID: "did:web:example.com"}, nil
	})
	comatproto.ServerRequestPasswordReset.Handle(s, func(context.Context, *comatproto.ServerRequestPasswordResetRequest) (*xrpc.None, error) {
		return &xrpc.None{}, nil
	})
	comatproto.ServerActivateAccount.Handle(s, func(context.Context, *comatproto.ServerActivateAccountRequest) (*xrpc.None, error) {
		return &xrpc.None{}, nil
	})
	comatproto.RepoUploadBlob.Handle(s, func(_ context.Context, r *comatproto.RepoUploadBlobRequest) (*comatproto.RepoUploadBlobOutput, error) {
		_, err := io.Copy(io.Discard, r.Input)
		return nil, err
	}, xrpc.HandlerMaxInput(1000))
	comatproto.SyncSubscribeRepos.Handle(s, func(context.Context, *comatproto.SyncSubscribeReposRequest, *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
		return nil
	})
	return s
}

func TestAnswers_XR01_XR02_XR03_XR04_XR05_XR06_XR07_XR13_XR14_ES02_LX25(t *testing.T) {
	t.Parallel()
	const resolve, reset, activate = "/xrpc/com.atproto.identity.resolveHandle", "/xrpc/com.atproto.server.requestPasswordReset", "/xrpc/com.atproto.server.activateAccount"
	const blob, subscribe = "/xrpc/com.atproto.repo.uploadBlob", "/xrpc/com.atproto.sync.subscribeRepos"
	s := service(xrpc.WithHealth(func(context.Context) (string, error) { return "1.2.3", nil }), xrpc.WithMaxInput(100))
	for _, c := range []struct {
		request, headers, body string
		status                 int
		want                   string
	}{
		{"GET " + resolve + "?handle=a.test", "", "", 200, `{"did":"did:web:example.com"}`},
		{"HEAD " + resolve + "?handle=a.test", "", "", 200, `{"did":"did:web:example.com"}`}, // net/http drops the body
		{"GET " + resolve + "?handle=a.test&other=1", "", "", 200, `{"did":"did:web:example.com"}`},
		{"GET " + resolve, "", "", 400, `{"error":"InvalidRequest","message":"parameters: $.handle: required, but missing"}`},
		{"GET " + resolve + "?handle=", "", "", 400, `{"error":"InvalidRequest","message":"parameters: $.handle: required, but missing"}`},
		{"GET " + resolve + "?handle=a&handle=b", "", "", 400, `{"error":"InvalidRequest","message":"parameters: $.handle: given 2 times, but it is no array"}`},
		{"GET " + resolve + "?handle=a.test&__proto__=1", "", "", 400, `{"error":"InvalidQueryParameter","message":"Invalid query parameter: __proto__"}`},
		{"GET " + resolve + "?handle=no", "", "", 400, `{"error":"InvalidRequest","message":"parameters: $.handle: invalid handle \"no\": not a domain name of two or more labels (at byte 2)"}`},
		{"POST " + resolve + "?handle=a.test", "", "", 400, `{"error":"InvalidRequest","message":"Incorrect HTTP method (POST) expected GET"}`},
		{"GET " + activate, "", "", 400, `{"error":"InvalidRequest","message":"Incorrect HTTP method (GET) expected POST"}`},
		{"GET " + resolve + "?handle=a.test", "Content-Type: text/plain", "x", 400, `{"error":"InvalidRequest","message":"A request body was provided when none was expected"}`},
		{"POST " + activate, "", "", 200, ``},
		{"POST " + activate, "Content-Type: application/json", "{}", 400, `{"error":"InvalidRequest","message":"A request body was provided when none was expected"}`},
		{"POST " + reset, "Content-Type: application/json", `{"email":"a@example.com"}`, 200, ``},
		{"POST " + reset, "Content-Type: Application/JSON; charset=utf-8", `{"email":"a@example.com"}`, 200, ``},
		{"POST " + reset, "", ``, 400, `{"error":"InvalidRequest","message":"A request body is expected but none was provided"}`},
		{"POST " + reset, "", `{"email":"a@example.com"}`, 400, `{"error":"InvalidRequest","message":"Request encoding (Content-Type) required but not provided"}`},
		{"POST " + reset, "Content-Type: text/plain", `{"email":"a@example.com"}`, 400, `{"error":"InvalidRequest","message":"Wrong request encoding (Content-Type): text/plain"}`},
		{"POST " + reset, "Content-Type: application/json\nContent-Encoding: gzip", `x`, 415, `{"error":"UnsupportedMediaType","message":"Unsupported Content-Encoding: gzip"}`},
		{"POST " + reset, "Content-Type: application/json", `{}`, 400, `{"error":"InvalidRequest","message":"input: $.email: required, but missing"}`},
		{"POST " + reset, "Content-Type: application/json", `{"email":1}`, 400, `{"error":"InvalidRequest","message":"input: $.email: expected a string, found a number"}`},
		{"POST " + reset, "Content-Type: application/json", `{"email":"` + strings.Repeat("a", 100) + `"}`, 413, `{"error":"PayloadTooLarge","message":"The request body has more than 100 bytes"}`},
		{"POST " + blob, "Content-Type: image/png", strings.Repeat("a", 1001), 413, `{"error":"PayloadTooLarge","message":"The request body has more than 1000 bytes"}`},
		{"GET " + resolve + "?handle=unknown.test", "", "", 400, `{"error":"HandleNotFound"}`},
		{"GET " + resolve + "?handle=defect.test", "", "", 500, `{"error":"InternalServerError","message":"Internal Server Error"}`},
		{"GET " + resolve + "?handle=panic.test", "", "", 500, `{"error":"InternalServerError","message":"Internal Server Error"}`},
		{"GET " + resolve + "?handle=nil.test", "", "", 500, `{"error":"InternalServerError","message":"Internal Server Error"}`},
		{"GET " + resolve + "?handle=invalid.test", "", "", 500, `{"error":"InternalServerError","message":"output: $.did: invalid did \"no DID\": does not begin with \"did:\" (at byte 0)"}`},
		{"GET " + resolve + "?handle=later.test", "", "", 503, `{"error":"NotEnoughResources","message":"later"}`},
		{"GET /xrpc/com.example.other", "", "", 501, `{"error":"MethodNotImplemented","message":"Method Not Implemented"}`},
		{"GET /xrpc/com.example", "", "", 400, `{"error":"InvalidRequest","message":"invalid xrpc path"}`},
		{"GET /xrpc/", "", "", 400, `{"error":"InvalidRequest","message":"invalid xrpc path"}`},
		{"GET /xrpc/com.atproto.identity.resolveHandle/more", "", "", 400, `{"error":"InvalidRequest","message":"invalid xrpc path"}`},
		{"GET /", "", "", 400, `{"error":"InvalidRequest","message":"invalid xrpc path"}`},
		{"GET /xrpc/_health", "", "", 200, `{"version":"1.2.3"}`},
		{"GET " + subscribe, "", "", 426, `{"error":"UpgradeRequired","message":"com.atproto.sync.subscribeRepos is a subscription, which needs a WebSocket"}`},
		{"POST " + subscribe, "", "", 405, `{"error":"MethodNotAllowed","message":"Incorrect HTTP method (POST) expected GET"}`},
	} {
		method, target, _ := strings.Cut(c.request, " ")
		r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(c.body))
		for line := range strings.Lines(c.headers) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			r.Header.Set(key, value)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != c.status || w.Body.String() != c.want {
			t.Errorf("%s %q\ngot  %d %s\nwant %d %s", c.request, c.body, w.Code, w.Body, c.status, c.want)
		}
		if c.want != "" && w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: Content-Type %q", c.request, w.Header().Get("Content-Type"))
		}
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %s", c.request, w.Body)
		}
	}
}

func TestHeadersOfAnswers_XR05_XR09_XR10_XR13(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	left := 1
	s := service(
		xrpc.WithServerWorld(xrpc.World{Now: func() time.Time { return now }}),
		xrpc.WithAuth(func(_ context.Context, r *http.Request, m *xrpc.Method) (any, error) {
			switch r.Header.Get("Authorization") {
			case "":
				return nil, xrpc.NewError(xrpc.ErrAuthMissing, "Authentication Required for %s", m.NSID)
			case "Bearer good":
				return "alice", nil
			}
			return nil, xrpc.ErrInvalidToken
		}),
		xrpc.WithRateLimiter(func(_ context.Context, _ *http.Request, _ *xrpc.Method, caller any) (*xrpc.RateLimit, bool) {
			if caller != "alice" {
				t.Errorf("caller = %v", caller)
			}
			left--
			return &xrpc.RateLimit{Limit: 1, Remaining: left, Reset: now.Add(90 * time.Second), Window: 5 * time.Minute}, left >= 0
		}))
	for _, c := range []struct {
		request, authorization string
		status                 int
		headers                map[string]string
	}{
		{"GET", "", 401, map[string]string{"WWW-Authenticate": "Bearer", "Access-Control-Allow-Origin": "*", "RateLimit-Limit": ""}},
		{"GET", "Bearer bad", 400, nil},
		{"GET", "Bearer good", 200, map[string]string{
			"RateLimit-Limit": "1", "RateLimit-Remaining": "0", "RateLimit-Reset": "1700000090", "RateLimit-Policy": "1;w=300", "X-Own": "yes",
			"Cache-Control": "private", "Vary": "Authorization", "X-Content-Type-Options": "nosniff", "Retry-After": "",
		}},
		{"GET", "Bearer good", 429, map[string]string{"Retry-After": "90", "RateLimit-Remaining": "0"}},
		{"OPTIONS", "", 204, map[string]string{
			"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "authorization, atproto-proxy",
			"Access-Control-Allow-Methods": "GET, HEAD, POST", "Access-Control-Max-Age": "86400",
		}},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.request, "/xrpc/com.atproto.identity.resolveHandle?handle=a.test", nil)
		r.Header.Set("Origin", "https://page.example")
		if c.authorization != "" {
			r.Header.Set("Authorization", c.authorization)
		}
		if c.request == "OPTIONS" {
			r.Header.Set("Access-Control-Request-Headers", "authorization, atproto-proxy")
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s %q: %d %s", c.request, c.authorization, w.Code, w.Body)
		}
		for key, want := range c.headers {
			if got := w.Header().Get(key); got != want {
				t.Errorf("%s %q: %s: %q, want %q", c.request, c.authorization, key, got, want)
			}
		}
		exposed := strings.Split(w.Header().Get("Access-Control-Expose-Headers"), ", ")
		for _, key := range []string{
			"DPoP-Nonce", "WWW-Authenticate", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy", "Retry-After",
			"Atproto-Repo-Rev", "Atproto-Content-Labelers", "Content-Length",
		} {
			if c.request == "GET" && !slices.Contains(exposed, key) {
				t.Errorf("%s is not exposed: %v", key, exposed)
			}
		}
	}
}

// TestStrangersAreLimited has an address that sends one request too many: nobody is asked
// who that was.
func TestStrangersAreLimited_XR10(t *testing.T) {
	t.Parallel()
	asked, left := 0, 2
	now := time.Unix(1_700_000_000, 0)
	s := service(
		xrpc.WithServerWorld(xrpc.World{Now: func() time.Time { return now }}),
		xrpc.WithAuth(func(context.Context, *http.Request, *xrpc.Method) (any, error) {
			asked++
			return nil, xrpc.ErrAuthMissing
		}),
		xrpc.WithAddressLimiter(func(_ context.Context, r *http.Request, m *xrpc.Method, caller any) (*xrpc.RateLimit, bool) {
			if caller != nil || r.RemoteAddr == "" || m.NSID != "com.atproto.identity.resolveHandle" {
				t.Errorf("%v, %q, %v", caller, r.RemoteAddr, m)
			}
			left--
			return &xrpc.RateLimit{Limit: 2, Remaining: left, Reset: now.Add(9 * time.Second)}, left >= 0
		}))
	for i, want := range []int{401, 401, 429, 429} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/xrpc/com.atproto.identity.resolveHandle?handle=a.test", nil))
		if w.Code != want || w.Header().Get("Ratelimit-Limit") != "2" || w.Header().Get("Retry-After") != map[int]string{429: "9"}[want] {
			t.Errorf("request %d: %d, %v", i, w.Code, w.Header())
		}
	}
	if asked != 2 {
		t.Errorf("%d were asked who they are", asked)
	}
}

func TestUnknownMethodsFallBack_XR02(t *testing.T) {
	t.Parallel()
	s := service(xrpc.WithFallback(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "passed on: "+r.URL.Path) })))
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/xrpc/com.example.other", nil))
	if got := w.Body.String(); got != "passed on: /xrpc/com.example.other" {
		t.Error(got)
	}
}

// TestLabelersPassThrough has a server that passes on what it does not have. Both
// headers of labelers go through it, and pages may read the one of the answer.
func TestLabelersPassThrough_XR57(t *testing.T) {
	t.Parallel()
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Atproto-Content-Labelers", "saw "+r.Header.Get("Atproto-Accept-Labelers"))
		io.WriteString(w, "{}")
	}))
	t.Cleanup(behind.Close)
	target, err := url.Parse(behind.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	client := xrpctest.NewClient(t, xrpc.NewServer(xrpc.WithFallback(proxy)), xrpc.WithLabelers(xrpc.Labeler{DID: "did:web:a.test", Redact: true}))
	call := &xrpc.Call{Method: &xrpc.Method{NSID: "com.example.get", Output: "application/json"}, Output: new(json.RawMessage)}
	if err := client.Do(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	h := call.Response.Header
	if got := h.Get("Atproto-Content-Labelers"); got != "saw did:web:a.test;redact" || !strings.Contains(h.Get("Access-Control-Expose-Headers"), "Atproto-Content-Labelers") {
		t.Errorf("%q, exposed: %s", got, h.Get("Access-Control-Expose-Headers"))
	}
}

func TestUnhealthy_XR14(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	s := service(xrpc.WithHealth(func(context.Context) (string, error) { return "1.2.3", errors.New("the secret reason") }),
		xrpc.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/xrpc/_health", nil))
	if w.Code != 503 || strings.Contains(w.Body.String(), "secret") || !strings.Contains(log.String(), "secret") {
		t.Errorf("%d %s, log %s", w.Code, w.Body, &log)
	}
}

// TestACutAnswerIsNoAnswer has a source that fails after 100 kB: the caller must see
// that, and not take what came for all there is.
func TestACutAnswerIsNoAnswer(t *testing.T) {
	t.Parallel()
	s := xrpc.NewServer()
	comatproto.SyncGetRepo.Handle(s, func(context.Context, *comatproto.SyncGetRepoRequest) (*xrpc.Body, error) {
		broken := io.MultiReader(strings.NewReader(strings.Repeat("x", 100_000)), failing{})
		return &xrpc.Body{Reader: broken, Type: "application/vnd.ipld.car"}, nil
	})
	server := httptest.NewServer(s)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	t.Cleanup(server.Close)
	body, err := comatproto.SyncGetRepo.Call(t.Context(), xrpc.NewClient(server.URL), &comatproto.SyncGetRepoParams{DID: "did:web:example.com"})
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	if n, err := io.Copy(io.Discard, body); err == nil {
		t.Errorf("%d bytes without an error", n)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the disk failed") }

// TestASlowSenderIsCutOff has a caller that announces a body and does not send it.
func TestASlowSenderIsCutOff(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(service(xrpc.WithReadTimeout(50 * time.Millisecond)))
	t.Cleanup(server.Close)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	io.WriteString(conn, "POST /xrpc/com.atproto.server.requestPasswordReset HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{")
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d", answer.StatusCode)
	}
}

func TestMetricsAndLogs(t *testing.T) {
	t.Parallel()
	m := &metrics{}
	var log strings.Builder
	s := service(xrpc.WithMetrics(m), xrpc.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	for _, target := range []string{"com.atproto.identity.resolveHandle?handle=a.test", "com.atproto.identity.resolveHandle?handle=defect.test", "com.example.other"} {
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "GET", "/xrpc/"+target, nil))
	}
	if got := strings.Join(m.served, " "); got != "com.atproto.identity.resolveHandle:200 com.atproto.identity.resolveHandle:500 :501" {
		t.Error(got)
	}
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "the database's secret") {
		t.Error(got)
	}
}

type metrics struct {
	mu     sync.Mutex
	served []string
	closed []string
}

func (m *metrics) Served(_ context.Context, method *xrpc.Method, status int, _ time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id := ""
	if method != nil {
		id = string(method.NSID)
	}
	m.served = append(m.served, fmt.Sprintf("%s:%d", id, status))
}

func (m *metrics) Opened(context.Context, *xrpc.Method) {}

func (m *metrics) Closed(_ context.Context, _ *xrpc.Method, why string, frames int64, _ time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = append(m.closed, fmt.Sprintf("%s after %d", why, frames))
}
