package xrpc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

// answers serves one answer after another, each a status line's code, headers and a
// body, and says what was asked and when.
type answers struct {
	mu    sync.Mutex
	list  []string
	asked []string
	start time.Time
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.start.IsZero() {
		a.start = time.Now()
	}
	a.asked = append(a.asked, fmt.Sprintf("%v %s %s", time.Since(a.start).Round(time.Second), r.Method, body))
	answer := a.list[min(len(a.asked), len(a.list))-1]
	head, text, _ := strings.Cut(answer, "\n\n")
	status := 0
	for line := range strings.Lines(head) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			w.Header().Set(key, value)
		} else {
			fmt.Sscan(line, &status)
		}
	}
	w.WriteHeader(status)
	io.WriteString(w, text)
}

const (
	okAnswer = "200\nContent-Type: application/json\n\n{\"did\":\"did:web:example.com\"}"
	busy     = "503\n\n"
)

// TestWhatIsRepeated calls services whose first answers are no success, first with
// a query and later with a procedure, when dates are past.
func TestWhatIsRepeated_XR05_XR12(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []string
		asked   []string // of a query
		posted  []string // of a procedure
		err     string   // of the query
	}{
		"503": {[]string{busy, okAnswer}, []string{"0s", "0s"}, []string{"0s"}, ""},
		"503 for ever": {[]string{busy}, []string{"0s", "0s", "1s"}, []string{"0s"},
			"com.atproto.identity.resolveHandle: NotEnoughResources (503)"},
		"503 with a time":    {[]string{"503\nRetry-After: 7\n\n", okAnswer}, []string{"0s", "7s"}, []string{"0s", "7s"}, ""},
		"502":                {[]string{"502\n\n", okAnswer}, []string{"0s", "0s"}, []string{"0s"}, ""},
		"504":                {[]string{"504\n\n", okAnswer}, []string{"0s", "0s"}, []string{"0s"}, ""},
		"429":                {[]string{"429\n\n", okAnswer}, []string{"0s", "0s"}, []string{"0s", "0s"}, ""},
		"429 with a time":    {[]string{"429\nRetry-After: 20\n\n", okAnswer}, []string{"0s", "20s"}, []string{"0s", "20s"}, ""},
		"429 with a date":    {[]string{"429\nRetry-After: Sat, 01 Jan 2000 00:00:10 GMT\n\n", okAnswer}, []string{"0s", "10s"}, []string{"0s", "0s"}, ""},
		"429 with a window":  {[]string{"429\nRateLimit-Limit: 5\nRateLimit-Reset: 946684815\n\n", okAnswer}, []string{"0s", "15s"}, []string{"0s", "0s"}, ""},
		"429 for a year":     {[]string{"429\nRetry-After: 31536000\n\n", okAnswer}, []string{"0s"}, []string{"0s"}, "com.atproto.identity.resolveHandle: RateLimitExceeded (429)"},
		"429 with nonsense":  {[]string{"429\nRetry-After: -1\nRateLimit-Limit: x\n\n", okAnswer}, []string{"0s", "0s"}, []string{"0s", "0s"}, ""},
		"500":                {[]string{"500\n\n", okAnswer}, []string{"0s"}, []string{"0s"}, "com.atproto.identity.resolveHandle: InternalServerError (500)"},
		"501":                {[]string{"501\n\n", okAnswer}, []string{"0s"}, []string{"0s"}, "com.atproto.identity.resolveHandle: MethodNotImplemented (501)"},
		"400":                {[]string{"400\n\n", okAnswer}, []string{"0s"}, []string{"0s"}, "com.atproto.identity.resolveHandle: InvalidRequest (400)"},
		"a page of a proxy":  {[]string{"404\nContent-Type: text/html\n\n<h1>\x1b[31mNot Found</h1>\n"}, []string{"0s"}, []string{"0s"}, `com.atproto.identity.resolveHandle: XRPCNotSupported (404): "<h1>\x1b[31mNot Found</h1>"`},
		"an odd envelope":    {[]string{"400\nContent-Type: application/json\n\n{\"error\":[1],\"message\":{}}"}, []string{"0s"}, []string{"0s"}, "com.atproto.identity.resolveHandle: InvalidRequest (400)"},
		"no JSON":            {[]string{"200\nContent-Type: text/html\n\n<h1>"}, []string{"0s"}, nil, `xrpc: com.atproto.identity.resolveHandle: the answer is "text/html", not application/json`},
		"cut JSON":           {[]string{"200\nContent-Type: application/json\n\n{\"did\":"}, []string{"0s"}, nil, `xrpc: com.atproto.identity.resolveHandle: output: lex: $.did: expected a string, found the end of the input (offset 7)`},
		"another's JSON":     {[]string{"200\nContent-Type: application/json\n\n{\"dud\":1}"}, []string{"0s"}, nil, `xrpc: com.atproto.identity.resolveHandle: output: lex: $.did: required, but missing (offset 0)`},
		"too much":           {[]string{"200\nContent-Type: application/json\n\n{\"did\":\"" + strings.Repeat("a", 2000)}, []string{"0s"}, nil, `xrpc: com.atproto.identity.resolveHandle: the answer has more than 1000 bytes`},
		"redirect to itself": {[]string{"302\nLocation: /xrpc/again\n\n"}, nil, []string{"0s"}, `xrpc: com.atproto.identity.resolveHandle: Get "/xrpc/again": more than 5 redirects`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				get, post := &answers{list: c.answers}, &answers{list: c.answers}
				opts := []xrpc.ClientOption{xrpc.WithWorld(xrpc.World{Float: func() float64 { return 0.999 }}), xrpc.WithMaxOutput(1000)}
				_, err := comatproto.IdentityResolveHandle.Call(t.Context(), xrpctest.NewClient(t, get, opts...),
					&comatproto.IdentityResolveHandleParams{Handle: "a.test"})
				if got := text(err); got != c.err {
					t.Errorf("error\ngot  %s\nwant %s", got, c.err)
				}
				if diff := cmp.Diff(c.asked, times(get, "GET")); diff != "" && c.asked != nil {
					t.Errorf("queries (-want +got):\n%s", diff)
				}
				_, _ = comatproto.ServerRequestPasswordReset.Call(t.Context(), xrpctest.NewClient(t, post, opts...),
					&comatproto.ServerRequestPasswordResetInput{Email: "a"})
				if diff := cmp.Diff(c.posted, times(post, `POST {"email":"a"}`)); diff != "" && c.posted != nil {
					t.Errorf("procedures (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// times cuts off what every entry says the same of.
func times(answers *answers, what string) []string {
	answers.mu.Lock()
	defer answers.mu.Unlock()
	var list []string
	for _, a := range answers.asked {
		at, rest, _ := strings.Cut(a, " ")
		if strings.TrimSpace(rest) != what {
			at = a
		}
		list = append(list, at)
	}
	return list
}

func TestRedirectsOfQueriesAreFollowed_XR15(t *testing.T) {
	t.Parallel()
	a := &answers{list: []string{"302\nLocation: http://elsewhere.test/xrpc/com.atproto.identity.resolveHandle\n\n", okAnswer}}
	var meta xrpc.Response
	out, err := comatproto.IdentityResolveHandle.Call(t.Context(), xrpctest.NewClient(t, a), &comatproto.IdentityResolveHandleParams{Handle: "a.test"}, xrpc.WithResponse(&meta))
	if err != nil || out.DID != "did:web:example.com" || meta.Status != 200 || meta.Attempts != 1 {
		t.Errorf("%v, %v, %+v", out, err, meta)
	}
}

func TestWhatIsSentIsHeldAgainstTheSchemaFirst(t *testing.T) {
	t.Parallel()
	a := &answers{list: []string{okAnswer}}
	client := xrpctest.NewClient(t, a)
	_, err := comatproto.IdentityResolveHandle.Call(t.Context(), client, nil)
	var v *lex.Violations
	if !errors.As(err, &v) || len(a.asked) != 0 {
		t.Errorf("%v, asked %v", err, a.asked)
	}
	_, err = comatproto.RepoUploadBlob.Call(t.Context(), client, &xrpc.Body{Reader: strings.NewReader("x")})
	if want := "xrpc: input of com.atproto.repo.uploadBlob: the body needs a media type, because the schema allows more than one"; text(err) != want {
		t.Errorf("got %v", err)
	}
	if _, err := comatproto.IdentityResolveHandle.Call(t.Context(), client.With(xrpc.WithoutValidation()), nil); err != nil || len(a.asked) != 1 {
		t.Errorf("%v, asked %v", err, a.asked)
	}
}

func TestServicesAreOrigins(t *testing.T) {
	t.Parallel()
	for service, fine := range map[string]bool{
		"https://pds.example": true, "http://127.0.0.1:2583/": true, "https://[::1]:1": true,
		"pds.example": false, "ftp://pds.example": false, "https://pds.example/xrpc": false, "https://u:p@pds.example": false, "https://pds.example?x": false, "https://": false, "\x00": false,
	} {
		c := xrpc.NewClient(service)
		if (c.Service() != nil) != fine {
			t.Errorf("%q: %v", service, c.Service())
		}
		if fine {
			continue
		}
		if _, err := comatproto.ServerDescribeServer.Call(t.Context(), c, nil); err == nil || !strings.Contains(err.Error(), "URL") {
			t.Errorf("%q: %v", service, err)
		}
	}
}

// renewing are credentials whose token is good after it was refused once.
type renewing struct{ token, refused string }

func (r *renewing) Authorize(_ context.Context, req *http.Request, _ *xrpc.Method) error {
	req.Header.Set("Authorization", "Bearer "+r.token)
	return nil
}

func (r *renewing) Refused(_ context.Context, _ *http.Request, e *xrpc.Error) (bool, error) {
	r.refused += string(e.Name) + " "
	r.token = "new"
	return true, nil
}

// TestRefusedCredentialsAreRenewedOnce has a service that never accepts, and one that
// accepts the second token.
func TestRefusedCredentialsAreRenewedOnce_XR24(t *testing.T) {
	t.Parallel()
	for good, want := range map[string]string{"new": "", "none": "com.atproto.server.getSession: ExpiredToken (400)"} {
		asked := 0
		service := xrpc.NewServer(xrpc.WithAuth(func(_ context.Context, r *http.Request, _ *xrpc.Method) (any, error) {
			if asked++; r.Header.Get("Authorization") == "Bearer "+good {
				return "alice", nil
			}
			return nil, xrpc.ErrExpiredToken
		}))
		comatproto.ServerGetSession.Handle(service, func(context.Context, *comatproto.ServerGetSessionRequest) (*comatproto.ServerGetSessionOutput, error) {
			return &comatproto.ServerGetSessionOutput{Handle: "a.test", DID: "did:web:example.com"}, nil
		})
		r := &renewing{token: "old"}
		_, err := comatproto.ServerGetSession.Call(t.Context(), xrpctest.NewClient(t, service, xrpc.WithCredentials(r)), nil)
		if text(err) != want || asked != 2 || r.refused != "ExpiredToken " {
			t.Errorf("%s: %v after %d requests, refused %s", good, err, asked, r.refused)
		}
	}
}

func TestHeadersAndInterceptors_XR57(t *testing.T) {
	t.Parallel()
	var got http.Header
	service := xrpc.NewServer()
	comatproto.ServerDescribeServer.Handle(service, func(_ context.Context, r *comatproto.ServerDescribeServerRequest) (*comatproto.ServerDescribeServerOutput, error) {
		got = r.HTTP.Header
		r.Header.Set("Atproto-Content-Labelers", "did:web:a.test")
		return &comatproto.ServerDescribeServerOutput{DID: "did:web:example.com", AvailableUserDomains: []string{}}, nil
	})
	var order []string
	note := func(name string) xrpc.Interceptor {
		return func(next xrpc.Invoke) xrpc.Invoke {
			return func(ctx context.Context, call *xrpc.Call) error {
				order = append(order, name+" "+string(call.Method.NSID))
				return next(ctx, call)
			}
		}
	}
	client := xrpctest.NewClient(t, service, xrpc.WithInterceptor(note("outer")), xrpc.WithInterceptor(note("inner")), xrpc.WithProxy("did:web:b.test#bsky_appview"))
	var meta xrpc.Response
	if _, err := comatproto.ServerDescribeServer.Call(t.Context(), client, nil, xrpc.WithResponse(&meta), xrpc.WithHeader("X-Own", "1"),
		xrpc.WithLabelers(xrpc.Labeler{DID: "did:web:a.test", Redact: true}, xrpc.Labeler{DID: "did:web:c.test"})); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"Atproto-Proxy": "did:web:b.test#bsky_appview", "Atproto-Accept-Labelers": "did:web:a.test;redact, did:web:c.test", "X-Own": "1"} {
		if got.Get(key) != want {
			t.Errorf("%s: %q", key, got.Get(key))
		}
	}
	if meta.Header.Get("Atproto-Content-Labelers") != "did:web:a.test" {
		t.Errorf("%v", meta.Header)
	}
	if diff := cmp.Diff([]string{"outer com.atproto.server.describeServer", "inner com.atproto.server.describeServer"}, order); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestASilentServiceIsLeft has one that takes a request and says nothing.
func TestASilentServiceIsLeft_XR12(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		silent := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked.Add(1); <-r.Context().Done() })
		start := time.Now()
		_, err := comatproto.ServerDescribeServer.Call(t.Context(), xrpctest.NewClient(t, silent), nil)
		if !errors.Is(err, context.DeadlineExceeded) || asked.Load() != 3 || time.Since(start) > 95*time.Second {
			t.Errorf("%v after %d requests and %v", err, asked.Load(), time.Since(start))
		}
		asked.Store(0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = comatproto.ServerDescribeServer.Call(ctx, xrpctest.NewClient(t, silent), nil)
		if !errors.Is(err, context.DeadlineExceeded) || asked.Load() != 1 {
			t.Errorf("%v after %d requests", err, asked.Load())
		}
	})
}
