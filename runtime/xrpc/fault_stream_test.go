package xrpc_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

type reposStream = xrpc.Stream[comatproto.SyncSubscribeReposMessage]

// streaming is a server of one stream.
func streaming(h func(ctx context.Context, out *reposStream) error, opts ...xrpc.ServerOption) *xrpc.Server {
	s := xrpc.NewServer(opts...)
	comatproto.SyncSubscribeRepos.Handle(s, func(ctx context.Context, _ *comatproto.SyncSubscribeReposRequest, out *reposStream) error {
		return h(ctx, out)
	})
	return s
}

// untilDone sends what is given, and waits for the end.
func untilDone(messages ...comatproto.SyncSubscribeReposMessage) func(context.Context, *reposStream) error {
	return func(ctx context.Context, out *reposStream) error {
		for _, m := range messages {
			if err := out.Send(m); err != nil {
				return err
			}
		}
		<-ctx.Done()
		return ctx.Err()
	}
}

// open opens a stream of a server in memory.
func open(t testing.TB, client *http.Client) *websocket.Conn {
	t.Helper()
	//nolint:bodyclose // the library closes it
	conn, _, err := websocket.Dial(t.Context(), xrpctest.URL+"/xrpc/"+repos, &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	return conn
}

// shake opens a stream over a bare connection.
func shake(t testing.TB, server *httptest.Server) *net.TCPConn {
	t.Helper()
	conn := dial(t, server)
	io.WriteString(conn, "GET /xrpc/"+repos+" HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
	var head strings.Builder
	for b := make([]byte, 1); !strings.HasSuffix(head.String(), "\r\n\r\n"); head.Write(b) {
		if _, err := conn.Read(b); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.HasPrefix(head.String(), "HTTP/1.1 101 ") {
		t.Fatal(head.String())
	}
	return conn
}

// TestHandshakes_ES01_ES02 has requests that open no stream: whatever the caller got
// wrong is answered with an error in JSON.
func TestHandshakes_ES01_ES02(t *testing.T) {
	t.Parallel()
	const (
		upgrade = `{"error":"UpgradeRequired","message":"com.atproto.sync.subscribeRepos is a subscription, which needs a WebSocket"}`
		key     = `{"error":"InvalidRequest","message":"The WebSocket's key must be 16 bytes in base64"}`
	)
	for name, c := range map[string]struct {
		change func(*http.Request)
		status int
		want   string
	}{
		"POST":              {func(r *http.Request) { r.Method = http.MethodPost }, 405, `{"error":"MethodNotAllowed","message":"Incorrect HTTP method (POST) expected GET"}`},
		"HEAD":              {func(r *http.Request) { r.Method = http.MethodHead }, 405, `{"error":"MethodNotAllowed","message":"Incorrect HTTP method (HEAD) expected GET"}`},
		"no Upgrade":        {func(r *http.Request) { r.Header.Del("Upgrade") }, 426, upgrade},
		"another Upgrade":   {func(r *http.Request) { r.Header.Set("Upgrade", "h2c") }, 426, upgrade},
		"no Connection":     {func(r *http.Request) { r.Header.Set("Connection", "keep-alive") }, 426, upgrade},
		"HTTP/2":            {func(r *http.Request) { r.ProtoMajor, r.ProtoMinor = 2, 0 }, 426, upgrade},
		"HTTP/1.0":          {func(r *http.Request) { r.ProtoMinor = 0 }, 426, upgrade},
		"an old version":    {func(r *http.Request) { r.Header.Set("Sec-WebSocket-Version", "8") }, 400, `{"error":"InvalidRequest","message":"The version of the WebSocket must be 13"}`},
		"no key":            {func(r *http.Request) { r.Header.Del("Sec-WebSocket-Key") }, 400, key},
		"two keys":          {func(r *http.Request) { r.Header.Add("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==") }, 400, key},
		"a short key":       {func(r *http.Request) { r.Header.Set("Sec-WebSocket-Key", "AAAA") }, 400, key},
		"a wrong parameter": {func(r *http.Request) { r.URL.RawQuery = "cursor=x" }, 400, `{"error":"InvalidRequest","message":"parameters: $.cursor: expected a decimal integer of 64 bits, found \"x\""}`},
		"no connection":     {func(*http.Request) {}, 501, "Not Implemented\n"}, // a recorder cannot be taken over, as the library says
	} {
		r, w := handshake(t), httptest.NewRecorder()
		c.change(r)
		streaming(untilDone()).ServeHTTP(w, r)
		if w.Code != c.status || w.Body.String() != c.want {
			t.Errorf("%s\ngot  %d %s\nwant %d %s", name, w.Code, w.Body, c.status, c.want)
		}
	}
}

// TestCursors_ES09_ES10 has what the handler of a stream gets for what is asked.
func TestCursors_ES09_ES10(t *testing.T) {
	t.Parallel()
	s := xrpc.NewServer()
	got := make(chan lex.Opt[int64], 1)
	comatproto.SyncSubscribeRepos.Handle(s, func(_ context.Context, r *comatproto.SyncSubscribeReposRequest, out *reposStream) error {
		got <- r.Params.Cursor
		cursor, ok := r.Params.Cursor.Get()
		switch {
		case !ok:
			return out.Send(account(100)) // live
		case cursor > 100:
			return xrpc.NewError(comatproto.SyncSubscribeReposErrFutureCursor, "the last one is 100")
		case cursor < 50:
			if err := out.Send(&comatproto.SyncSubscribeReposInfo{Name: "OutdatedCursor"}); err != nil {
				return err
			}
			return out.Send(account(50))
		}
		return errors.Join(out.Send(account(cursor)), out.Send(account(cursor+1))) // begins with the cursor itself
	})
	client := xrpctest.NewClient(t, s)
	for _, c := range []struct {
		cursor lex.Opt[int64]
		want   string
	}{
		{lex.Opt[int64]{}, "100"},
		{lex.Int(0), "info 50"},
		{lex.Int(49), "info 50"},
		{lex.Int(98), "99"},
		{lex.Int(101), `com.atproto.sync.subscribeRepos: FutureCursor: "the last one is 100"`},
	} {
		var pairs []string
		for m, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), client, &comatproto.SyncSubscribeReposParams{Cursor: c.cursor}, xrpc.WithReconnects(0)) {
			if closed := websocket.CloseStatus(err); closed == websocket.StatusNormalClosure {
				break
			}
			pairs = append(pairs, pair(m, err))
		}
		if asked := <-got; asked != c.cursor || strings.Join(pairs, " ") != c.want {
			t.Errorf("%v: the handler got %v, the caller %v, want %s", c.cursor, asked, pairs, c.want)
		}
	}
}

// TestNumbersBelongToAConnection_ES08_ES12_ES13_ES14 has services whose numbers are odd. Each
// stream is followed for a day; it is left when it says the same for the fifth time.
func TestNumbersBelongToAConnection_ES08_ES12_ES13_ES14(t *testing.T) {
	t.Parallel()
	seq := func(n int64) string { return frame(t, account(n)) }
	end := string(xrpc.AppendErrorFrame(nil, "End", ""))
	const last = " com.atproto.sync.subscribeRepos: End"
	for name, c := range map[string]struct {
		scripts [][]string
		want    string
		why     string // of the first cut
	}{
		"well above after a loss":     {[][]string{{seq(7)}, {seq(1_000_000), end}}, "7 1000000" + last, ""},
		"below after a loss":          {[][]string{{seq(7)}, {seq(1), seq(2)}, {seq(8), end}}, "7 8" + last, "seq 1 from the cursor 7 on"},
		"the cursor again, and again": {[][]string{{seq(7)}, {seq(7), seq(7)}, {seq(8), end}}, "7 8" + last, "seq 7 after 7"},
		"zero":                        {[][]string{{seq(0)}, {seq(1), end}}, "1" + last, "seq 0 is none"},
		"negative":                    {[][]string{{seq(-1)}, {seq(1), end}}, "1" + last, "seq -1 is none"},
		"the largest":                 {[][]string{{seq(1<<53 - 1), end}}, "9007199254740991" + last, ""},
		"too large":                   {[][]string{{seq(1 << 53)}, {seq(1), end}}, "1" + last, "seq 9007199254740992 is none"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var got []string
			var cuts strings.Builder
			for m, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), xrpctest.NewClient(t, &connections{scripts: c.scripts}), nil,
				xrpc.WithOnReconnect(func(_ int, err error) { fmt.Fprintln(&cuts, err) })) {
				got = append(got, pair(m, err))
			}
			if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" || !strings.Contains(cuts.String(), c.why) {
				t.Errorf("%s (-want +got):\n%s\ncuts:\n%s", name, diff, &cuts)
			}
		})
	}
	// Two followers of one endpoint at two hosts share nothing.
	for m, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), xrpctest.NewClient(t, &connections{scripts: [][]string{{seq(5), end}}}), nil) {
		for n, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), xrpctest.NewClient(t, &connections{scripts: [][]string{{seq(1), end}}}), nil) {
			if err == nil && pair(n, err) != "1" {
				t.Errorf("the other host's stream has %s", pair(n, err))
			}
		}
		if err == nil && pair(m, err) != "5" {
			t.Errorf("the stream has %s", pair(m, err))
		}
	}
}

// TestBrokenServicesAreNotAskedTooOften follows streams that never get anywhere for two
// hours. Pauses grow to a minute, of which chance takes up to half, so that there are at
// most 240 connections and a few.
func TestBrokenServicesAreNotAskedTooOften_ES12_XR12(t *testing.T) {
	t.Parallel()
	one := frame(t, account(1))
	for name, script := range map[string][]string{
		"nothing":            {""},
		"malformed":          {"\xff"},
		"the same, and then": {one, "\xff"},
		"a poisoned payload": {one, "\xa2\x61t\x68#account\x62op\x01\xa0"},
		"numbers that fall":  {one, frame(t, account(0))},
		"text":               {one, "text x"},
		"too large":          {one, strings.Repeat("x", 100_001)},
		"only unknown ones":  {one, frame(t, &lex.UnknownObject{Type: repos + "#new"})},
		"only news":          {one, frame(t, &comatproto.SyncSubscribeReposInfo{Name: "OutdatedCursor"})},
		"too slow":           {one, string(xrpc.AppendErrorFrame(nil, "ConsumerTooSlow", ""))},
	} {
		synctest.Test(t, func(t *testing.T) {
			server := &connections{scripts: [][]string{script}}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
			defer cancel()
			var last error
			for _, err := range comatproto.SyncSubscribeRepos.Subscribe(ctx, xrpctest.NewClient(t, server), nil, xrpc.WithMaxFrame(100_000)) {
				last = err
			}
			n := len(server.cursors)
			if !errors.Is(last, context.DeadlineExceeded) || n < 120 || n > 260 {
				t.Errorf("%s: %d connections, %v", name, n, last)
			}
		})
	}
}

// TestABusyLoopIsNoDeadConnection takes longer for each message than a service may be
// silent.
func TestABusyLoopIsNoDeadConnection_ES15(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &connections{scripts: [][]string{{frame(t, account(1)), frame(t, account(2)), frame(t, account(3)), string(xrpc.AppendErrorFrame(nil, "End", ""))}}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		var got []string
		for m, err := range comatproto.SyncSubscribeRepos.Subscribe(ctx, xrpctest.NewClient(t, server), nil) {
			got = append(got, pair(m, err))
			time.Sleep(10 * time.Minute) // when a heartbeat is due, too
		}
		if want := "1 2 3 com.atproto.sync.subscribeRepos: End"; strings.Join(got, " ") != want || len(server.cursors) != 1 {
			t.Errorf("%v over %d connections", got, len(server.cursors))
		}
	})
}

// TestADeadServiceIsLeft has one that answers no ping. There was a message in the first
// 30 seconds and none in the next, and the ping has 30 more.
func TestADeadServiceIsLeft_ES15(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first, times := frame(t, account(1)), []time.Duration{}
		start := time.Now()
		server := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			times = append(times, time.Since(start).Round(time.Second))
			hijacked := &hijack{ResponseWriter: w}
			conn, err := websocket.Accept(hijacked, r, nil)
			if err != nil {
				return
			}
			defer conn.CloseNow()
			conn.Write(r.Context(), websocket.MessageBinary, []byte(first))
			io.Copy(io.Discard, hijacked.conn) // where a Reader would answer
		})
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Second)
		defer cancel()
		for range comatproto.SyncSubscribeRepos.Subscribe(ctx, xrpctest.NewClient(t, server, xrpc.WithWorld(xrpc.World{Float: func() float64 { return 0 }})), nil) {
		}
		if diff := cmp.Diff([]time.Duration{0, 90 * time.Second, 180 * time.Second}, times); diff != "" {
			t.Errorf("connections (-want +got):\n%s", diff)
		}
	})
}

// TestASilentHandshakeIsLeft has a service that takes the request for a stream and says
// nothing: three attempts have 30 seconds each.
func TestASilentHandshakeIsLeft_ES15_XR12(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int64
		silent := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked.Add(1); <-r.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		start := time.Now()
		var last error
		for _, err := range comatproto.SyncSubscribeRepos.Subscribe(ctx, xrpctest.NewClient(t, silent), nil) {
			last = err
		}
		if asked.Load() != 3 || time.Since(start) > 95*time.Second || last == nil || ctx.Err() != nil {
			t.Errorf("%v after %d requests and %v", last, asked.Load(), time.Since(start))
		}
	})
}

// TestTheFirstCursorIsTheCallers asks for a stored cursor when the stream is cut, and not
// before.
func TestTheFirstCursorIsTheCallers_ES10(t *testing.T) {
	t.Parallel()
	server := &connections{scripts: [][]string{{frame(t, account(6))}, {frame(t, account(8)), string(xrpc.AppendErrorFrame(nil, "End", ""))}}}
	for range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), xrpctest.NewClient(t, server, xrpc.WithWorld(impatient)),
		&comatproto.SyncSubscribeReposParams{Cursor: lex.Int(5)}, xrpc.WithCursor(func() (int64, bool) { return 7, true })) {
	}
	if diff := cmp.Diff([]string{"5", "7"}, server.cursors); diff != "" {
		t.Errorf("cursors (-want +got):\n%s", diff)
	}
}

// TestAFrameHasItsTime has a caller that takes nothing of a frame, long before a ping
// would show it.
func TestAFrameHasItsTime_ES11(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var took time.Duration
		server := streaming(func(ctx context.Context, out *reposStream) error {
			if err := out.Send(account(1)); err != nil {
				return err
			}
			<-ctx.Done()
			took = time.Since(start)
			return ctx.Err()
		}, xrpc.WithStreamLimits(xrpc.StreamLimits{WriteTimeout: 10 * time.Second, Ping: time.Hour}))
		open(t, xrpctest.NewHTTPClient(t, server))
		time.Sleep(time.Minute)
		synctest.Wait()
		if took != 10*time.Second {
			t.Errorf("the stream ended after %v", took)
		}
	})
}

// TestADeadCallerIsLeft has one that takes the handshake and then neither reads nor goes.
func TestADeadCallerIsLeft_ES15(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &metrics{}
		start := time.Now()
		var took time.Duration
		server := streaming(func(ctx context.Context, _ *reposStream) error {
			<-ctx.Done()
			took = time.Since(start)
			return ctx.Err()
		}, xrpc.WithMetrics(m))
		open(t, xrpctest.NewHTTPClient(t, server))
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if diff := cmp.Diff([]string{"client after 0"}, m.closed); diff != "" || took > time.Minute {
			t.Errorf("after %v (-want +got):\n%s", took, diff)
		}
	})
}

// TestFaultsOfCallersOfStreams_ES07 has callers that break in every way. Each stream ends
// for the reason that is given, or goes on until the caller leaves.
func TestFaultsOfCallersOfStreams_ES07(t *testing.T) { //nolint:paralleltest // it measures memory
	masked := func(first byte, n int) string { // a frame of n zeros
		return string([]byte{first, 0x80 | 127, 0, 0, 0, 0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n), 0, 0, 0, 0}) + strings.Repeat("\x00", n)
	}
	flood := func(frame string, total int) func(*net.TCPConn) {
		return func(conn *net.TCPConn) {
			b := []byte(frame)
			for n := 0; n < total; n += len(b) {
				conn.Write(b)
			}
		}
	}
	for name, c := range map[string]struct {
		behaves func(*net.TCPConn)
		alive   bool // it still gets what is sent
	}{
		"a frame":                 {flood(masked(0x82, 10), 1), true},
		"a frame of text":         {flood(masked(0x81, 10), 1), true},
		"8 MB of small frames":    {flood(masked(0x82, 1000), 8<<20), true},
		"32 MB in one frame":      {flood(masked(0x82, 32<<20), 1), true},
		"8 MB without an end":     {flood(masked(0x02, 1)+strings.Repeat(masked(0x00, 10_000), 800), 1), true},
		"pongs that nobody wants": {flood("\x8a\x80\x00\x00\x00\x00", 100_000), true},
		"it closes its half":      {func(conn *net.TCPConn) { conn.CloseWrite() }, false},
		"it resets":               {func(conn *net.TCPConn) { conn.SetLinger(0); conn.Close() }, false},
		"it stops in a frame":     {func(conn *net.TCPConn) { io.WriteString(conn, masked(0x82, 100)[:50]); conn.CloseWrite() }, false},
		"a frame without a mask":  {flood("\x82\x01x", 1), false},
		"an operation of none":    {flood("\x8f\x80\x00\x00\x00\x00", 1), false},
		"9 EB are announced": {func(conn *net.TCPConn) {
			io.WriteString(conn, "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00")
			conn.CloseWrite()
		}, false},
		"-1 bytes are announced": {func(conn *net.TCPConn) {
			io.WriteString(conn, "\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00")
		}, false},
		"a ping too long": {flood("\x89\xfe\x00\xff\x00\x00\x00\x00"+strings.Repeat("x", 255), 1), false},
		"it says goodbye": {flood("\x88\x82\x00\x00\x00\x00\x03\xe8", 1), false},
	} {
		behaved, ended := make(chan struct{}), make(chan struct{})
		server := listen(t, streaming(func(ctx context.Context, out *reposStream) error {
			defer close(ended)
			if c.alive {
				<-behaved
				return out.Send(account(7))
			}
			<-ctx.Done()
			return ctx.Err()
		}))
		memory := allocated(func() {
			conn := shake(t, server)
			c.behaves(conn)
			close(behaved)
			select {
			case <-ended:
			case <-time.After(generous):
				t.Errorf("%s: the stream goes on", name)
			}
			if c.alive {
				want := frame(t, account(7))
				if b := make([]byte, 2+len(want)); !readFull(conn, b) || string(b[2:]) != want {
					t.Errorf("%s: got %x", name, b)
				}
			}
			conn.Close()
		})
		if memory > 150<<20 { // all in all, freed or not, also for what the test makes
			t.Errorf("%s: %d MiB", name, memory>>20)
		}
	}
}

func readFull(r io.Reader, b []byte) bool {
	_, err := io.ReadFull(r, b)
	return err == nil
}

// TestThousandsTooMany knocks 10,000 times while there are as many streams as there may
// be.
func TestThousandsTooMany_ES02(t *testing.T) { //nolint:paralleltest // it measures memory
	server := streaming(untilDone(account(1)), xrpc.WithStreamLimits(xrpc.StreamLimits{Streams: 3}))
	client := xrpctest.NewHTTPClient(t, server)
	for range 3 {
		open(t, client)
	}
	memory := allocated(func() {
		for range 10_000 {
			w := httptest.NewRecorder()
			if server.ServeHTTP(w, handshake(t)); w.Code != http.StatusServiceUnavailable || w.Body.String() != `{"error":"NotEnoughResources","message":"Too many streams"}` {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
	})
	if memory > 200<<20 {
		t.Errorf("%d MiB", memory>>20)
	}
}

// TestQueuesAreBounded_ES11 sends to a caller that takes nothing: by number and by bytes.
func TestQueuesAreBounded_ES11(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		limits xrpc.StreamLimits
		size   int
		most   int64 // frames; one is under way, and one may wait although it is too large
	}{
		"by number":     {xrpc.StreamLimits{Frames: 20}, 10, 42},
		"by bytes":      {xrpc.StreamLimits{Bytes: 100_000}, 10_000, 22},
		"too large all": {xrpc.StreamLimits{Bytes: 100}, 10_000, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			var taken atomic.Int64
			server := streaming(func(_ context.Context, out *reposStream) error {
				var wait sync.WaitGroup
				for range 5 { // who shares the stream
					wait.Go(func() {
						for out.SendFrame(make([]byte, c.size)) == nil {
							taken.Add(1)
						}
					})
				}
				wait.Wait()
				return xrpc.ErrConsumerTooSlow
			}, xrpc.WithStreamLimits(c.limits))
			open(t, xrpctest.NewHTTPClient(t, server))
			time.Sleep(time.Minute)
			synctest.Wait()
			if n := taken.Load(); n == 0 || n > c.most {
				t.Errorf("%s: %d frames were taken", name, n)
			}
		})
	}
}

// TestStreamsEnd_ES06 has how handlers end, before and after their first message.
func TestStreamsEnd_ES06(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  func() error
		want string // the frame, in words
		code websocket.StatusCode
		why  string
	}{
		"well":            {func() error { return nil }, "", websocket.StatusNormalClosure, ""},
		"with a name":     {func() error { return xrpc.ErrorName("Gone") }, "Gone ", websocket.StatusPolicyViolation, "Gone"},
		"with words":      {func() error { return xrpc.NewError("Gone", "a\xffb") }, "Gone a\ufffdb", websocket.StatusPolicyViolation, "Gone"},
		"with a secret":   {func() error { return errors.New("secret") }, "InternalServerError Internal Server Error", websocket.StatusPolicyViolation, "InternalServerError"},
		"with a panic":    {func() error { panic("secret") }, "InternalServerError Internal Server Error", websocket.StatusPolicyViolation, "InternalServerError"},
		"with a long one": {func() error { return xrpc.ErrorName(strings.Repeat("x", 200)) }, strings.Repeat("x", 200) + " ", websocket.StatusPolicyViolation, ""},
		"without a name":  {func() error { return &xrpc.Error{} }, "InvalidRequest ", websocket.StatusPolicyViolation, "InvalidRequest"},
	} {
		for n := range int64(2) {
			m := &metrics{}
			server := streaming(func(_ context.Context, out *reposStream) error {
				for i := range n {
					out.Send(account(i + 1))
				}
				return c.end()
			}, xrpc.WithMetrics(m))
			conn := open(t, xrpctest.NewHTTPClient(t, server))
			var frames []string
			var closed websocket.CloseError
			for {
				_, b, err := conn.Read(t.Context())
				if err != nil {
					errors.As(err, &closed)
					break
				}
				frames = append(frames, string(b))
			}
			var want []string
			for i := range n {
				want = append(want, frame(t, account(i+1)))
			}
			if name, message, ok := strings.Cut(c.want, " "); ok {
				want = append(want, string(xrpc.AppendErrorFrame(nil, xrpc.ErrorName(name), message)))
			}
			if diff := cmp.Diff(want, frames); diff != "" || closed.Code != c.code || closed.Reason != c.why {
				t.Errorf("%s: %v (-want +got):\n%s", name, closed, diff)
			}
		}
	}
}

// TestShutdownIsBounded closes a server of 50 streams, some of whose callers take nothing,
// and whose handlers do not listen to their context for a while.
func TestShutdownIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &metrics{}
		server := streaming(func(ctx context.Context, out *reposStream) error {
			for i := int64(1); ctx.Err() == nil; i++ {
				out.Send(account(i))
				time.Sleep(time.Second)
			}
			time.Sleep(3 * time.Second)
			return out.Send(account(1)) // too late
		}, xrpc.WithMetrics(m))
		client := xrpctest.NewHTTPClient(t, server)
		for i := range 50 {
			conn := open(t, client)
			if i%2 == 0 {
				conn.CloseRead(t.Context())
			}
		}
		time.Sleep(2 * time.Second)
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := server.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("closed with %v while handlers run", err)
		}
		if err := server.Close(t.Context()); err != nil || time.Since(start) > time.Minute {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if len(m.closed) != 50 {
			t.Errorf("%d streams were closed", len(m.closed))
		}
	})
}

// TestAStreamEndsWithItsContext cancels at each step, with a cause. There is one pair with an
// error, the last.
func TestAStreamEndsWithItsContext(t *testing.T) {
	t.Parallel()
	errCause := errors.New("the user left")
	for step, pairs := range map[string]int{"before": 1, "handshake": 1, "waiting": 2, "loop": 2, "pause": 2} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			at := func(s string) {
				if s == step {
					cancel(errCause)
				}
			}
			inner := &connections{scripts: [][]string{{frame(t, account(1)), map[bool]string{true: "\xff", false: "silence"}[step == "pause"]}}}
			server := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if at("handshake"); step == "handshake" {
					<-r.Context().Done()
					return
				}
				inner.ServeHTTP(w, r)
			})
			world := xrpc.World{Sleep: func(ctx context.Context, _ time.Duration) error { at("pause"); return ctx.Err() }}
			at("before")
			if step == "waiting" {
				time.AfterFunc(time.Hour, func() { at("waiting") })
			}
			var got []error
			for _, err := range comatproto.SyncSubscribeRepos.Subscribe(ctx, xrpctest.NewClient(t, server, xrpc.WithWorld(world)), nil) {
				if got = append(got, err); err == nil {
					at("loop")
				}
			}
			if len(got) != pairs || !errors.Is(got[len(got)-1], context.Canceled) || !errors.Is(got[len(got)-1], errCause) {
				t.Errorf("%s: %v", step, got)
			}
		})
	}
}

// TestServersThatDieAreAskedAgain has frames that are cut off in the middle, over TCP.
func TestServersThatDieAreAskedAgain_ES12(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := asked.Add(1)
		hijacked := &hijack{ResponseWriter: w}
		conn, err := websocket.Accept(hijacked, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		conn.Write(r.Context(), websocket.MessageBinary, []byte(frame(t, account(n))))
		io.WriteString(hijacked.conn, "\x82\x7e\x10\x00only a little of it")
	}))
	var got []string
	for m, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), xrpc.NewClient(server.URL, xrpc.WithWorld(impatient)), nil) {
		if got = append(got, pair(m, err)); len(got) == 5 {
			break
		}
	}
	if diff := cmp.Diff("1 2 3 4 5", strings.Join(got, " ")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWhatIsCutIsNoMessage has connections that end inside a message, wherever that leaves
// the reader. The message comes whole over the next connection, and is asked for with the
// cursor of the one before.
func TestWhatIsCutIsNoMessage_ES03_ES12(t *testing.T) {
	t.Parallel()
	large := frame(t, &comatproto.SyncSubscribeReposSync{Seq: 2, DID: "did:web:example.com", Rev: "3jzfcijpj2z2a", Time: "2024-01-01T00:00:00Z", Blocks: make([]byte, 10_000)})
	two := frame(t, account(2))
	fragment := func(first byte, length int, b string) string { // of the length, of which only b comes
		return string([]byte{first, 126, byte(length >> 8), byte(length)}) + b
	}
	const binary, more, final = 0x02, 0x00, 0x80
	for name, c := range map[string]struct{ cut, whole string }{
		"at a boundary of reads":             {fragment(final|binary, len(large), large[:4096]), large},
		"at the next":                        {fragment(final|binary, len(large), large[:8192]), large},
		"before its first byte":              {fragment(final|binary, len(large), ""), large},
		"between fragments":                  {fragment(binary, 5000, large[:5000]), large},
		"between later fragments":            {fragment(binary, 1000, large[:1000]) + fragment(more, 3096, large[1000:4096]), large},
		"in the last fragment":               {fragment(binary, 1000, large[:1000]) + fragment(final|more, len(large)-1000, large[1000:4096]), large},
		"behind a fragment that looks whole": {fragment(binary, len(two), two), two},
	} {
		var mu sync.Mutex
		var cursors []string
		server := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			cursors = append(cursors, r.URL.Query().Get("cursor"))
			first := len(cursors) == 1
			mu.Unlock()
			hijacked := &hijack{ResponseWriter: w}
			conn, err := websocket.Accept(hijacked, r, nil)
			if err != nil {
				return
			}
			defer conn.CloseNow()
			if first {
				conn.Write(r.Context(), websocket.MessageBinary, []byte(frame(t, account(1))))
				io.WriteString(hijacked.conn, c.cut)
				return
			}
			conn.Write(r.Context(), websocket.MessageBinary, []byte(c.whole))
			conn.Write(r.Context(), websocket.MessageBinary, xrpc.AppendErrorFrame(nil, "End", ""))
		}))
		var got []string
		for m, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), xrpc.NewClient(server.URL, xrpc.WithWorld(impatient)), nil) {
			got = append(got, pair(m, err))
		}
		if diff := cmp.Diff("1 2 com.atproto.sync.subscribeRepos: End", strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff([]string{"", "1"}, cursors); diff != "" {
			t.Errorf("%s: cursors (-want +got):\n%s", name, diff)
		}
	}
}

// TestMessagesMayComeInFragments has one that is cut by nobody.
func TestMessagesMayComeInFragments_ES03(t *testing.T) {
	t.Parallel()
	one := frame(t, account(1))
	server := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hijacked := &hijack{ResponseWriter: w}
		conn, err := websocket.Accept(hijacked, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		fmt.Fprintf(hijacked.conn, "\x02\x05%s\x00\x00\x80%c%s", one[:5], len(one)-5, one[5:])
		conn.Write(r.Context(), websocket.MessageBinary, xrpc.AppendErrorFrame(nil, "End", ""))
	})
	var got []string
	for m, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), xrpctest.NewClient(t, server), nil) {
		got = append(got, pair(m, err))
	}
	if diff := cmp.Diff("1 com.atproto.sync.subscribeRepos: End", strings.Join(got, " ")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMessagesOwnTheirMemory keeps what came, and looks at it when the buffers of the
// connection were used again.
func TestMessagesOwnTheirMemory(t *testing.T) {
	t.Parallel()
	commit := func(seq int64) *comatproto.SyncSubscribeReposSync {
		return &comatproto.SyncSubscribeReposSync{Seq: seq, DID: "did:web:example.com", Rev: "3jzfcijpj2z2a", Time: "2024-01-01T00:00:00Z", Blocks: []byte(strings.Repeat(string(rune('a'+seq)), 5000))}
	}
	var script []string
	for seq := range int64(20) {
		script = append(script, frame(t, commit(seq+1)))
	}
	script = append(script, string(xrpc.AppendErrorFrame(nil, "End", "")))
	var kept []*comatproto.SyncSubscribeReposSync
	for m, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), xrpctest.NewClient(t, &connections{scripts: [][]string{script}}), nil) {
		if err == nil {
			kept = append(kept, m.(*comatproto.SyncSubscribeReposSync))
		}
	}
	for i, m := range kept {
		if diff := cmp.Diff(commit(int64(i+1)), m); diff != "" {
			t.Errorf("message %d (-want +got):\n%s", i+1, diff)
		}
	}
	if len(kept) != 20 {
		t.Errorf("%d messages", len(kept))
	}
}

// hijack keeps the connection that was taken over.
type hijack struct {
	http.ResponseWriter

	conn net.Conn
}

func (h *hijack) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(h.ResponseWriter).Hijack()
	h.conn = conn
	return conn, rw, err
}
