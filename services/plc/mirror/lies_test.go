package mirror_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	did "github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/plc/mirror"
	"github.com/lexgen/lexgen/services/plc/store/storetest"
)

// liar is an upstream that answers as a test wants.
type liar struct {
	page    func(w http.ResponseWriter, r *http.Request, after int64)
	stream  func(ctx context.Context, conn *websocket.Conn) // nil if there is none
	timeout time.Duration                                   // of a request; a minute if zero
}

// cost is what a mirror has done when it has waited ten times for an upstream.
type cost struct {
	Requests int64 // at most
	MiB      int64 // read, at most
	Taken    int64
	Aside    int64
	Head     int64
	Waits    string
}

// counting is a transport that counts requests, and bytes of answers.
type counting struct {
	base            http.RoundTripper
	requests, bytes atomic.Int64
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.requests.Add(1)
	answer, err := c.base.RoundTrip(r)
	if err == nil && answer.StatusCode == http.StatusOK {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.TeeReader(answer.Body, counter{&c.bytes}), answer.Body}
	}
	return answer, err
}

type counter struct{ n *atomic.Int64 }

func (c counter) Write(p []byte) (int, error) { c.n.Add(int64(len(p))); return len(p), nil }

// suffer follows a liar until the mirror has waited ten times, and returns what it
// has cost. The waits are over at once.
func suffer(t *testing.T, l liar) cost {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/export/stream" {
			after, err := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
			if err != nil {
				t.Error(err)
			}
			l.page(w, r, after)
			return
		}
		if l.stream == nil {
			http.Error(w, "there is none", http.StatusNotFound)
			return
		}
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		l.stream(r.Context(), conn)
	}))
	defer server.Close()
	if l.timeout == 0 {
		l.timeout = time.Minute
	}
	base := &http.Transport{}
	defer base.CloseIdleConnections()
	transport, into := &counting{base: base}, &storetest.Memory{}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var waits []string
	m := mirror.New(mirror.Options{
		Client: &did.Client{URL: server.URL, HTTP: &http.Client{Transport: transport, Timeout: l.timeout}}, Store: into, Idle: l.timeout,
		After: func(d time.Duration) <-chan time.Time {
			if waits = append(waits, d.String()); len(waits) == 10 {
				cancel()
			}
			over := make(chan time.Time, 1)
			over <- time.Time{}
			return over
		},
	})
	m.Run(ctx)
	if len(waits) != 10 {
		t.Fatalf("it has waited %d times only: %v", len(waits), waits)
	}
	head, err := into.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return cost{
		transport.requests.Load(), (transport.bytes.Load() + 1<<20 - 1) >> 20, m.Taken(), m.SetAside(), head, strings.Join(waits, " "),
	}
}

// lines has operations in the form of an export.
type lines struct{ t *testing.T }

func (l lines) line(seq int64, change func(*did.Sequenced)) string {
	l.t.Helper()
	op := plctest.Update(l.t, plctest.State(l.t, fmt.Sprintf("account-%d.test", seq), "a"), nil, "a")
	s := did.Sequenced{Seq: seq, Entry: did.Entry{DID: did.DID(op), Operation: op, CID: did.CID(op), CreatedAt: plctest.Noon}}
	if change != nil {
		change(&s)
	}
	text, err := json.Marshal(s)
	if err != nil {
		l.t.Fatal(err)
	}
	return string(text) + "\n"
}

// once answers the first request with a page, and all others with an empty one.
func once(page string) func(http.ResponseWriter, *http.Request, int64) {
	var first sync.Once
	return func(w http.ResponseWriter, _ *http.Request, _ int64) {
		first.Do(func() { io.WriteString(w, page) })
	}
}

// TestLiesHaveAPrice_ID42 has an upstream for each way to lie. What does not verify
// is set aside, what does is kept, and what the lies cost is bounded: in requests,
// bytes and waits, which double up to a minute while nothing is kept.
func TestLiesHaveAPrice_ID37_ID38_ID42(t *testing.T) {
	t.Parallel()
	const waits = "1s 2s 4s 8s 16s 32s 1m0s 1m0s 1m0s 1m0s"
	l := lines{t}
	other := plctest.Update(t, plctest.State(t, "other.test", "b"), nil, "b")
	good := l.line(1, nil)
	junk := func(seq int64) string {
		return fmt.Sprintf(`{"type":"other","seq":%d,"fill":%q}`+"\n", seq, strings.Repeat("x", 10_000))
	}
	for name, c := range map[string]struct {
		liar liar
		want cost
	}{
		"an altered operation": {
			liar{page: once(good + strings.Replace(l.line(2, nil), "account-2.test", "account-3.test", 1))},
			cost{21, 1, 1, 1, 2, waits},
		},
		"another CID": {
			liar{page: once(good + l.line(2, func(s *did.Sequenced) { s.CID = did.CID(other) }))},
			cost{21, 1, 1, 1, 2, waits},
		},
		"another DID": {
			liar{page: once(good + l.line(2, func(s *did.Sequenced) { s.DID = did.DID(other) }))},
			cost{21, 1, 1, 1, 2, waits},
		},
		"signed by another key": {
			liar{page: once(good + l.line(2, func(s *did.Sequenced) {
				op := plctest.Update(t, plctest.State(t, "alice.test", "a"), nil, "b")
				s.Operation, s.DID, s.CID = op, did.DID(op), did.CID(op)
			}))},
			cost{21, 1, 1, 1, 2, waits},
		},
		"a number that goes back": {
			liar{page: once(l.line(5, nil) + l.line(4, nil) + l.line(6, nil))},
			cost{21, 1, 2, 1, 6, waits},
		},
		"the same twice": {
			liar{page: once(good + good + l.line(2, nil))},
			cost{21, 1, 2, 1, 2, waits},
		},
		"the same page for ever": {
			liar{page: func(w http.ResponseWriter, _ *http.Request, _ int64) { io.WriteString(w, good+l.line(2, nil)) }},
			cost{21, 1, 2, 20, 2, waits},
		},
		"a page that breaks off": {
			liar{page: func(w http.ResponseWriter, _ *http.Request, _ int64) {
				w.Header().Set("Content-Length", "100000")
				io.WriteString(w, good[:len(good)-10])
			}},
			cost{10, 1, 0, 0, 0, waits},
		},
		"empty pages": {
			liar{page: func(http.ResponseWriter, *http.Request, int64) {}},
			cost{20, 0, 0, 0, 0, waits},
		},
		"a line without end": {
			liar{page: func(w http.ResponseWriter, r *http.Request, _ int64) {
				for fill := []byte(strings.Repeat("x", 64<<10)); r.Context().Err() == nil; {
					if _, err := w.Write(fill); err != nil {
						return
					}
				}
			}},
			cost{10, 160, 0, 0, 0, waits},
		},
		"junk without end": {
			liar{page: func(w http.ResponseWriter, _ *http.Request, after int64) {
				for i := range int64(1000) {
					io.WriteString(w, junk(after+i+1))
				}
			}},
			cost{10, 100, 0, 10_000, 10_000, waits},
		},
		"junk without numbers": {
			liar{page: func(w http.ResponseWriter, _ *http.Request, _ int64) { io.WriteString(w, strings.Repeat("{}\n", 2000)) }},
			cost{10, 1, 0, 10_000, 0, waits},
		},
		"junk on the stream": {
			liar{page: func(http.ResponseWriter, *http.Request, int64) {}, stream: func(ctx context.Context, conn *websocket.Conn) {
				for conn.Write(ctx, websocket.MessageText, []byte("junk")) == nil { //nolint:revive // until the mirror has enough
				}
			}},
			cost{20, 0, 0, 10_000, 0, waits},
		},
		"a message that is too long": {
			liar{page: func(http.ResponseWriter, *http.Request, int64) {}, stream: func(ctx context.Context, conn *websocket.Conn) {
				conn.Write(ctx, websocket.MessageText, make([]byte, did.MaxLine+1))
			}},
			cost{20, 0, 0, 0, 0, waits},
		},
		"an answer that never comes": {
			liar{timeout: 50 * time.Millisecond, page: func(_ http.ResponseWriter, r *http.Request, _ int64) { <-r.Context().Done() }},
			cost{10, 0, 0, 0, 0, waits},
		},
		"a page that drips": {
			liar{timeout: 50 * time.Millisecond, page: func(w http.ResponseWriter, r *http.Request, _ int64) {
				io.WriteString(w, good[:20])
				w.(http.Flusher).Flush()
				<-r.Context().Done()
			}},
			cost{10, 1, 0, 0, 0, waits},
		},
		"a stream that is silent": {
			liar{
				timeout: 200 * time.Millisecond, page: func(http.ResponseWriter, *http.Request, int64) {},
				stream: func(ctx context.Context, conn *websocket.Conn) { <-conn.CloseRead(ctx).Done() },
			},
			cost{20, 0, 0, 0, 0, waits},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := suffer(t, c.liar)
			if got.Requests <= c.want.Requests && got.MiB <= c.want.MiB { // as much as allowed
				got.Requests, got.MiB = c.want.Requests, c.want.MiB
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTenThousandEmptyPages reads no more than one of them before it asks for the
// stream.
func TestTenThousandEmptyPages(t *testing.T) {
	t.Parallel()
	var pages atomic.Int64
	followed := make(chan struct{})
	got := suffer(t, liar{
		page: func(http.ResponseWriter, *http.Request, int64) { pages.Add(1) },
		stream: func(context.Context, *websocket.Conn) {
			if pages.Load() == 10 {
				close(followed)
			}
		},
	})
	select {
	case <-followed:
	case <-time.After(plctest.Patience):
		t.Error("the stream is not asked for")
	}
	if pages.Load() != 10 || got.Requests != 20 {
		t.Errorf("%d pages, %d requests", pages.Load(), got.Requests)
	}
}
