package xrpc_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

// generous is how long a test waits for what should come at once.
const generous = 20 * time.Second

// rawServer takes connections of TCP, reads a request from each, and lets the script
// answer it with bytes. It returns its URL and how many requests came.
func rawServer(t testing.TB, script func(conn *net.TCPConn)) (url string, asked *atomic.Int64) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked = new(atomic.Int64)
	var wait sync.WaitGroup
	wait.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			wait.Go(func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(generous))
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
					asked.Add(1)
					script(conn.(*net.TCPConn))
				}
			})
		}
	})
	t.Cleanup(func() { listener.Close(); wait.Wait() })
	return "http://" + listener.Addr().String(), asked
}

// says is a script that writes and ends.
func says(text string) func(*net.TCPConn) {
	return func(conn *net.TCPConn) { io.WriteString(conn, text) }
}

// goesOn is a script that writes, and then one thing until nobody reads.
func goesOn(text, more string) func(*net.TCPConn) {
	return func(conn *net.TCPConn) {
		io.WriteString(conn, text)
		for more := bytes.Repeat([]byte(more), 1+4096/len(more)); ; {
			if _, err := conn.Write(more); err != nil {
				return
			}
		}
	}
}

// drips is a script that writes, and then one byte after another, slowly.
func drips(text string) func(*net.TCPConn) {
	return func(conn *net.TCPConn) {
		io.WriteString(conn, text)
		for {
			if _, err := io.WriteString(conn, " "); err != nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

func packed(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

// allocated runs f and returns how many bytes the process allocated meanwhile, freed
// or not. Tests that use it are not parallel.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestFaultsOfServices_XR05_XR12 has services that break in every way, and for each the
// bounds: how many requests a query makes, and how much memory client and service
// together take for all of them. No answer may have more than 100,000 bytes, and
// where none comes an attempt takes 300 ms.
func TestFaultsOfServices_XR05_XR12(t *testing.T) { //nolint:paralleltest // it measures memory
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	for _, c := range []struct {
		name   string
		script func(*net.TCPConn)
		asked  int64
		memory uint64 // KiB
		err    string
	}{
		{"it ends at once", says(""), 3, 1000, "EOF"},
		{"it ends in the headers", says("HTTP/1.1 200 OK\r\nContent-Ty"), 3, 1000, "malformed MIME header"},
		{"it ends in the body", says(ok + "Content-Length: 100\r\n\r\n{\"did\":"), 3, 1000, "unexpected EOF"},
		{"it ends in a chunk", says(ok + "Transfer-Encoding: chunked\r\n\r\nff\r\n{\"did\":"), 3, 1000, "unexpected EOF"},
		{"it closes its half", func(conn *net.TCPConn) { conn.CloseWrite(); io.Copy(io.Discard, conn) }, 3, 1000, "EOF"},
		{"it says no HTTP", says("\x00\x01\x02 hello\r\n\r\n"), 3, 1000, "malformed HTTP"},
		{"100 kB of headers", says(ok + "X: " + strings.Repeat("x", 100_000) + "\r\n\r\n{}"), 3, 2000, "server response headers exceeded 65536 bytes"},
		{"headers without end", goesOn(ok, "X: y\r\n"), 3, 20_000, "server response headers exceeded 65536 bytes"},
		{"a header without end", goesOn(ok+"X: ", "y"), 3, 2000, "server response headers exceeded 65536 bytes"},
		{"promises without end", goesOn("", "HTTP/1.1 103 Early Hints\r\n\r\n"), 3, 20_000, "exceeded"},
		{"a body without end", goesOn(ok+"\r\n", "x"), 1, 2000, "the answer has more than 100000 bytes"},
		{"chunks without end", goesOn(ok+"Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"), 1, 2000, "the answer has more than 100000 bytes"},
		{"an error without end", goesOn("HTTP/1.1 500 No\r\nContent-Type: text/plain\r\n\r\n", "x"), 1, 2000, "InternalServerError (500)"},
		{"a bomb", says(ok + "Content-Encoding: gzip\r\n\r\n" + packed(strings.Repeat(" ", 50_000_000))), 1, 2000, "the answer has more than 100000 bytes"},
		{"much is announced", says(ok + "Content-Length: 1000000000000\r\n\r\n{"), 1, 1000, "the answer has more than 100000 bytes"},
		{"it is announced and does not come", func(conn *net.TCPConn) {
			io.WriteString(conn, ok+"Content-Length: 100000\r\n\r\n{")
			io.Copy(io.Discard, conn)
		}, 3, 1000, "no answer within 300ms: context deadline exceeded"},
		{"silence", func(conn *net.TCPConn) { io.Copy(io.Discard, conn) }, 3, 1000, "no answer within 300ms: context deadline exceeded"},
		{"one byte after another", drips(ok + "\r\n"), 3, 1000, "no answer within 300ms: context deadline exceeded"},
		{"nothing", says(ok + "Content-Length: 0\r\n\r\n"), 1, 1000, "output: lex: $: expected an object, found the end of the input (offset 0)"},
		{"no status", says("HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n"), 1, 1000, "InternalServerError (999)"},
		{"a name of control characters", says("HTTP/1.1 400 No\r\n\r\n" + `{"error":"\u001b[2J\u202e","message":"\u001b[2J\u202e"}`), 1, 1000, `com.atproto.server.describeServer: "\x1b[2J\u202e" (400): "\x1b[2J\u202e"`},
		{"a redirect to no web", says("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n"), 3, 1000, "unsupported protocol scheme"},
		{"a redirect to nowhere", says("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), 1, 1000, "the answer is a redirect to "},
	} {
		url, asked := rawServer(t, c.script)
		timeout := generous // for what comes, however slow the machine
		if strings.HasPrefix(c.err, "no answer") {
			timeout = 300 * time.Millisecond
		}
		client := xrpc.NewClient(url, xrpc.WithMaxOutput(100_000), xrpc.WithTimeout(timeout), xrpc.WithWorld(impatient))
		ctx, cancel := context.WithTimeout(t.Context(), generous)
		memory := allocated(func() {
			_, err := comatproto.ServerDescribeServer.Call(ctx, client, nil)
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s\ngot  %v\nwant %s", c.name, err, c.err)
			}
		})
		if ctx.Err() != nil || asked.Load() != c.asked || memory > c.memory<<10 {
			t.Errorf("%s: %d requests, %d KiB, %v", c.name, asked.Load(), memory>>10, ctx.Err())
		}
		cancel()
	}
}

// impatient does not pause between attempts.
var impatient = xrpc.World{Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}

// TestProceduresAreNotSentTwice has services that have a request and then end, one way or
// another, so that it may have had its effect, and a connection that never was.
func TestProceduresAreNotSentTwice_XR05_XR12(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]func(*net.TCPConn){
		"it ends at once":       says(""),
		"it resets":             func(conn *net.TCPConn) { conn.SetLinger(0); conn.Close() },
		"it ends in the header": says("HTTP/1.1 200 OK\r\nContent-Ty"),
		"it ends in the body":   says("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"),
		"it says no HTTP":       says("hello\r\n\r\n"),
	} {
		url, asked := rawServer(t, script)
		var meta xrpc.Response
		_, err := comatproto.ServerCreateSession.Call(t.Context(), xrpc.NewClient(url, xrpc.WithWorld(impatient)),
			&comatproto.ServerCreateSessionInput{Identifier: "a", Password: "b"}, xrpc.WithResponse(&meta))
		if err == nil || asked.Load() != 1 || meta.Attempts != 1 {
			t.Errorf("%s: %v after %d requests and %d attempts", name, err, asked.Load(), meta.Attempts)
		}
	}
	var meta xrpc.Response
	refused := xrpc.WithHTTPClient(&http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
	})})
	_, err := comatproto.ServerCreateSession.Call(t.Context(), xrpc.NewClient("http://a.test", refused, xrpc.WithWorld(impatient)),
		&comatproto.ServerCreateSessionInput{Identifier: "a", Password: "b"}, xrpc.WithResponse(&meta))
	if err == nil || meta.Attempts != xrpc.DefaultAttempts {
		t.Errorf("no connection: %v after %d attempts", err, meta.Attempts)
	}
}

// TestStreamsOfBrokenServices has a body that the caller reads itself: what is cut is no
// end, and the caller takes no more than it asks for.
func TestStreamsOfBrokenServices_XR12(t *testing.T) { //nolint:paralleltest // it measures memory
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.ipld.car\r\n"
	for _, c := range []struct {
		name   string
		script func(*net.TCPConn)
		length int64
		err    error
	}{
		{"cut", says(ok + "Content-Length: 100\r\n\r\nabc"), 3, io.ErrUnexpectedEOF},
		{"cut in a chunk", says(ok + "Transfer-Encoding: chunked\r\n\r\nff\r\nabc"), 3, io.ErrUnexpectedEOF},
		{"without end", goesOn(ok+"\r\n", "x"), 1_000_000, nil},
	} {
		url, _ := rawServer(t, c.script)
		memory := allocated(func() {
			body, err := comatproto.SyncGetRepo.Call(t.Context(), xrpc.NewClient(url), &comatproto.SyncGetRepoParams{DID: "did:web:example.com"})
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				return
			}
			defer body.Close()
			n, err := io.Copy(io.Discard, io.LimitReader(body, 1_000_000))
			if n != c.length || !errors.Is(err, c.err) {
				t.Errorf("%s: %d bytes, %v", c.name, n, err)
			}
		})
		if memory > 1000<<10 {
			t.Errorf("%s: %d KiB", c.name, memory>>10)
		}
	}
}

// TestRedirectsDoNotTellWhoCalls has a service that sends the caller to another origin:
// another port is one.
func TestRedirectsDoNotTellWhoCalls_XR15(t *testing.T) {
	t.Parallel()
	var got http.Header
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"did":"did:web:example.com"}`)
	}))
	t.Cleanup(target.Close)
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/again" {
			http.Redirect(w, r, "/again", http.StatusFound)
			return
		}
		if r.Header.Get("Authorization") == "" {
			t.Error("the same origin does not learn who calls")
		}
		http.Redirect(w, r, target.URL+"/there", http.StatusFound)
	}))
	t.Cleanup(source.Close)
	client := xrpc.NewClient(source.URL, xrpc.WithCredentials(xrpc.BearerToken("secret")), xrpc.WithHeader("DPoP", "proof"))
	if _, err := comatproto.IdentityResolveHandle.Call(t.Context(), client, &comatproto.IdentityResolveHandleParams{Handle: "a.test"}); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"Authorization", "DPoP", "Referer"} {
		if got.Get(key) != "" {
			t.Errorf("%s: %s", key, got.Get(key))
		}
	}
}

// TestRedirectsBackDoNotTellWhoCalls has another origin that chooses what the caller asks
// the first one for.
func TestRedirectsBackDoNotTellWhoCalls_XR15(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ there, back string }{
		"another host":   {"http://other.test", xrpctest.URL},
		"another port":   {xrpctest.URL + ":81", xrpctest.URL},
		"another scheme": {"https://xrpc.test", "https://xrpc.test"}, // which is not left
	} {
		var seen []string
		client := xrpc.NewClient(xrpctest.URL, xrpc.WithCredentials(xrpc.BearerToken("secret")), xrpc.WithHeader("DPoP", "proof"),
			xrpc.WithHTTPClient(&http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
				seen = append(seen, r.URL.Scheme+"://"+r.URL.Host+" "+r.Header.Get("Authorization")+r.Header.Get("DPoP"))
				status, location := http.StatusFound, c.there+"/there"
				switch len(seen) {
				case 2:
					location = c.back + "/chosen"
				case 3:
					status = http.StatusOK
				}
				return &http.Response{
					StatusCode: status, Header: http.Header{"Location": {location}, "Content-Type": {"application/json"}},
					Body: io.NopCloser(strings.NewReader(`{"did":"did:web:a.test"}`)), Request: r,
				}, nil
			})}))
		if _, err := comatproto.IdentityResolveHandle.Call(t.Context(), client, &comatproto.IdentityResolveHandleParams{Handle: "a.test"}); err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff([]string{xrpctest.URL + " Bearer secretproof", c.there + " ", c.back + " "}, seen); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestRedirectsStaySecure_XR15(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(plain.Close)
	secure := httptest.NewTLSServer(http.RedirectHandler(plain.URL, http.StatusFound))
	t.Cleanup(secure.Close)
	client := xrpc.NewClient(secure.URL, xrpc.WithHTTPClient(secure.Client()))
	_, err := comatproto.ServerDescribeServer.Call(t.Context(), client, nil)
	if err == nil || !strings.Contains(err.Error(), "a redirect from https to http") || asked.Load() != 0 {
		t.Errorf("%v after %d requests", err, asked.Load())
	}
}

// uploads notes what bodies came, and answers with one status after another.
type uploads struct {
	mu       sync.Mutex
	statuses []int
	bodies   []string
	early    bool // answer before the body was read, unless with 200
}

func (u *uploads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	status := u.statuses[min(len(u.bodies), len(u.statuses)-1)]
	body := []byte("unread")
	if !u.early || status == http.StatusOK {
		body, _ = io.ReadAll(r.Body)
	}
	u.bodies = append(u.bodies, string(body))
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Retry-After", "1")
	w.WriteHeader(status)
	if status == http.StatusOK {
		io.WriteString(w, `{"blob":{"$type":"blob","ref":{"$link":"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"},"mimeType":"a/b","size":1}}`)
	}
}

// TestBodiesAreSentAgain has bodies that can be read again and one that cannot, a
// service that wants them again, and credentials that are renewed. What is sent begins
// where the reader stood.
func TestBodiesAreSentAgain_XR05_XR12_XR24(t *testing.T) {
	t.Parallel()
	file := func() io.Reader {
		r := strings.NewReader("??hello")
		io.CopyN(io.Discard, r, 2)
		return r
	}
	pipe := func() io.Reader { return io.MultiReader(strings.NewReader("hello")) }
	for name, c := range map[string]struct {
		reader   func() io.Reader
		statuses []int
		want     []string
		attempts int
		err      string
	}{
		"a file after 503":     {file, []int{503, 200}, []string{"hello", "hello"}, 2, ""},
		"a file after 401":     {file, []int{401, 200}, []string{"hello", "hello"}, 2, ""},
		"a file after both":    {file, []int{503, 401, 503, 200}, []string{"hello", "hello", "hello", "hello"}, 4, ""},
		"a file after two 401": {file, []int{401, 401}, []string{"hello", "hello"}, 2, "com.atproto.repo.uploadBlob: AuthenticationRequired (401)"},
		"a pipe after 503":     {pipe, []int{503, 200}, []string{"hello"}, 1, "com.atproto.repo.uploadBlob: NotEnoughResources (503)"},
		"a pipe after 401":     {pipe, []int{401, 200}, []string{"hello"}, 1, "com.atproto.repo.uploadBlob: AuthenticationRequired (401)"},
	} {
		u := &uploads{statuses: c.statuses}
		var meta xrpc.Response
		client := xrpctest.NewClient(t, u, xrpc.WithCredentials(&renewing{token: "old"}), xrpc.WithWorld(impatient))
		_, err := comatproto.RepoUploadBlob.Call(t.Context(), client, &xrpc.Body{Reader: c.reader(), Type: "a/b"}, xrpc.WithResponse(&meta))
		if text(err) != c.err || meta.Attempts != c.attempts {
			t.Errorf("%s: %v after %d attempts", name, err, meta.Attempts)
		}
		if diff := cmp.Diff(c.want, u.bodies); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// slowFile is a file on a slow disk, which notices if two read it at once, or one reads
// while another seeks.
type slowFile struct {
	*strings.Reader

	busy  atomic.Bool
	races *atomic.Int64
}

func (f *slowFile) use() func() {
	if f.busy.Swap(true) {
		f.races.Add(1)
	}
	return func() { f.busy.Store(false) }
}

func (f *slowFile) Read(b []byte) (int, error) {
	defer f.use()()
	time.Sleep(2 * time.Millisecond)
	return f.Reader.Read(b)
}

func (f *slowFile) Seek(offset int64, whence int) (int64, error) {
	defer f.use()()
	return f.Reader.Seek(offset, whence)
}

// TestOneAttemptReadsAtATime has a service that answers while the transport is still
// reading the file for it, of which net/http does not read the rest.
func TestOneAttemptReadsAtATime_XR12(t *testing.T) {
	t.Parallel()
	for range 5 {
		u := &uploads{statuses: []int{503, 503, 200}, early: true}
		server := httptest.NewServer(u)
		var races atomic.Int64
		data := strings.Repeat("0123456789", 50_000)
		client := xrpc.NewClient(server.URL, xrpc.WithWorld(impatient))
		_, err := comatproto.RepoUploadBlob.Call(t.Context(), client, &xrpc.Body{Reader: &slowFile{Reader: strings.NewReader(data), races: &races}, Type: "a/b"})
		server.Close()
		if err != nil || races.Load() != 0 || len(u.bodies) != 3 || u.bodies[2] != data {
			t.Fatalf("%v, %d races, %d bodies", err, races.Load(), len(u.bodies))
		}
	}
}

// hesitant is a source that has nothing, and says so the second time it is asked.
type hesitant struct{ asked bool }

func (h *hesitant) Read([]byte) (int, error) {
	if h.asked {
		return 0, io.EOF
	}
	h.asked = true
	time.Sleep(10 * time.Second)
	return 0, nil
}

// TestAStreamIsReadToItsEnd has a service that answers with a stream when it has all that
// was announced, and a source that takes a while to say that this was all.
func TestAStreamIsReadToItsEnd_XR06(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		long := strings.Repeat("x", 100_000)
		echo := xrpc.Procedure[*xrpc.None, *xrpc.Body, *xrpc.Body]{NSID: "com.example.echo", Input: "text/plain", Output: "text/plain"}
		s := xrpc.NewServer()
		echo.Handle(s, func(_ context.Context, r *xrpc.Request[*xrpc.None, *xrpc.Body]) (*xrpc.Body, error) {
			_, err := io.ReadFull(r.Input, make([]byte, 5))
			return &xrpc.Body{Reader: strings.NewReader(long)}, err
		})
		source := io.MultiReader(strings.NewReader("hello"), &hesitant{})
		out, err := echo.Call(t.Context(), xrpctest.NewClient(t, s), &xrpc.Body{Reader: source, Length: 5})
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		time.Sleep(20 * time.Second)
		if b, err := io.ReadAll(out); err != nil || string(b) != long {
			t.Errorf("%d bytes, %v", len(b), err)
		}
	})
}

// TestALongUploadIsNoSlowOne sends a file for five minutes, and one that stops.
func TestALongUploadIsNoSlowOne_XR12(t *testing.T) {
	t.Parallel()
	for stop, want := range map[int]string{
		1000: "",
		20:   "xrpc: com.atproto.repo.uploadBlob: no answer within 30s: context deadline exceeded",
	} {
		synctest.Test(t, func(t *testing.T) {
			client := xrpctest.NewClient(t, &uploads{statuses: []int{200}}, xrpc.WithAttempts(1))
			r, w := io.Pipe()
			defer r.Close()
			go func() {
				for i := range 30 {
					if i == stop {
						return
					}
					time.Sleep(10 * time.Second)
					w.Write([]byte("x"))
				}
				w.Close()
			}()
			_, err := comatproto.RepoUploadBlob.Call(t.Context(), client, &xrpc.Body{Reader: r, Type: "a/b"})
			if text(err) != want {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestALongDownloadIsNoSlowOne reads a file that comes for five minutes, one that stops
// after two parts, and one whose reader takes its time.
func TestALongDownloadIsNoSlowOne_XR12(t *testing.T) {
	t.Parallel()
	const stopped = "xrpc: com.atproto.sync.getRepo: nothing more came within 30s: context deadline exceeded"
	for name, c := range map[string]struct {
		parts  int // that come, of 30
		reader time.Duration
		want   string
		took   time.Duration
	}{
		"it goes on":       {30, 0, "", 300 * time.Second},
		"it stops":         {2, 0, stopped, 50 * time.Second},
		"the reader waits": {30, time.Minute, "", 31 * time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			server := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/vnd.ipld.car")
				w.Header().Set("Content-Length", "30")
				for range c.parts {
					io.WriteString(w, "x")
					http.NewResponseController(w).Flush()
					time.Sleep(10 * time.Second)
				}
				if c.parts < 30 {
					<-r.Context().Done()
				}
			})
			start := time.Now()
			body, err := comatproto.SyncGetRepo.Call(t.Context(), xrpctest.NewClient(t, server), &comatproto.SyncGetRepoParams{DID: "did:web:example.com"})
			if err != nil {
				t.Fatal(err)
			}
			defer body.Close()
			n := 0
			for err == nil {
				time.Sleep(c.reader)
				var k int
				k, err = body.Read(make([]byte, 1))
				n += k
			}
			if errors.Is(err, io.EOF) {
				err = nil
			}
			if text(err) != c.want || errors.Is(err, context.DeadlineExceeded) != (c.want != "") || n != c.parts || time.Since(start) > c.took {
				t.Errorf("%s: %v after %d bytes and %v", name, err, n, time.Since(start))
			}
		})
	}
}

// TestTheTransportCanRepeatWhatItDidNotSend looks at what a transport gets: with GetBody
// it takes another connection by itself when the service closed the one it had.
func TestTheTransportCanRepeatWhatItDidNotSend_XR12(t *testing.T) {
	t.Parallel()
	client := xrpc.NewClient("http://a.test", xrpc.WithHTTPClient(&http.Client{Transport: transport(func(r *http.Request) (*http.Response, error) {
		for range 2 {
			body, err := r.GetBody()
			if err != nil {
				return nil, err
			}
			if b, err := io.ReadAll(body); err != nil || string(b) != `{"email":"a@example.com"}` {
				t.Errorf("%s, %v", b, err)
			}
		}
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})}))
	if _, err := comatproto.ServerRequestPasswordReset.Call(t.Context(), client, &comatproto.ServerRequestPasswordResetInput{Email: "a@example.com"}); err != nil {
		t.Error(err)
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestACallEndsWithItsContext cancels at each step of a call, with a cause.
func TestACallEndsWithItsContext(t *testing.T) {
	t.Parallel()
	errCause := errors.New("the user left")
	for _, step := range []string{"before", "authorize", "send", "headers", "body", "pause", "refused"} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			at := func(s string) {
				if s == step {
					cancel(errCause)
				}
			}
			asked := 0
			server := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				at("headers")
				if step == "pause" || step == "refused" {
					w.WriteHeader(map[string]int{"pause": 503, "refused": 401}[step])
					return
				}
				w.Header().Set("Content-Type", "application/json")
				io.WriteString(w, `{"did":`)
				http.NewResponseController(w).Flush()
				time.Sleep(time.Second)
				at("body")
				<-r.Context().Done()
			})
			credentials := &hooks{authorize: func() { at("authorize") }, refused: func() { at("refused") }}
			world := xrpc.World{Sleep: func(ctx context.Context, _ time.Duration) error { at("pause"); return ctx.Err() }}
			at("before")
			if step == "send" {
				time.AfterFunc(time.Second, func() { at("send") })
			}
			_, err := comatproto.IdentityResolveHandle.Call(ctx, xrpctest.NewClient(t, server, xrpc.WithCredentials(credentials), xrpc.WithWorld(world)),
				&comatproto.IdentityResolveHandleParams{Handle: "a.test"})
			if !errors.Is(err, context.Canceled) || asked > 1 {
				t.Errorf("%s: %v after %d requests", step, err, asked)
			}
		})
	}
}

// TestNoCallRemembersCookies has a client of HTTP that would.
func TestNoCallRemembersCookies(t *testing.T) {
	t.Parallel()
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Cookie"))
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"did":"did:web:example.com"}`)
	}))
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := xrpc.NewClient(server.URL, xrpc.WithHTTPClient(&http.Client{Transport: server.Client().Transport, Jar: jar}))
	for range 2 {
		if _, err := comatproto.IdentityResolveHandle.Call(t.Context(), client, &comatproto.IdentityResolveHandleParams{Handle: "a.test"}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"", ""}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestLengthsAreSent has a body whose length is known, and one whose is not.
func TestLengthsAreSent_XR06(t *testing.T) {
	t.Parallel()
	for length, want := range map[int64]int64{5: 5, 0: -1} {
		got := int64(0)
		client := xrpctest.NewClient(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.ContentLength }))
		call := &xrpc.Call{
			Method: &xrpc.Method{NSID: "com.example.put", Kind: xrpc.KindProcedure, Input: "text/plain"},
			Input:  &xrpc.Body{Reader: io.MultiReader(strings.NewReader("hello")), Length: length},
		}
		if err := client.Do(t.Context(), call); err != nil || got != want {
			t.Errorf("length %d: got %d, %v", length, got, err)
		}
	}
}

// TestCredentialsAreAskedTwiceAtMost has a service that has another reason each time.
func TestCredentialsAreAskedTwiceAtMost_XR24(t *testing.T) {
	t.Parallel()
	asked := 0
	server := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`DPoP error="%d"`, asked))
		w.WriteHeader(http.StatusUnauthorized)
	})
	credentials := &hooks{authorize: func() {}, refused: func() {}}
	_, err := comatproto.ServerGetSession.Call(t.Context(), xrpctest.NewClient(t, server, xrpc.WithCredentials(credentials)), nil)
	if !errors.Is(err, xrpc.ErrAuthenticationRequired) || credentials.count.Load() != 2 || asked != 3 {
		t.Errorf("%v after %d requests, asked %d times", err, asked, credentials.count.Load())
	}
}

// hooks are credentials that nobody refuses for long.
type hooks struct {
	authorize, refused func()
	count              atomic.Int64
}

func (h *hooks) Authorize(context.Context, *http.Request, *xrpc.Method) error {
	h.authorize()
	return nil
}

func (h *hooks) Refused(context.Context, *http.Request, *xrpc.Error) (bool, error) {
	h.count.Add(1)
	h.refused()
	return true, nil
}

// TestEachCallerAsksItsCredentialsOnce has 200 that are refused at the same time; what
// they share is the credentials' business.
func TestEachCallerAsksItsCredentialsOnce_XR24(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
	})
	credentials := &hooks{authorize: func() {}, refused: func() {}}
	client := xrpctest.NewClient(t, server, xrpc.WithCredentials(credentials))
	var wait sync.WaitGroup
	for range 200 {
		wait.Go(func() {
			if _, err := comatproto.ServerGetSession.Call(t.Context(), client, nil); !errors.Is(err, xrpc.ErrAuthenticationRequired) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if credentials.count.Load() != 200 || asked.Load() != 400 {
		t.Errorf("asked %d times, %d requests", credentials.count.Load(), asked.Load())
	}
}

// TestHeadersCannotBeInjected has values that would begin another header.
func TestHeadersCannotBeInjected(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	for _, o := range []xrpc.Option{xrpc.WithHeader("X", "a\r\nY: b"), xrpc.WithProxy("did:web:a\nX: y"), xrpc.WithHeader("a b", "c"), xrpc.WithLabelers(xrpc.Labeler{DID: "a\x00"})} {
		_, err := comatproto.ServerDescribeServer.Call(t.Context(), xrpctest.NewClient(t, server, xrpc.WithWorld(impatient)), nil, o)
		if err == nil || !strings.Contains(err.Error(), "invalid header field") {
			t.Error(err)
		}
	}
	if asked.Load() != 0 {
		t.Errorf("%d requests", asked.Load())
	}
	for _, c := range []any{
		xrpc.BearerToken("s3cret"), xrpc.AdminPassword("s3cret"),
		xrpc.NewClient("http://a.test", xrpc.WithCredentials(xrpc.BearerToken("s3cret"))),
	} {
		if shown := fmt.Sprintf("%v %+v %#v %s %d %x", c, c, c, c, c, c); strings.Contains(shown, "s3cret") || strings.Contains(shown, "733363726574") {
			t.Error(shown)
		}
	}
}

// TestRetryAfter_XR10_XR12 has what services say, and how long a client waits: its own
// pause of 100 ms, or what it was told, or not at all.
func TestRetryAfter_XR10_XR12(t *testing.T) {
	t.Parallel()
	const own, never = 100 * time.Millisecond, time.Duration(-1)
	for value, want := range map[string]time.Duration{
		"":                              own,
		"0":                             own,
		"5":                             5 * time.Second,
		"30":                            30 * time.Second,
		"31":                            never,
		"31536000":                      never,
		"99999999999999999999999":       never,
		"-5":                            own,
		"+5":                            own,
		"1e3":                           own,
		"soon":                          own,
		"Sat, 01 Jan 2000 00:00:09 GMT": 9 * time.Second,
		"Fri, 31 Dec 1999 00:00:00 GMT": own,
		"Sat, 01 Jan 9999 00:00:00 GMT": never,
	} {
		var slept []time.Duration
		world := xrpc.World{
			Now:   func() time.Time { return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) },
			Float: func() float64 { return 0 },
			Sleep: func(_ context.Context, d time.Duration) error { slept = append(slept, d); return nil },
		}
		server := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Retry-After"] = []string{value}
			w.WriteHeader(http.StatusTooManyRequests)
		})
		_, err := comatproto.ServerDescribeServer.Call(t.Context(), xrpctest.NewClient(t, server, xrpc.WithWorld(world), xrpc.WithAttempts(2)), nil)
		if !errors.Is(err, xrpc.ErrRateLimitExceeded) {
			t.Errorf("%q: %v", value, err)
		}
		if wanted := slices.DeleteFunc([]time.Duration{want}, func(d time.Duration) bool { return d == never }); !slices.Equal(slept, wanted) {
			t.Errorf("%q: slept %v, want %v", value, slept, wanted)
		}
	}
}
