package xrpc_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

const repos = "com.atproto.sync.subscribeRepos"

func account(seq int64) *comatproto.SyncSubscribeReposAccount {
	return &comatproto.SyncSubscribeReposAccount{Seq: seq, DID: "did:web:example.com", Time: "2024-01-01T00:00:00Z", Active: true}
}

func frame(t testing.TB, m lex.Object) string {
	t.Helper()
	b, err := xrpc.AppendFrame(nil, repos, m)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFramesAreTwoObjects_ES03_ES05_ES06(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ got, want string }{
		"a message of the stream": {frame(t, &comatproto.SyncSubscribeReposInfo{Name: "OutdatedCursor"}), "a261746523696e666f626f7001" + "a1646e616d656e4f75746461746564437572736f72"},
		"one of another lexicon":  {frame(t, &lex.UnknownObject{Type: "com.example.other", Fields: lex.Extra{"x": int64(1)}}), "a2617471636f6d2e6578616d706c652e6f74686572626f7001" + "a1617801"},
		"a record":                {frame(t, &appbsky.GraphBlock{CreatedAt: "x"}), "a26174746170702e62736b792e67726170682e626c6f636b626f7001" + "a2677375626a65637460696372656174656441746178"},
		"an error":                {string(xrpc.AppendErrorFrame(nil, "FutureCursor", "")), "a1626f7020" + "a1656572726f726c467574757265437572736f72"},
		"an error with a text":    {string(xrpc.AppendErrorFrame(nil, "A", "b")), "a1626f7020" + "a2656572726f726141676d6573736167656162"},
	} {
		if got := hex.EncodeToString([]byte(c.got)); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", name, got, c.want)
		}
	}
	for name, c := range map[string]struct{ stream, typ, want string }{
		"own":        {"com.a.b", "com.a.b#x", "#x"},
		"own main":   {"com.a.b", "com.a.b", "com.a.b"},
		"another's":  {"com.a.b", "com.a.c#x", "com.a.c#x"},
		"longer one": {"com.a.b", "com.a.bc#x", "com.a.bc#x"},
	} {
		if got := xrpc.FrameName("com.a.b", c.typ); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// connections serve one script after another: frames, then what ends the connection.
// A line of cursors says with which each was asked.
type connections struct {
	mu      sync.Mutex
	scripts [][]string
	cursors []string
}

func (c *connections) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.cursors = append(c.cursors, r.URL.Query().Get("cursor"))
	script := c.scripts[min(len(c.cursors), len(c.scripts))-1]
	c.mu.Unlock()
	if status, ok := strings.CutPrefix(script[0], "status "); ok {
		var code int
		fmt.Sscan(status, &code)
		w.WriteHeader(code)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	for _, f := range script {
		if text, ok := strings.CutPrefix(f, "text "); ok {
			conn.Write(r.Context(), websocket.MessageText, []byte(text))
			continue
		}
		if f == "silence" {
			<-conn.CloseRead(r.Context()).Done()
			return
		}
		if conn.Write(r.Context(), websocket.MessageBinary, []byte(f)) != nil {
			return
		}
	}
	conn.Close(websocket.StatusGoingAway, "")
}

// TestStreamsAreFollowed has scripts of services and what the loop sees: the seq of
// messages, ! for a frame that cannot be read, and the last error. The last script
// repeats, so that a stream that goes on for ever is left after ten pairs.
func TestStreamsAreFollowed_ES03_ES04_ES05_ES06_ES10_ES12(t *testing.T) {
	t.Parallel()
	one, two, three, five := frame(t, account(1)), frame(t, account(2)), frame(t, account(3)), frame(t, account(5))
	future := string(xrpc.AppendErrorFrame(nil, "FutureCursor", "cursor in the future"))
	end := string(xrpc.AppendErrorFrame(nil, "End", ""))
	info := frame(t, &comatproto.SyncSubscribeReposInfo{Name: "OutdatedCursor"})
	header := "\xa2\x61t\x68#account\x62op\x01"
	added := account(1)
	added.Extra = lex.Extra{"new": []any{int64(1)}}
	more := frame(t, added)
	for name, c := range map[string]struct {
		scripts [][]string
		want    string
		cursors string
	}{
		"an error frame ends it":                                {[][]string{{one, future}}, `1 com.atproto.sync.subscribeRepos: FutureCursor: "cursor in the future"`, ""},
		"info has no seq":                                       {[][]string{{info, one, end}}, "info 1 com.atproto.sync.subscribeRepos: End", ""},
		"gaps are fine":                                         {[][]string{{one, five, end}}, "1 5 com.atproto.sync.subscribeRepos: End", ""},
		"a cut is mended":                                       {[][]string{{one, two}, {three, end}}, "1 2 3 com.atproto.sync.subscribeRepos: End", ",2"},
		"what comes twice is dropped":                           {[][]string{{one, two}, {two, three, end}}, "1 2 3 com.atproto.sync.subscribeRepos: End", ",2"},
		"a seq that falls cuts":                                 {[][]string{{two, one}, {three, end}}, "2 3 com.atproto.sync.subscribeRepos: End", ",2"},
		"a seq that stays cuts":                                 {[][]string{{two, two}, {three, end}}, "2 3 com.atproto.sync.subscribeRepos: End", ",2"},
		"too slow is no end":                                    {[][]string{{one, string(xrpc.AppendErrorFrame(nil, "ConsumerTooSlow", ""))}, {two, end}}, "1 2 com.atproto.sync.subscribeRepos: End", ",1"},
		"unknown types are passed over":                         {[][]string{{frame(t, &lex.UnknownObject{Type: repos + "#new"}), one, end}}, "1 com.atproto.sync.subscribeRepos: End", ""},
		"unknown operations are passed over":                    {[][]string{{"\xa1\x62op\x02\xa0", one, end}}, "1 com.atproto.sync.subscribeRepos: End", ""},
		"a payload of another form is reported":                 {[][]string{{one, header + "\xa0", two, end}}, "1 ! 2 com.atproto.sync.subscribeRepos: End", ""},
		"a malformed header cuts":                               {[][]string{{one, "\xff"}, {two, end}}, "1 2 com.atproto.sync.subscribeRepos: End", ",1"},
		"an empty frame cuts":                                   {[][]string{{one, ""}, {two, end}}, "1 2 com.atproto.sync.subscribeRepos: End", ",1"},
		"a header without op cuts":                              {[][]string{{one, "\xa0\xa0"}, {two, end}}, "1 2 com.atproto.sync.subscribeRepos: End", ",1"},
		"a cut payload is reported":                             {[][]string{{one, two[:len(two)-1], three, end}}, "1 ! 3 com.atproto.sync.subscribeRepos: End", ""},
		"a third object is reported":                            {[][]string{{one, two + "\xa0", three, end}}, "1 ! 3 com.atproto.sync.subscribeRepos: End", ""},
		"a cut header cuts":                                     {[][]string{{one, two[:len(header)-1]}, {two, end}}, "1 2 com.atproto.sync.subscribeRepos: End", ",1"},
		"unknown members are fine":                              {[][]string{{more, end}}, "1 com.atproto.sync.subscribeRepos: End", ""},
		"a message as text cuts":                                {[][]string{{one, "text " + two}, {two, end}}, "1 2 com.atproto.sync.subscribeRepos: End", ",1"},
		"text cuts":                                             {[][]string{{one, "text x"}, {two, end}}, "1 2 com.atproto.sync.subscribeRepos: End", ",1"},
		"too large cuts":                                        {[][]string{{one, strings.Repeat("x", 100_001)}, {two, end}}, "1 2 com.atproto.sync.subscribeRepos: End", ",1"},
		"what is malformed again is passed over":                {[][]string{{one, "\xff"}, {"\xff", two, end}}, "1 ! 2 com.atproto.sync.subscribeRepos: End", ",1"},
		"what else is malformed there is passed over":           {[][]string{{one, "\xff"}, {"\xfe", two, end}}, "1 ! 2 com.atproto.sync.subscribeRepos: End", ",1"},
		"several in a row are passed over":                      {[][]string{{one, "\xff", "\xfe", "text x", one, two}, {"\xff", "\xfe", "text x", one, one, two, end}}, "1 ! ! ! ! 2 com.atproto.sync.subscribeRepos: End", ",1"},
		"what is malformed elsewhere cuts":                      {[][]string{{one, "\xff"}, {two, "\xff"}, {"\xff", three, end}}, "1 2 ! 3 com.atproto.sync.subscribeRepos: End", ",1,2"},
		"what is too large again is passed over":                {[][]string{{one, strings.Repeat("x", 300_000)}, {strings.Repeat("x", 300_000), two, end}}, "1 ! 2 com.atproto.sync.subscribeRepos: End", ",1"},
		"what is far too large cuts for ever":                   {[][]string{{one, strings.Repeat("x", 2_000_000)}, {strings.Repeat("x", 2_000_000), two}, {two, end}}, "1 2 com.atproto.sync.subscribeRepos: End", ",1,1"},
		"a seq that falls again is passed over":                 {[][]string{{two, one}, {one, three, end}}, "2 ! 3 com.atproto.sync.subscribeRepos: End", ",2"},
		"text again is passed over":                             {[][]string{{one, "text x"}, {"text x", two, end}}, "1 ! 2 com.atproto.sync.subscribeRepos: End", ",1"},
		"unusual headers are read":                              {[][]string{{"\xa3\x61t\x68#account\x61x\x00\x62op\x01" + strings.TrimPrefix(one, header), end}}, "1 com.atproto.sync.subscribeRepos: End", ""},
		"400 is final":                                          {[][]string{{"status 400"}}, "com.atproto.sync.subscribeRepos: InvalidRequest (400)", ""},
		"503 is tried again":                                    {[][]string{{"status 503"}, {one, end}}, "1 com.atproto.sync.subscribeRepos: End", ","},
		"503 at first is not for ever":                          {[][]string{{"status 503"}}, "com.atproto.sync.subscribeRepos: NotEnoughResources (503)", ",,"},
		"503 later is":                                          {[][]string{{one}, {"status 503"}, {"status 502"}, {"status 503"}, {"status 503"}, {two, end}}, "1 2 com.atproto.sync.subscribeRepos: End", ",1,1,1,1,1"},
		"silence is a dead connection, unless it answers pings": {[][]string{{one, "silence"}}, "1 context deadline exceeded", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				server := &connections{scripts: c.scripts}
				client := xrpctest.NewClient(t, server)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				var got []string
				for m, err := range comatproto.SyncSubscribeRepos.Subscribe(ctx, client, nil, xrpc.WithMaxFrame(100_000)) {
					got = append(got, pair(m, err))
					if len(got) == 10 {
						break
					}
				}
				if diff := cmp.Diff(c.want, strings.Join(got, " ")); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				server.mu.Lock()
				defer server.mu.Unlock()
				if diff := cmp.Diff(c.cursors, strings.Join(server.cursors, ",")); diff != "" {
					t.Errorf("cursors (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestRecordsAreMessages has a stream whose messages are records.
func TestRecordsAreMessages_ES05(t *testing.T) {
	t.Parallel()
	blocks := xrpc.Subscription[*xrpc.None, lex.Object]{NSID: "com.example.blocks", Messages: &lex.Union{Members: []lex.Object{(*appbsky.GraphBlock)(nil)}}}
	server := xrpc.NewServer()
	sent := &appbsky.GraphBlock{Subject: "did:web:a.test", CreatedAt: "2024-01-01T00:00:00Z", Extra: lex.Extra{"more": true}}
	blocks.Handle(server, func(_ context.Context, _ *xrpc.Request[*xrpc.None, *xrpc.None], out *xrpc.Stream[lex.Object]) error {
		return out.Send(sent)
	})
	for m, err := range blocks.Subscribe(t.Context(), xrpctest.NewClient(t, server), nil) {
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(lex.Object(sent), m); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return
	}
}

// ending is credentials that are good for one connection.
type ending struct{ asked int }

var errEnded = errors.New("the session has ended")

func (e *ending) Authorize(context.Context, *http.Request, *xrpc.Method) error {
	if e.asked++; e.asked > 1 {
		return errEnded
	}
	return nil
}

func (*ending) Refused(context.Context, *http.Request, *xrpc.Error) (bool, error) { return false, nil }

// TestCredentialsEndStreams has a stream that is cut after the session has ended,
// which no other connection can mend.
func TestCredentialsEndStreams(t *testing.T) {
	t.Parallel()
	server := &connections{scripts: [][]string{{frame(t, account(1))}}}
	credentials := &ending{}
	var got []string
	for m, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), xrpctest.NewClient(t, server, xrpc.WithCredentials(credentials)), nil) {
		got = append(got, pair(m, err))
	}
	if diff := cmp.Diff([]string{"1", "the session has ended"}, got); diff != "" || credentials.asked != 2 {
		t.Errorf("asked %d times (-want +got):\n%s", credentials.asked, diff)
	}
}

func pair(m lex.Object, err error) string {
	var bad *xrpc.FrameError
	switch {
	case errors.As(err, &bad):
		return "!"
	case err != nil:
		return err.Error()
	}
	if seq, ok := lex.IntegerOf(m, "seq"); ok {
		return fmt.Sprint(seq)
	}
	return "info"
}

// TestLeavingTheLoopClosesTheConnection counts how the service sees its callers go.
func TestLeavingTheLoopClosesTheConnection_ES07(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &metrics{}
		server := xrpc.NewServer(xrpc.WithMetrics(m))
		comatproto.SyncSubscribeRepos.Handle(server, func(ctx context.Context, _ *comatproto.SyncSubscribeReposRequest, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
			for seq := int64(1); ; seq++ {
				if err := out.Send(account(seq)); err != nil {
					return err
				}
				select {
				case <-time.After(time.Second):
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		})
		n := 0
		for range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), xrpctest.NewClient(t, server), nil) {
			if n++; n == 3 {
				break
			}
		}
		synctest.Wait()
		if diff := cmp.Diff([]string{"client after 3"}, m.closed); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestAServerThatClosesSaysSo ends streams that would go on for ever.
func TestAServerThatClosesSaysSo(t *testing.T) {
	t.Parallel()
	m := &metrics{}
	server := xrpc.NewServer(xrpc.WithMetrics(m))
	started := make(chan struct{}, 10)
	comatproto.SyncSubscribeRepos.Handle(server, func(ctx context.Context, _ *comatproto.SyncSubscribeReposRequest, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
		err := out.Send(account(1))
		started <- struct{}{}
		<-ctx.Done()
		return err
	})
	client := xrpctest.NewClient(t, server)
	done := make(chan string)
	go func() {
		var got []string
		for m, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), client, nil, xrpc.WithReconnects(0)) {
			got = append(got, pair(m, err))
		}
		done <- strings.Join(got, " ")
	}()
	<-started
	if err := server.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if got := <-done; !strings.HasPrefix(got, "1 ") || !strings.Contains(got, "StatusGoingAway") {
		t.Error(got)
	}
	if diff := cmp.Diff([]string{"shutdown after 1"}, m.closed); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w := httptest.NewRecorder()
	r := handshake(t)
	if server.ServeHTTP(w, r); w.Code != http.StatusServiceUnavailable {
		t.Errorf("status %d after the end", w.Code)
	}
}

// handshake is a request that opens a stream.
func handshake(t testing.TB) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/xrpc/"+repos, nil)
	for key, value := range map[string]string{
		"Connection": "keep-alive, Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
	} {
		r.Header.Set(key, value)
	}
	return r
}

// TestASlowConsumerIsToldSo_ES11 has a caller that reads nothing. What waits for it
// is bounded, and so is the time that the handler is held up.
func TestASlowConsumerIsToldSo_ES11(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &metrics{}
		server := xrpc.NewServer(xrpc.WithMetrics(m), xrpc.WithStreamLimits(xrpc.StreamLimits{Frames: 10, Patience: 5 * time.Second}))
		sent, start := 0, time.Now()
		var took time.Duration
		comatproto.SyncSubscribeRepos.Handle(server, func(_ context.Context, _ *comatproto.SyncSubscribeReposRequest, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
			for {
				if err := out.Send(account(int64(sent + 1))); err != nil {
					took = time.Since(start)
					return err
				}
				sent++
			}
		})
		//nolint:bodyclose // the library closes it
		conn, _, err := websocket.Dial(t.Context(), xrpctest.URL+"/xrpc/"+repos, &websocket.DialOptions{HTTPClient: xrpctest.NewHTTPClient(t, server)})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.CloseNow()
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if sent > 25 || took != 5*time.Second {
			t.Errorf("%d messages were taken in %v", sent, took)
		}
		if got := readToTheEnd(t, conn) - 1; got != sent-10 { // what waits is dropped
			t.Errorf("%d of %d messages were sent", got, sent)
		}
		synctest.Wait()
		if len(m.closed) != 1 || !strings.HasPrefix(m.closed[0], "ConsumerTooSlow") {
			t.Errorf("closed: %v", m.closed)
		}
	})
}

// readToTheEnd reads what was under way, and then the reason, and returns how many frames
// there were.
func readToTheEnd(t *testing.T, conn *websocket.Conn) (frames int) {
	t.Helper()
	var last string
	for {
		_, b, err := conn.Read(t.Context())
		if err == nil {
			last = string(b)
			frames++
			continue
		}
		if websocket.CloseStatus(err) != websocket.StatusPolicyViolation || !strings.Contains(err.Error(), "ConsumerTooSlow") {
			t.Error(err)
		}
		break
	}
	if last != string(xrpc.AppendErrorFrame(nil, "ConsumerTooSlow", "The consumer does not keep up")) {
		t.Errorf("last frame %x", last)
	}
	return frames
}

// TestStreamsAreBounded opens more than there may be.
func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	server := xrpc.NewServer(xrpc.WithStreamLimits(xrpc.StreamLimits{Streams: 2}))
	comatproto.SyncSubscribeRepos.Handle(server, func(ctx context.Context, _ *comatproto.SyncSubscribeReposRequest, _ *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
		<-ctx.Done()
		return nil
	})
	client := xrpctest.NewHTTPClient(t, server)
	for i := range 4 {
		//nolint:bodyclose // the library closes it
		conn, res, err := websocket.Dial(t.Context(), xrpctest.URL+"/xrpc/"+repos, &websocket.DialOptions{HTTPClient: client})
		if i < 2 {
			if err != nil {
				t.Fatal(err)
			}
			defer conn.CloseNow()
		} else if res == nil || res.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("stream %d: %v", i, err)
		}
	}
}

// TestPanicsInStreamsAreContained_ES06 shows that the caller learns no more than that
// something failed.
func TestPanicsInStreamsAreContained_ES06(t *testing.T) {
	t.Parallel()
	server := xrpc.NewServer()
	comatproto.SyncSubscribeRepos.Handle(server, func(context.Context, *comatproto.SyncSubscribeReposRequest, *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
		panic("secret")
	})
	for _, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), xrpctest.NewClient(t, server), nil) {
		if want := `com.atproto.sync.subscribeRepos: InternalServerError: "Internal Server Error"`; err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
	}
}

// FuzzFrame claims that no frame, however it looks, ends anything but its stream.
func FuzzFrame(f *testing.F) {
	f.Add([]byte("\xa2\x61t\x68#account\x62op\x01\xa0"))
	f.Add([]byte("\xa1\x62op\x20\xa0"))
	f.Add([]byte("\xa3\x61t\x61#\x61x\x00\x62op\x01"))
	f.Add([]byte("\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		server := &connections{scripts: [][]string{{string(b)}}}
		client := xrpctest.NewClient(t, server)
		n := 0
		for range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), client, nil, xrpc.WithReconnects(0)) {
			if n++; n > 2 {
				t.Fatal("one frame gave more than two pairs")
			}
		}
	})
}
