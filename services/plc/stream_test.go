package plc_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	did "github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/plc"
	"github.com/lexgen/lexgen/services/plc/store"
	"github.com/lexgen/lexgen/services/plc/store/storetest"
)

// running serves a directory with its feed until stop is called, or the test ends.
func running(t *testing.T, s store.Store, clock *plctest.Clock, change func(*plc.Options)) (client *did.Client, stop func()) {
	t.Helper()
	server, client := serve(t, s, clock, change)
	ctx, cancel := context.WithCancel(context.Background())
	var feeding sync.WaitGroup
	feeding.Go(func() { server.Run(ctx) })
	stop = func() { cancel(); plctest.Await(t, "the feed", feeding.Wait) }
	t.Cleanup(stop)
	return client, stop
}

func dial(t *testing.T, client *did.Client, query string, h *http.Client) *websocket.Conn {
	t.Helper()
	conn, answer, err := websocket.Dial(plctest.Soon(t), client.URL+"/export/stream"+query, &websocket.DialOptions{HTTPClient: h}) //nolint:bodyclose // the connection has it
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(answer.Status)
	}
	conn.SetReadLimit(did.MaxLine)
	t.Cleanup(func() { conn.CloseNow() })
	return conn
}

// read returns the next message of a stream.
func read(t *testing.T, conn *websocket.Conn) ([]byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), plctest.Patience)
	defer cancel()
	_, text, err := conn.Read(ctx)
	return text, err
}

// next returns the number of the next operation of a stream.
func next(t *testing.T, conn *websocket.Conn) int64 {
	t.Helper()
	text, err := read(t, conn)
	if err != nil {
		t.Fatal(err)
	}
	op, err := did.ParseSequenced(text)
	if err != nil {
		t.Fatal(err)
	}
	return op.Seq
}

// closed reads a stream to its end and returns how it was closed.
func closed(t *testing.T, conn *websocket.Conn) string {
	t.Helper()
	for ctx := plctest.Soon(t); ; {
		_, _, err := conn.Read(ctx)
		if err == nil {
			continue
		}
		var end websocket.CloseError
		if !errors.As(err, &end) {
			t.Fatal(err)
		}
		return fmt.Sprint(int(end.Code), " ", end.Reason)
	}
}

// fill appends operations that nobody has signed, each of an account of its own.
func fill(t testing.TB, s store.Store, n int, at time.Time) {
	t.Helper()
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var batch []store.Addition
	for i := range n {
		op := &did.Update{State: plctest.State(t, fmt.Sprintf("account-%d-%d.test", head, i), "a"), Sig: "s"}
		batch = append(batch, plctest.Addition(op, op, at, 0))
	}
	if _, err := s.Append(t.Context(), batch...); err != nil {
		t.Fatal(err)
	}
}

func TestStreamBeginsWhereItIsOpened_ID38(t *testing.T) {
	t.Parallel()
	clock, memory := plctest.NewClock(), &storetest.Memory{}
	fill(t, memory, 3, clock.Now())
	client, _ := running(t, memory, clock, nil)
	conn := dial(t, client, "", nil)
	first := plctest.Update(t, plctest.State(t, "alice.test", "a"), nil, "a")
	if err := client.Submit(t.Context(), did.DID(first), first); err != nil {
		t.Fatal(err)
	}
	text, err := read(t, conn)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got["seq"] != 4.0 || got["type"] != "sequenced_op" || got["did"] != string(did.DID(first)) || got["createdAt"] != "2026-01-01T12:00:00.000Z" {
		t.Errorf("%s", text)
	}
}

// TestStreamHasAllAfterItsCursor reads what was there before, what the feed holds,
// and what another process adds meanwhile.
func TestStreamHasAllAfterItsCursor_ID38(t *testing.T) {
	t.Parallel()
	clock, memory := plctest.NewClock(), &storetest.Memory{}
	fill(t, memory, 450, clock.Now())
	client, _ := running(t, memory, clock, func(o *plc.Options) { o.Buffer = 20 })
	for _, from := range []int64{0, 5, 449, 450} {
		conn := dial(t, client, fmt.Sprint("?cursor=", from), nil)
		head, err := memory.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for want := from + 1; want <= head+30; want++ {
			if want == head-1 || want == head+1 && from >= head {
				fill(t, memory, 30, clock.Now()) // more than the feed holds
			}
			if got := next(t, conn); got != want {
				t.Fatalf("from %d: operation %d, want %d", from, got, want)
			}
		}
	}
}

func TestStreamRefusesCursors_ID38(t *testing.T) {
	t.Parallel()
	clock, memory := plctest.NewClock(), &storetest.Memory{}
	fill(t, memory, 1, clock.Now())
	clock.Add(7 * 24 * time.Hour)
	fill(t, memory, 1, clock.Now())
	client, _ := running(t, memory, clock, nil)
	if got := closed(t, dial(t, client, "?cursor=3", nil)); got != "1000 FutureCursor" {
		t.Error(got)
	}
	conn := dial(t, client, "?cursor=0", nil)
	if got := next(t, conn); got != 1 {
		t.Errorf("after exactly seven days: operation %d", got)
	}
	clock.Add(time.Millisecond)
	if got := closed(t, dial(t, client, "?cursor=0", nil)); got != "1000 OutdatedCursor" {
		t.Error(got)
	}
	if got := next(t, dial(t, client, "?cursor=1", nil)); got != 2 {
		t.Errorf("operation %d", got)
	}
	for _, cursor := range []string{"-1", "x", "99999999999999999999"} {
		_, answer, err := websocket.Dial(plctest.Soon(t), client.URL+"/export/stream?cursor="+cursor, nil) //nolint:bodyclose // it was read
		if err == nil || answer == nil || answer.StatusCode != http.StatusBadRequest {
			t.Errorf("cursor %s: %v", cursor, err)
		}
	}
}

// pipes is a network without buffers.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	conn, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

func (p pipes) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		p <- far
		return near, nil
	}}}
}

// TestASlowConsumerIsTold_ID38 has one client that reads an operation for each
// two that come in, and one that keeps pace.
func TestASlowConsumerIsTold_ID38(t *testing.T) {
	t.Parallel()
	const buffer = 16
	clock, memory := plctest.NewClock(), &storetest.Memory{}
	server := plc.New(plc.Options{Store: memory, Now: clock.Now, After: time.After, Poll: 5 * time.Millisecond, Buffer: buffer})
	network := make(pipes)
	var serving sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	httpServer := &http.Server{Handler: server}
	serving.Go(func() { httpServer.Serve(network) })
	serving.Go(func() { server.Run(ctx) })
	defer plctest.Await(t, "the server", serving.Wait)
	defer httpServer.Close()
	defer cancel()
	client := &did.Client{URL: "http://pipes.test"}
	slow, quick := dial(t, client, "?cursor=0", network.client()), dial(t, client, "?cursor=0", network.client())
	defer slow.CloseNow()
	defer quick.CloseNow()
	for count := int64(1); ; count++ {
		fill(t, memory, 2, clock.Now())
		for i := range int64(2) {
			if got := next(t, quick); got != 2*count-1+i {
				t.Fatalf("who keeps pace gets %d after %d", got, 2*count-2+i)
			}
		}
		_, err := read(t, slow)
		if err == nil && count < 20*buffer {
			continue
		}
		var end websocket.CloseError
		if !errors.As(err, &end) || end.Code != websocket.StatusNormalClosure || end.Reason != "ConsumerTooSlow" {
			t.Errorf("after %d operations: %v", count, err)
		}
		if count < buffer {
			t.Errorf("it is told after %d operations, and may be %d behind", count, buffer)
		}
		return
	}
}

// TestABurstClosesNoStream_ID38 adds more at once than the feed holds.
func TestABurstClosesNoStream_ID38(t *testing.T) {
	t.Parallel()
	clock, memory := plctest.NewClock(), &storetest.Memory{}
	client, _ := running(t, memory, clock, func(o *plc.Options) { o.Buffer = 4 })
	conn := dial(t, client, "", nil)
	for want := int64(0); want < 300; {
		fill(t, memory, 100, clock.Now())
		for range 100 {
			if want++; next(t, conn) != want {
				t.Fatalf("another one instead of %d", want)
			}
		}
	}
}

// TestAThousandStreams all get what comes in, and one more is refused until one of
// them ends.
func TestAThousandStreams_ID38(t *testing.T) {
	t.Parallel()
	const streams = 1000
	clock, memory := plctest.NewClock(), &storetest.Memory{}
	client, _ := running(t, memory, clock, func(o *plc.Options) { o.Streams = streams })
	var all []*websocket.Conn
	for range streams {
		all = append(all, dial(t, client, "", nil))
	}
	_, answer, err := websocket.Dial(plctest.Soon(t), client.URL+"/export/stream", nil) //nolint:bodyclose // it was read
	if err == nil || answer.StatusCode != http.StatusServiceUnavailable {
		t.Error(err)
	}
	fill(t, memory, 3, clock.Now())
	for i, conn := range all {
		for want := range int64(3) {
			if got := next(t, conn); got != want+1 {
				t.Fatalf("stream %d: operation %d, want %d", i, got, want+1)
			}
		}
	}
	all[0].CloseNow()
	for try := 0; ; try++ {
		conn, answer, err := websocket.Dial(plctest.Soon(t), client.URL+"/export/stream?cursor=0", nil) //nolint:bodyclose // it was read
		if err == nil {
			defer conn.CloseNow()
			if got := next(t, conn); got != 1 {
				t.Errorf("operation %d", got)
			}
			return
		}
		if answer == nil || answer.StatusCode != http.StatusServiceUnavailable || try == 1000 {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond) // until the directory has noticed
	}
}

func TestShutdownEndsStreams(t *testing.T) {
	t.Parallel()
	client, stop := running(t, &storetest.Memory{}, plctest.NewClock(), nil)
	conn := dial(t, client, "", nil)
	go stop()
	if got := closed(t, conn); got != "1001 the directory shuts down" {
		t.Error(got)
	}
	stop()
	_, answer, err := websocket.Dial(plctest.Soon(t), client.URL+"/export/stream", nil) //nolint:bodyclose // it was read
	if err == nil || answer.StatusCode != http.StatusServiceUnavailable {
		t.Error(err)
	}
	for path, want := range map[string]int{"/livez": http.StatusOK, "/readyz": http.StatusServiceUnavailable} {
		answer, err := http.Get(client.URL + path) //nolint:noctx // nothing waits
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s: %s", path, answer.Status)
		}
	}
}
