package fanout_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/fanout"
)

// reference serves a log as package sync does.
func reference(t testing.TB, log *sync.Log) string {
	t.Helper()
	server := xrpc.NewServer()
	comatproto.SyncSubscribeRepos.Handle(server, log.Serve)
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	t.Cleanup(func() { _ = server.Close(context.Background()) })
	return listening.Listener.Addr().String()
}

// TestAnswersBeforeTheUpgrade sends what is no upgrade, and compares the answers with
// those of package xrpc.
func TestAnswersBeforeTheUpgrade_ES02(t *testing.T) {
	t.Parallel()
	log := openLog(t, &sync.MemoryLog{})
	_, ours := serve(t, fanout.Options{Log: log})
	theirs := reference(t, log)
	const upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
	for _, request := range []string{
		"GET " + path + " HTTP/1.1\r\n",
		"POST " + path + " HTTP/1.1\r\n" + upgrade,
		"HEAD " + path + " HTTP/1.1\r\n" + upgrade,
		"OPTIONS " + path + " HTTP/1.1\r\n",
		"GET " + path + "?cursor=x HTTP/1.1\r\n" + upgrade,
		"GET " + path + "?cursor=1&cursor=2 HTTP/1.1\r\n" + upgrade,
		"GET " + path + "?cursor=9223372036854775808 HTTP/1.1\r\n" + upgrade,
		"GET " + path + "?__proto__=1 HTTP/1.1\r\n" + upgrade,
		"GET " + path + " HTTP/1.1\r\n" + strings.Replace(upgrade, "13", "8", 1),
		"GET " + path + " HTTP/1.1\r\n" + strings.Replace(upgrade, "==", "", 1),
		"GET " + path + " HTTP/1.1\r\n" + strings.Replace(upgrade, "websocket", "h2c", 1),
		"GET /xrpc/com.atproto.sync.getRepo HTTP/1.1\r\n",
		"GET /xrpc/x HTTP/1.1\r\n",
		"GET / HTTP/1.1\r\n",
	} {
		got, want := answer(t, ours, request), answer(t, theirs, request)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", request, diff)
		}
		if strings.Contains(want, " 101 ") {
			t.Errorf("%q is an upgrade", request)
		}
	}
}

// answer returns an answer as text.
func answer(t *testing.T, address, request string) string {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "%sHost: x\r\nConnection: close\r\n\r\n", request); err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, _ := io.ReadAll(r.Body) // that of HEAD has none
	r.Header.Del("Date")
	var b strings.Builder
	fmt.Fprintln(&b, r.Proto, r.Status)
	_ = r.Header.Write(&b)
	return b.String() + string(body)
}

// messages returns all that a stream says until it has said so much, or ends.
func messages(t *testing.T, address string, cursor int64, count int) (all []string) {
	t.Helper()
	conn := dial(t, address, cursor)
	for range count {
		kind, b, err := conn.Read(t.Context())
		if err != nil {
			return append(all, fmt.Sprintf("%d %v", websocket.CloseStatus(err), err))
		}
		all = append(all, fmt.Sprintf("%v %q", kind, b))
	}
	return all
}

// TestCursors has streams that begin anywhere, in a log of which the beginning is dropped,
// one account erased, and which has skipped some seqs. They are what package sync sends.
func TestCursors_ES03_ES06_ES09_ES10(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func() *sync.Log{
		"memory": func() *sync.Log { return openLog(t, &sync.MemoryLog{}) },
		"store":  func() *sync.Log { return openFile(t, sync.WithTail(0, 0)) },
	} {
		log := open()
		fill(t, log, 100, 100)
		if err := errors.Join(log.Drop(t.Context(), 20), log.Erase(t.Context(), deleted(3, 60)), log.Skip(t.Context(), 200)); err != nil {
			t.Fatal(err)
		}
		fill(t, log, 10, 70_000)
		_, ours := serve(t, fanout.Options{Log: log})
		theirs := reference(t, log)
		for _, c := range []struct {
			cursor int64
			count  int
		}{
			{0, 86}, {1, 87}, {19, 87}, {20, 86}, {21, 85}, {59, 51}, {60, 50}, {61, 49}, {99, 11}, {100, 10}, {150, 10}, {200, 10}, {209, 1},
			{211, 2}, {1 << 53, 2}, {1<<63 - 1, 2},
		} {
			got, want := messages(t, ours, c.cursor, c.count), messages(t, theirs, c.cursor, c.count)
			if diff := cmp.Diff(want, got); diff != "" || len(want) != c.count {
				t.Errorf("%s: behind %d: %d messages (-want +got):\n%s", name, c.cursor, len(want), diff)
			}
		}
	}
}

// deleted returns the event that says that an account was deleted.
func deleted(n int, seq int64) *comatproto.SyncSubscribeReposAccount {
	return &comatproto.SyncSubscribeReposAccount{DID: didOf(n), Seq: seq, Status: lex.String("deleted")}
}

// TestLiveOnly has subscribers without a cursor, and at the latest seq.
func TestLiveOnly_ES09(t *testing.T) {
	t.Parallel()
	log := openFile(t)
	fill(t, log, 10, 10)
	_, address := serve(t, fanout.Options{Log: log})
	a, b := dial(t, address, -1), dial(t, address, 10)
	fill(t, log, 3, 10)
	for _, conn := range []*websocket.Conn{a, b} {
		for want := range int64(3) {
			_, frame, err := conn.Read(t.Context())
			if err != nil || seqOf(t, frame) != 11+want {
				t.Fatalf("%d, %v", seqOf(t, frame), err)
			}
		}
	}
}

// TestOurClientFollows has the client of this project read what the server sends.
func TestOurClientFollows_ES03_ES10(t *testing.T) {
	t.Parallel()
	log := openFile(t, sync.WithTail(100, 1<<20))
	fill(t, log, 5000, 300)
	_, address := serve(t, fanout.Options{Log: log})
	client := xrpc.NewClient("http://" + address)
	next := int64(1)
	for m, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), client, &comatproto.SyncSubscribeReposParams{Cursor: lex.Int(0)}) {
		if err != nil {
			t.Fatal(err)
		}
		if seq, _ := lex.IntegerOf(m, "seq"); seq != next {
			t.Fatalf("%d, want %d", seq, next)
		}
		if next++; next > 5000 {
			break
		}
	}
}

// TestTooManySubscribers has more of them than there may be, of one address and in all.
func TestTooManySubscribers_ES02(t *testing.T) {
	t.Parallel()
	log := openLog(t, &sync.MemoryLog{})
	server, address := serve(t, fanout.Options{Log: log, Subscribers: 3, PerAddress: 2, AddressHeader: "X-Address"})
	try := func(who string) (*websocket.Conn, int) {
		conn, answer, err := websocket.Dial(t.Context(), "ws://"+address+path, &websocket.DialOptions{HTTPHeader: http.Header{"X-Address": {who}}})
		if answer == nil {
			t.Fatal(err)
		}
		if err == nil {
			t.Cleanup(func() { _ = conn.CloseNow() })
			return conn, http.StatusSwitchingProtocols
		}
		defer answer.Body.Close()
		return nil, answer.StatusCode
	}
	enter := func(who string) *websocket.Conn {
		conn, status := try(who)
		if conn == nil {
			t.Fatalf("%s is answered %d", who, status)
		}
		return conn
	}
	first := enter("192.0.2.1")
	enter("192.0.2.1")
	if _, got := try("192.0.2.1"); got != http.StatusTooManyRequests {
		t.Errorf("a third one of an address: %d", got)
	}
	enter("192.0.2.2")
	if _, got := try("192.0.2.3"); got != http.StatusServiceUnavailable {
		t.Errorf("a fourth one: %d", got)
	}
	_ = first.Close(websocket.StatusNormalClosure, "")
	eventually(t, "there is a place", func() bool { return server.Stats().Subscribers == 2 })
	enter("192.0.2.1")
	if got := server.Stats(); got.Total != 4 || got.Ended[fanout.ReasonClient] != 1 {
		t.Errorf("%+v", got)
	}
}

// TestClose ends subscriptions with the code that says so, and takes no more.
func TestClose_ES06(t *testing.T) {
	t.Parallel()
	log := openLog(t, &sync.MemoryLog{})
	fill(t, log, 3, 10)
	server, address := serve(t, fanout.Options{Log: log})
	conn := dial(t, address, 2)
	if _, frame, err := conn.Read(t.Context()); err != nil || seqOf(t, frame) != 3 {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Close(context.Background()) }()
	_, _, err := conn.Read(t.Context())
	if websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, answer, err := websocket.Dial(t.Context(), "ws://"+address+path, nil); err == nil || answer.StatusCode != http.StatusServiceUnavailable { //nolint:bodyclose // it is an error
		t.Error(err)
	}
	if got := server.Stats(); got.Ended[fanout.ReasonShutdown] != 1 {
		t.Errorf("%+v", got)
	}
}

// TestCloseCutsThoseWhoTakeNothing ends when its context does.
func TestCloseCutsThoseWhoTakeNothing(t *testing.T) {
	t.Parallel()
	log := openLog(t, &sync.MemoryLog{})
	fill(t, log, 300, 100_000)
	server, address := serve(t, fanout.Options{Log: log})
	dialRaw(t, address, 0)
	eventually(t, "it is sent something", func() bool { return server.Stats().Frames > 0 })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := server.Close(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestWhatIsGoneIsNotSent has segments in memory when events are erased and dropped.
func TestWhatIsGoneIsNotSent_ES09_SN23(t *testing.T) {
	t.Parallel()
	log := openFile(t)
	fill(t, log, 50, 100)
	server, address := serve(t, fanout.Options{Log: log})
	seqs := func(cursor int64, count int) (all []int64) {
		conn := dial(t, address, cursor)
		for range count {
			_, frame, err := conn.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, seqOf(t, frame))
		}
		return all
	}
	if got := seqs(0, 50); !slices.IsSorted(got) || got[0] != 1 || server.Stats().Held == 0 {
		t.Fatal(got)
	}
	if err := log.Erase(t.Context(), deleted(3, 44)); err != nil { // of 4, 14, 24, 34 and 44
		t.Fatal(err)
	}
	if got := fmt.Sprint(seqs(2, 3), seqs(42, 3)); got != "[3 5 6] [43 44 45]" {
		t.Errorf("after an erasure: %s", got)
	}
	if err := log.Drop(t.Context(), 25); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(seqs(0, 3), seqs(10, 2), seqs(30, 1)); got != "[26 27 28] [0 26] [31]" {
		t.Errorf("after dropping: %s", got)
	}
}

// TestSubscribers looks at what an administrator sees, and what Prometheus does.
func TestSubscribers(t *testing.T) {
	t.Parallel()
	log := openFile(t)
	fill(t, log, 20, 10)
	server, address := serve(t, fanout.Options{Log: log})
	dialRaw(t, address, 5)
	eventually(t, "all is sent", func() bool { return server.Stats().Frames == 15 })
	got := server.Subscribers()[0]
	if got.Address != "127.0.0.1" || got.Agent != "raw" || got.Cursor != 20 || got.Lag != 0 || got.Frames != 15 || got.Bytes == 0 || got.Rate <= 0 {
		t.Errorf("%+v", got)
	}
	if n, err := testutil.GatherAndCount(registryOf(t, server)); err != nil || n != 7 {
		t.Errorf("%d metrics, %v", n, err)
	}
}

func registryOf(t *testing.T, c prometheus.Collector) *prometheus.Registry {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(c); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestHandshakesOfStrangers has clients ask for compression, for cursors that never were, and
// come and go faster than anything is sent: nobody is sent what was not agreed on, and no
// place is lost.
func TestHandshakesOfStrangers_ES09(t *testing.T) {
	t.Parallel()
	log := openLog(t, &sync.MemoryLog{})
	fill(t, log, 3, 100)
	server, address := serve(t, fanout.Options{Log: log, PerAddress: 5})
	conn, answer, err := websocket.Dial(t.Context(), "ws://"+address+path+"?cursor=0", &websocket.DialOptions{CompressionMode: websocket.CompressionContextTakeover}) //nolint:bodyclose // it is the connection
	if err != nil {
		t.Fatal(err)
	}
	if got := answer.Header.Get("Sec-WebSocket-Extensions"); got != "" {
		t.Errorf("compression was agreed on: %s", got)
	}
	if _, frame, err := conn.Read(t.Context()); err != nil || seqOf(t, frame) != 1 {
		t.Errorf("%q %v", frame, err)
	}
	_ = conn.CloseNow()
	for _, cursor := range []string{"-1", "-9223372036854775808"} {
		conn, _, err := websocket.Dial(t.Context(), "ws://"+address+path+"?cursor="+cursor, nil) //nolint:bodyclose // as above
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []int64{1, 2, 3} { // nothing was dropped that it could have missed
			if _, frame, err := conn.Read(t.Context()); err != nil || seqOf(t, frame) != want {
				t.Errorf("%s: %q %v, want %d", cursor, frame, err, want)
			}
		}
		_ = conn.CloseNow()
	}
	const request = "GET " + path + "?cursor=0 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
	for range 300 {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Write([]byte(request))
		_ = conn.Close()
	}
	for range 5 { // all places of the address are there again, when the last one was seen to have gone
		eventually(t, "there is a place", func() bool {
			conn, _, err := websocket.Dial(t.Context(), "ws://"+address+path+"?cursor=0", nil) //nolint:bodyclose // as above
			if err == nil {
				t.Cleanup(func() { _ = conn.CloseNow() })
			}
			return err == nil
		})
	}
	if got := server.Stats().Subscribers; got != 5 {
		t.Errorf("there are %d subscribers", got)
	}
}
