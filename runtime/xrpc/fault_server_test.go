package xrpc_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

// listen serves h on loopback, with silence in place of the log of net/http.
func listen(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// dial connects to it.
func dial(t testing.TB, server *httptest.Server) *net.TCPConn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(generous))
	return conn.(*net.TCPConn)
}

// TestFaultsOfCallers_XR06_XR07 has callers that break in every way: what they send, what
// they go on to send until nobody reads, and the status of the answer, 0 for none. JSON may have
// 20,000 bytes and a blob 1000; whoever pauses for a second is left. The memory is that of
// both sides.
func TestFaultsOfCallers_XR06_XR07(t *testing.T) { //nolint:paralleltest // it measures memory
	const (
		resolve = "GET /xrpc/com.atproto.identity.resolveHandle?handle=a.test HTTP/1.1\r\nHost: x\r\n"
		reset   = "POST /xrpc/com.atproto.server.requestPasswordReset HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
		blob    = "POST /xrpc/com.atproto.repo.uploadBlob HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n"
		other   = "POST /xrpc/com.example.other HTTP/1.1\r\nHost: x\r\n"
		chunked = "Transfer-Encoding: chunked\r\n\r\n"
	)
	server := listen(t, service(xrpc.WithReadTimeout(time.Second), xrpc.WithMaxInput(20_000)))
	for name, c := range map[string]struct {
		sends, more string
		status      int
		memory      uint64 // KiB
	}{
		"100 kB of headers":                    {resolve + "X: " + strings.Repeat("x", 100_000) + "\r\n\r\n", "", 200, 2000},
		"headers without end":                  {resolve, "X: y\r\n", 431, 20_000},
		"a query of 10,001 values":             {strings.Replace(resolve, "=a.test", "=a.test"+strings.Repeat("&x=1", 10_000), 1) + "\r\n", "", 400, 2000},
		"JSON without end":                     {reset + chunked, "3e8\r\n" + strings.Repeat("{", 1000) + "\r\n", 413, 5000},
		"JSON too long, as announced":          {reset + "Content-Length: 1000000000000\r\n\r\n", "", 413, 1000},
		"JSON that is announced, not sent":     {reset + "Content-Length: 18000\r\n\r\n", "", 400, 1000},
		"JSON that stops":                      {reset + chunked + "5\r\n{\"ema\r\n", "", 400, 1000},
		"JSON in broken chunks":                {reset + chunked + "zz\r\n", "", 400, 1000},
		"JSON of a million brackets":           {reset + "Content-Length: 18000\r\n\r\n" + `{"email":` + strings.Repeat("[", 17_991), "", 400, 2000},
		"a blob without end":                   {blob + chunked, "1\r\nx\r\n", 413, 2000},
		"a blob too long, as announced":        {blob + "Content-Length: 1000000000000\r\n\r\n", "", 413, 1000},
		"a blob that stops":                    {blob + "Content-Length: 900\r\n\r\nx", "", 400, 1000},
		"a blob in broken chunks":              {blob + chunked + "zz\r\n", "", 400, 1000},
		"a body for a query":                   {resolve + chunked, "1\r\nx\r\n", 400, 1000},
		"a body for a query, not sent":         {resolve + chunked, "", 400, 1000},
		"a body for a query, only announced":   {resolve + "Content-Length: 1000\r\n\r\n", "", 400, 1000},
		"a body for nobody, only announced":    {other + "Content-Length: 1000\r\n\r\n", "", 501, 1000},
		"a body for nobody, without end":       {other + chunked, "1\r\nx\r\n", 501, 2000},
		"a body for a preflight, not sent":     {"OPTIONS" + strings.TrimPrefix(other, "POST") + "Content-Length: 1000\r\n\r\n", "", 204, 1000},
		"a body for the health, not sent":      {"GET /xrpc/_health HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", "", 200, 1000},
		"a wish to be asked, and then silence": {reset + "Expect: 100-continue\r\nContent-Length: 18000\r\n\r\n", "", 400, 1000},
		"two lengths":                          {reset + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "", 400, 1000},
		"no HTTP":                              {"\x16\x03\x01\r\n\r\n", "", 400, 1000},
	} {
		conn := dial(t, server)
		memory := allocated(func() {
			io.WriteString(conn, c.sends)
			done := make(chan struct{})
			go func() {
				defer close(done)
				for b := []byte(strings.Repeat(c.more, 1000)); c.more != ""; {
					if _, err := conn.Write(b); err != nil {
						return
					}
				}
			}()
			answer := bufio.NewReader(conn)
			status := statusOf(answer)
			if status == http.StatusContinue {
				status = statusOf(answer)
			}
			if status != c.status {
				t.Errorf("%s: status %d, want %d", name, status, c.status)
			}
			conn.Close()
			<-done
		})
		if memory > c.memory<<10 {
			t.Errorf("%s: %d KiB", name, memory>>10)
		}
	}
}

// statusOf reads the head of an answer.
func statusOf(r *bufio.Reader) int {
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

// endless is a source of bytes that counts them.
type endless struct {
	n     atomic.Int64
	ended chan struct{}
}

func (e *endless) Read(b []byte) (int, error) {
	e.n.Add(int64(len(b)))
	return len(b), nil
}

func (e *endless) Close() error {
	close(e.ended)
	return nil
}

// TestHeadReadsNothing has a query with a large answer, of which the head is asked for.
func TestHeadReadsNothing_XR01(t *testing.T) {
	t.Parallel()
	source := &endless{ended: make(chan struct{})}
	s := xrpc.NewServer()
	comatproto.SyncGetRepo.Handle(s, func(context.Context, *comatproto.SyncGetRepoRequest) (*xrpc.Body, error) {
		return &xrpc.Body{Reader: io.LimitReader(source, 1<<20), Length: 1 << 20}, nil
	})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "HEAD", "/xrpc/com.atproto.sync.getRepo?did=did:web:example.com", nil))
	if w.Code != 200 || w.Header().Get("Content-Length") != "1048576" || w.Header().Get("Content-Type") != "application/vnd.ipld.car" || source.n.Load() != 0 {
		t.Errorf("%d, %v, after %d bytes", w.Code, w.Header(), source.n.Load())
	}
}

// TestASlowReaderIsLeft has a caller that asks for a stream and takes nothing, or goes away
// in the middle: the source is closed, after no more than what fits into the buffers of
// the system.
func TestASlowReaderIsLeft(t *testing.T) {
	t.Parallel()
	for name, behaves := range map[string]func(*net.TCPConn){
		"it takes nothing":    func(*net.TCPConn) {},
		"it takes 100 kB":     func(conn *net.TCPConn) { io.CopyN(io.Discard, conn, 100_000) },
		"it goes away":        func(conn *net.TCPConn) { io.CopyN(io.Discard, conn, 100_000); conn.Close() },
		"it resets":           func(conn *net.TCPConn) { conn.SetLinger(0); conn.Close() },
		"it closes its half ": func(conn *net.TCPConn) { conn.CloseWrite() },
	} {
		source := &endless{ended: make(chan struct{})}
		s := xrpc.NewServer(xrpc.WithReadTimeout(100 * time.Millisecond))
		comatproto.SyncGetRepo.Handle(s, func(context.Context, *comatproto.SyncGetRepoRequest) (*xrpc.Body, error) {
			return &xrpc.Body{Reader: source}, nil
		})
		conn := dial(t, listen(t, s))
		io.WriteString(conn, "GET /xrpc/com.atproto.sync.getRepo?did=did:web:example.com HTTP/1.1\r\nHost: x\r\n\r\n")
		behaves(conn)
		select {
		case <-source.ended:
			if n := source.n.Load(); n > 64<<20 {
				t.Errorf("%s: %d bytes were read for it", name, n)
			}
		case <-time.After(generous):
			t.Errorf("%s: the source is still read", name)
		}
	}
}

// TestAHandlerMayTakeItsTime has handlers that work for longer than a caller may pause.
func TestAHandlerMayTakeItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := xrpc.NewServer()
		comatproto.ServerRequestPasswordReset.Handle(s, func(ctx context.Context, _ *comatproto.ServerRequestPasswordResetRequest) (*xrpc.None, error) {
			time.Sleep(10 * time.Minute)
			return &xrpc.None{}, ctx.Err()
		})
		comatproto.RepoUploadBlob.Handle(s, func(ctx context.Context, r *comatproto.RepoUploadBlobRequest) (*comatproto.RepoUploadBlobOutput, error) {
			for range 2 { // again behind the end
				io.Copy(io.Discard, r.Input)
			}
			time.Sleep(10 * time.Minute)
			return nil, errors.Join(ctx.Err(), xrpc.ErrForbidden)
		})
		export := xrpc.Procedure[*xrpc.None, *comatproto.ServerRequestPasswordResetInput, *xrpc.Body]{
			NSID: "com.example.export", Input: "application/json", Output: "text/plain",
		}
		export.Handle(s, func(ctx context.Context, _ *xrpc.Request[*xrpc.None, *comatproto.ServerRequestPasswordResetInput]) (*xrpc.Body, error) {
			return &xrpc.Body{Reader: &patient{ctx: ctx, parts: 60}}, nil
		})
		client := xrpctest.NewClient(t, s, xrpc.WithTimeout(0), xrpc.WithAttempts(1))
		if _, err := comatproto.ServerRequestPasswordReset.Call(t.Context(), client, &comatproto.ServerRequestPasswordResetInput{Email: "a@example.com"}); err != nil {
			t.Error(err)
		}
		for _, reader := range []io.Reader{strings.NewReader("x"), strings.NewReader(""), nil} {
			if _, err := comatproto.RepoUploadBlob.Call(t.Context(), client, &xrpc.Body{Reader: reader, Type: "a/b"}); !errors.Is(err, xrpc.ErrForbidden) {
				t.Error(err)
			}
		}
		body, err := export.Call(t.Context(), client, &comatproto.ServerRequestPasswordResetInput{Email: "a@example.com"})
		if err != nil {
			t.Fatal(err)
		}
		defer body.Close()
		if n, err := io.Copy(io.Discard, body); err != nil || n != 60 {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
}

// TestASteadyReaderIsServed has callers that take 2 kB in a second: for as long as they
// do, they are sent what they asked for, JSON or not.
func TestASteadyReaderIsServed(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 500_000)
	s := xrpc.NewServer()
	comatproto.SyncGetRepo.Handle(s, func(context.Context, *comatproto.SyncGetRepoRequest) (*xrpc.Body, error) {
		return &xrpc.Body{Reader: strings.NewReader(long)}, nil
	})
	comatproto.IdentityResolveHandle.Handle(s, func(context.Context, *comatproto.IdentityResolveHandleRequest) (*comatproto.IdentityResolveHandleOutput, error) {
		return &comatproto.IdentityResolveHandleOutput{DID: syntax.DID(long)}, nil
	})
	for target, want := range map[string]string{
		"com.atproto.sync.getRepo?did=did:web:example.com":     long,
		"com.atproto.identity.resolveHandle?handle=alice.test": `{"did":"` + long + `"}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, xrpctest.URL+"/xrpc/"+target, nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := xrpctest.NewHTTPClient(t, s).Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			var got strings.Builder
			for err == nil {
				_, err = io.CopyN(&got, res.Body, 2000)
				time.Sleep(time.Second)
			}
			if !errors.Is(err, io.EOF) || got.String() != want {
				t.Errorf("%s: %d bytes, %v", target, got.Len(), err)
			}
		})
	}
}

// patient is a source that gives a byte every ten seconds, until its context ends.
type patient struct {
	ctx   context.Context //nolint:containedctx // Read has none
	parts int
}

func (p *patient) Read(b []byte) (int, error) {
	time.Sleep(10 * time.Second)
	switch {
	case p.ctx.Err() != nil:
		return 0, p.ctx.Err()
	case p.parts == 0:
		return 0, io.EOF
	}
	p.parts--
	b[0] = 'x'
	return 1, nil
}

// TestDeadlinesEndWithTheirRequest uses one connection again and again, with pauses, for
// endpoints and for a page beside them.
func TestDeadlinesEndWithTheirRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		mux := http.NewServeMux()
		mux.Handle("/xrpc/", service(xrpc.WithFallback(http.NotFoundHandler())))
		mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "page") })
		client := xrpctest.NewHTTPClient(t, mux)
		reused := 0
		trace := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
			if i.Reused {
				reused++
			}
		}})
		requests := 0
		for _, target := range []string{
			"/xrpc/com.atproto.identity.resolveHandle?handle=a.test", "/xrpc/com.atproto.identity.resolveHandle", "/xrpc/com", "/xrpc/_health", "/xrpc/com.example.other",
		} {
			for _, target := range []string{target, "/page", target} {
				requests++
				r, err := http.NewRequestWithContext(trace, http.MethodGet, xrpctest.URL+target, nil)
				if err != nil {
					t.Fatal(err)
				}
				res, err := client.Do(r)
				if err != nil {
					t.Fatalf("%s: %v", target, err)
				}
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
				time.Sleep(75 * time.Second)
			}
		}
		if reused != requests-1 {
			t.Errorf("%d of %d requests used the connection again", reused, requests)
		}
	})
}

// TestErrorsOfHandlers_XR03_XR04_XR05 has what handlers return, and what callers get.
func TestErrorsOfHandlers_XR03_XR04_XR05(t *testing.T) {
	t.Parallel()
	var missing *xrpc.Error
	for name, c := range map[string]struct {
		err    error
		status int
		want   string
	}{
		"declared":               {comatproto.IdentityResolveHandleErrHandleNotFound, 400, `{"error":"HandleNotFound"}`},
		"a name with a status":   {xrpc.ErrForbidden, 403, `{"error":"Forbidden"}`},
		"unavailable":            {xrpc.ErrNotEnoughResources, 503, `{"error":"NotEnoughResources"}`},
		"a status of its own":    {&xrpc.Error{Status: 409, Name: "Conflict"}, 409, `{"error":"Conflict"}`},
		"a status without name":  {&xrpc.Error{Status: 404}, 404, `{"error":"XRPCNotSupported"}`},
		"nothing at all":         {&xrpc.Error{}, 400, `{"error":"InvalidRequest"}`},
		"a status of no error":   {&xrpc.Error{Status: 200, Name: xrpc.ErrForbidden}, 403, `{"error":"Forbidden"}`},
		"a status that is none":  {&xrpc.Error{Status: 42, Name: "X"}, 400, `{"error":"X"}`},
		"a status beyond all":    {&xrpc.Error{Status: 1000, Name: "X"}, 400, `{"error":"X"}`},
		"a text of bytes":        {xrpc.NewError("X\xff", "a\xff<b>"), 400, `{"error":"X\ufffd","message":"a` + "\ufffd" + `\u003cb\u003e"}`},
		"nil of a type":          {missing, 500, `{"error":"InternalServerError","message":"Internal Server Error"}`},
		"a secret":               {errors.New("secret"), 500, `{"error":"InternalServerError","message":"Internal Server Error"}`},
		"a secret cause":         {xrpc.NewError("X", "y").Because(errors.New("secret")), 400, `{"error":"X","message":"y"}`},
		"another service's":      {&xrpc.Error{Method: "com.example.other", Status: 401, Name: xrpc.ErrExpiredToken, Header: http.Header{"Set-Cookie": {"a=b"}}}, 502, `{"error":"UpstreamFailure","message":"Upstream Failure"}`},
		"headers of its own":     {&xrpc.Error{Name: "X", Header: http.Header{"X-Own": {"a\r\nSet-Cookie: b"}}}, 400, `{"error":"X"}`},
		"an end without a cause": {context.Canceled, 500, `{"error":"InternalServerError","message":"Internal Server Error"}`},
	} {
		s := xrpc.NewServer()
		comatproto.IdentityResolveHandle.Handle(s, func(context.Context, *comatproto.IdentityResolveHandleRequest) (*comatproto.IdentityResolveHandleOutput, error) {
			return &comatproto.IdentityResolveHandleOutput{DID: "did:web:example.com"}, c.err
		})
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, xrpctest.URL+"/xrpc/com.atproto.identity.resolveHandle?handle=a.test", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := xrpctest.NewHTTPClient(t, s).Do(r)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != c.status || string(b) != c.want || res.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %v\ngot  %d %s %v\nwant %d %s", name, err, res.StatusCode, b, res.Header, c.status, c.want)
		}
	}
}

// TestPanicsAfterTheFirstByteCutTheAnswer has a source that panics, and a length that is
// not true: no caller may take what came for all.
func TestPanicsAfterTheFirstByteCutTheAnswer(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100_000)
	for name, body := range map[string]*xrpc.Body{
		"a panic":        {Reader: io.MultiReader(strings.NewReader(long), panicking{})},
		"an early end":   {Reader: strings.NewReader(long), Length: 200_000},
		"a late end":     {Reader: strings.NewReader(long), Length: 50_000},
		"an abort":       {Reader: io.MultiReader(strings.NewReader(long), aborting{})},
		"a failing disk": {Reader: io.MultiReader(strings.NewReader(long), failing{}), Length: 200_000},
	} {
		s := xrpc.NewServer()
		comatproto.SyncGetRepo.Handle(s, func(context.Context, *comatproto.SyncGetRepoRequest) (*xrpc.Body, error) { return body, nil })
		out, err := comatproto.SyncGetRepo.Call(t.Context(), xrpc.NewClient(listen(t, s).URL, xrpc.WithAttempts(1)), &comatproto.SyncGetRepoParams{DID: "did:web:example.com"})
		if err != nil {
			continue // cut before the headers were sent
		}
		n, err := io.Copy(io.Discard, out)
		out.Close()
		if err == nil && n != body.Length {
			t.Errorf("%s: %d bytes without an error", name, n)
		}
	}
}

type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("secret") }

type aborting struct{}

func (aborting) Read([]byte) (int, error) { panic(http.ErrAbortHandler) }

// TestCallersWhoLeaveAreNoFailure looks for errors in the log.
func TestCallersWhoLeaveAreNoFailure(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	s := xrpc.NewServer(xrpc.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	comatproto.IdentityResolveHandle.Handle(s, func(ctx context.Context, _ *comatproto.IdentityResolveHandleRequest) (*comatproto.IdentityResolveHandleOutput, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/xrpc/com.atproto.identity.resolveHandle?handle=a.test", nil))
	if log.Len() > 0 {
		t.Error(log.String())
	}
}

// TestStatusesHaveNames_XR04 has the name that an answer without one gets.
func TestStatusesHaveNames_XR04(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]xrpc.ErrorName{
		400: "InvalidRequest", 401: "AuthenticationRequired", 403: "Forbidden", 404: "XRPCNotSupported", 405: "MethodNotAllowed", 406: "NotAcceptable",
		409: "InvalidRequest", 413: "PayloadTooLarge", 415: "UnsupportedMediaType", 426: "UpgradeRequired", 429: "RateLimitExceeded",
		500: "InternalServerError", 501: "MethodNotImplemented", 502: "UpstreamFailure", 503: "NotEnoughResources", 504: "UpstreamTimeout", 599: "InternalServerError",
	} {
		server := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		_, err := comatproto.ServerDescribeServer.Call(t.Context(), xrpctest.NewClient(t, server, xrpc.WithAttempts(1)), nil)
		if e := new(xrpc.Error); !errors.As(err, &e) || e.Name != want || e.Status != status {
			t.Errorf("%d: %v, want %s", status, err, want)
		}
	}
}
