package fanout_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	stdsync "sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/fanout"
	"github.com/lexgen/lexgen/services/store/eventlog"
)

// TestMain demands that no test leaves a goroutine behind.
func TestMain(m *testing.M) {
	code := m.Run()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func didOf(n int) syntax.DID { return syntax.DID(fmt.Sprintf("did:web:account%d.example.com", n)) }

// eventOf returns an event of an account, as large as is asked for and somewhat more.
func eventOf(n, size int) lex.Object {
	if size > sync.MaxSync {
		return &comatproto.SyncSubscribeReposCommit{
			Repo: didOf(n), Rev: "3mabcdefgh222", Commit: lex.Link{CID: cid.Sum(cid.DagCBOR, nil)}, Blocks: make(lex.Bytes, size),
			Ops: []*comatproto.SyncSubscribeReposRepoOp{}, Blobs: []lex.Link{}, Time: syntax.DatetimeOf(noon),
		}
	}
	return &comatproto.SyncSubscribeReposSync{
		DID: didOf(n), Rev: "3mabcdefgh222", Blocks: make(lex.Bytes, size), Time: syntax.DatetimeOf(noon),
	}
}

func openLog(t testing.TB, store sync.LogStore, opts ...sync.LogOption) *sync.Log {
	t.Helper()
	log, err := sync.OpenLog(context.Background(), store, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// openFile returns a log in a file.
func openFile(t testing.TB, opts ...sync.LogOption) *sync.Log {
	t.Helper()
	db, err := eventlog.Open(context.Background(), filepath.Join(t.TempDir(), "events.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return openLog(t, db, opts...)
}

// fill appends events of 10 accounts in turn, or, if there are many, in any order.
func fill(t testing.TB, log *sync.Log, count, size int) {
	t.Helper()
	const many = 500
	if count > many {
		var wait stdsync.WaitGroup
		for n := range 100 {
			wait.Go(func() {
				for i := n; i < count; i += 100 {
					if _, err := log.Append(t.Context(), eventOf(n%10, size)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		return
	}
	for n := range count {
		if _, err := log.Append(t.Context(), eventOf(n%10, size)); err != nil {
			t.Fatal(err)
		}
	}
}

// serve listens until the test ends, and returns the address. All subscribers are gone
// then.
func serve(t testing.TB, o fanout.Options) (*fanout.Server, string) {
	t.Helper()
	server := fanout.New(o)
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := server.Close(ctx); err != nil {
			t.Error(err)
		}
		if stats := server.Stats(); stats.Subscribers != 0 {
			t.Errorf("subscribers are left: %+v", stats)
		}
	})
	return server, listening.Listener.Addr().String()
}

const path = "/xrpc/com.atproto.sync.subscribeRepos"

// dial connects with a client of another project. A negative cursor is none.
func dial(t testing.TB, address string, cursor int64) *websocket.Conn {
	t.Helper()
	url := "ws://" + address + path
	if cursor >= 0 {
		url += fmt.Sprintf("?cursor=%d", cursor)
	}
	conn, _, err := websocket.Dial(t.Context(), url, nil) //nolint:bodyclose // it is the connection
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(-1)
	t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

// seqOf returns the seq of a frame, 0 if it has none. It looks for the name alone, as what
// stands around it does not matter here, and many read much.
func seqOf(t testing.TB, frame []byte) int64 {
	t.Helper()
	_, value, ok := bytes.Cut(frame, []byte("\x63seq"))
	if !ok || len(value) < 9 {
		return 0
	}
	switch first, rest := value[0], value[1:]; first {
	case 0x18:
		return int64(rest[0])
	case 0x19:
		return int64(binary.BigEndian.Uint16(rest))
	case 0x1a:
		return int64(binary.BigEndian.Uint32(rest))
	case 0x1b:
		return int64(binary.BigEndian.Uint64(rest))
	default:
		return int64(first)
	}
}

// raw is a client that speaks by hand.
type raw struct {
	net.Conn

	t testing.TB
}

// dialRaw shakes hands and sends nothing else.
func dialRaw(t testing.TB, address string, cursor int64) *raw {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return shake(t, conn, cursor)
}

func shake(t testing.TB, conn net.Conn, cursor int64) *raw {
	t.Helper()
	query := ""
	if cursor >= 0 {
		query = fmt.Sprintf("?cursor=%d", cursor)
	}
	c := &raw{conn, t}
	c.send([]byte("GET " + path + query + " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nUser-Agent: raw\r\n\r\n"))
	var answer []byte
	for !strings.HasSuffix(string(answer), "\r\n\r\n") {
		answer = append(answer, c.read(1)...)
	}
	if !strings.HasPrefix(string(answer), "HTTP/1.1 101 ") {
		t.Fatalf("%s", answer)
	}
	return c
}

func (c *raw) send(b []byte) {
	c.t.Helper()
	if _, err := c.Write(b); err != nil {
		c.t.Fatal(err)
	}
}

func (c *raw) read(n int) []byte {
	c.t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(c, b); err != nil {
		c.t.Fatal(err)
	}
	return b
}

// frame reads a frame by hand: what must hold of all that a server sends is looked at.
func (c *raw) frame() (op byte, payload []byte) {
	c.t.Helper()
	op, payload, err := readFrame(c)
	if err != nil {
		c.t.Fatal(err)
	}
	return op, payload
}

var errFrame = errors.New("a frame that no server sends")

func readFrame(r io.Reader) (op byte, payload []byte, err error) {
	head := make([]byte, 2, 10)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	length, more := uint64(head[1]), 0
	switch length {
	case 126:
		more = 2
	case 127:
		more = 8
	}
	if head[0]&0xf0 != 0x80 || head[1]&0x80 != 0 {
		return 0, nil, errFrame
	}
	if more > 0 {
		b := make([]byte, 8)
		if _, err := io.ReadFull(r, b[8-more:]); err != nil {
			return 0, nil, err
		}
		if length = binary.BigEndian.Uint64(b); more == 2 && length < 126 || more == 8 && length < 1<<16 {
			return 0, nil, errFrame
		}
	}
	payload = make([]byte, length)
	_, err = io.ReadFull(r, payload)
	return head[0] & 0xf, payload, err
}

// masked returns a frame as clients send it, with the first byte as given.
func masked(first byte, payload string) []byte {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = append(b, 0x80|126, byte(n>>8), byte(n))
	default:
		b = append(b, 0x80|127)
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	mask := [4]byte{1, 2, 3, 4}
	b = append(b, mask[:]...)
	for i := range len(payload) {
		b = append(b, payload[i]^mask[i%4])
	}
	return b
}

// eventually waits until something is true.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for range 6000 {
		if is() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("it never came to be that %s", what)
}
