package xrpc

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"

	"github.com/bluesky-social/indigo/events"
	gobwasws "github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	gorillaws "github.com/gorilla/websocket"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/bench/report"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// smallFrames are events of an account.
func smallFrames(s *servers) (report.Comparison, error) {
	return frames(s, "an account", &comatproto.SyncSubscribeReposAccount{
		Active: true, DID: did, Seq: 1 << 34, Time: "2026-03-14T15:09:26.535Z",
	})
}

// commitFrames are events of one new record.
func commitFrames(s *servers) (report.Comparison, error) {
	const link = `{"$link":"bafyreicicneu2e36cyy3xiyb2wwkw3t3w6vhjtqrqxkfmvs66uoxg5txwi"}`
	text := `{"seq":17179869184,"rebase":false,"tooBig":false,"repo":"` + did + `","commit":` + link + `,"rev":"3mabcdefgh222","since":"3mabcdefgg222",` +
		`"blocks":{"$bytes":"` + strings.Repeat("QUJD", 1000) + `"},"ops":[{"action":"create","path":"app.bsky.feed.post/3mabcdefgh222","cid":` + link + `}],` +
		`"blobs":[],"prevData":` + link + `,"time":"2026-03-14T15:09:26.535Z"}`
	var commit comatproto.SyncSubscribeReposCommit
	if err := lex.DecodeJSON([]byte(text), &commit); err != nil {
		return report.Comparison{}, err
	}
	return frames(s, "a commit", &commit)
}

// A feed is a stream that a server sends on request: a count asks for so many
// frames, and read reads one.
type feed struct {
	ask  chan int
	read func() error
}

func newFeed() *feed { return &feed{ask: make(chan int, 1)} }

func (f *feed) run(n int) error {
	f.ask <- n
	for range n {
		if err := f.read(); err != nil {
			return err
		}
	}
	return nil
}

// frames compares streams of one event, which the server encodes for each frame and
// the client decodes.
func frames(s *servers, name string, event comatproto.SyncSubscribeReposMessage) (report.Comparison, error) {
	var none report.Comparison
	b, err := xrpc.AppendFrame(nil, comatproto.SyncSubscribeRepos.NSID, event)
	if err != nil {
		return none, err
	}
	var other events.XRPCStreamEvent
	if err := other.Deserialize(bytes.NewReader(b)); err != nil {
		return none, fmt.Errorf("%s: %w", gorilla, err)
	}
	var frame bytes.Buffer
	if err := other.Serialize(&frame); err != nil {
		return none, fmt.Errorf("%s: %w", gorilla, err)
	}
	if !bytes.Equal(frame.Bytes(), b) {
		return none, errOther
	}
	comparison := report.Comparison{Rows: []report.Row{{
		Work: fmt.Sprintf("frame of %s through a stream (%d B)", name, len(b)), Ours: ours, Theirs: gorilla,
	}}}
	for _, w := range []struct {
		name string
		open func() (*feed, error)
	}{
		{ours, func() (*feed, error) { return ownFeed(s, event) }},
		{gorilla, func() (*feed, error) { return gorillaFeed(s, &other) }},
		{gobwas, func() (*feed, error) { return gobwasFeed(s, &other) }},
		{rawBytes, func() (*feed, error) { return bytesFeed(s, b) }},
	} {
		f, err := w.open()
		if err != nil {
			return none, fmt.Errorf("%s: %w", w.name, err)
		}
		comparison.Variants = append(comparison.Variants, measure.Variant{Name: w.name, Run: f.run})
	}
	return comparison, nil
}

// ownFeed is lexgen's.
func ownFeed(s *servers, event comatproto.SyncSubscribeReposMessage) (*feed, error) {
	f := newFeed()
	server := xrpc.NewServer()
	stream := xrpc.Subscription[*comatproto.SyncSubscribeReposParams, comatproto.SyncSubscribeReposMessage]{
		NSID: comatproto.SyncSubscribeRepos.NSID, Messages: comatproto.SyncSubscribeRepos.Messages, // the seq is always the same
	}
	stream.Handle(server, func(ctx context.Context, _ *comatproto.SyncSubscribeReposRequest, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
		return produce(ctx, f.ask, func() error { return out.Send(event) })
	})
	address, err := s.serve(server)
	if err != nil {
		return nil, err
	}
	next, stop := iter.Pull2(stream.Subscribe(context.Background(), xrpc.NewClient("http://"+address), nil))
	s.ends = append(s.ends, func() error { stop(); return nil })
	f.read = func() error {
		m, err, _ := next()
		if err == nil && m == nil {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	return f, nil
}

// produce sends as many frames as are asked for, until ctx ends.
func produce(ctx context.Context, ask <-chan int, send func() error) error {
	for {
		select {
		case n := <-ask:
			for range n {
				if err := send(); err != nil {
					return err
				}
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// gorillaFeed encodes into and decodes from the messages of gorilla/websocket.
func gorillaFeed(s *servers, event *events.XRPCStreamEvent) (*feed, error) {
	f := newFeed()
	upgrader := gorillaws.Upgrader{}
	address, err := s.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()                       //nolint:errcheck // there is nobody to tell
		_ = produce(s.ctx, f.ask, func() error { //nolint:contextcheck // the request is over
			message, err := conn.NextWriter(gorillaws.BinaryMessage)
			if err == nil {
				err = event.Serialize(message)
			}
			if err == nil {
				err = message.Close()
			}
			return failed("send", err)
		})
	}))
	if err != nil {
		return nil, err
	}
	conn, answer, err := gorillaws.DefaultDialer.Dial("ws://"+address, nil)
	if err != nil {
		return nil, failed("connect", err)
	}
	_ = answer.Body.Close()
	s.ends = append(s.ends, conn.Close)
	f.read = func() error {
		_, message, err := conn.NextReader()
		if err != nil {
			return failed("receive", err)
		}
		return new(events.XRPCStreamEvent).Deserialize(message)
	}
	return f, nil
}

// gobwasFeed encodes into and decodes from the messages of gobwas/ws.
func gobwasFeed(s *servers, event *events.XRPCStreamEvent) (*feed, error) {
	var frame bytes.Buffer
	return gobwasMessages(s, func() ([]byte, error) {
		frame.Reset()
		err := event.Serialize(&frame)
		return frame.Bytes(), err
	}, func(message []byte) error {
		return new(events.XRPCStreamEvent).Deserialize(bytes.NewReader(message))
	})
}

// bytesFeed transfers messages that nobody encodes or decodes.
func bytesFeed(s *servers, frame []byte) (*feed, error) {
	return gobwasMessages(s, func() ([]byte, error) { return frame, nil }, func([]byte) error { return nil })
}

func gobwasMessages(s *servers, message func() ([]byte, error), read func([]byte) error) (*feed, error) {
	f := newFeed()
	address, err := s.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, _, err := gobwasws.UpgradeHTTP(r, w)
		if err != nil {
			return
		}
		defer conn.Close()                       //nolint:errcheck // there is nobody to tell
		_ = produce(s.ctx, f.ask, func() error { //nolint:contextcheck // the request is over
			b, err := message()
			if err != nil {
				return err
			}
			return wsutil.WriteServerBinary(conn, b)
		})
	}))
	if err != nil {
		return nil, err
	}
	conn, buffered, _, err := gobwasws.Dial(s.ctx, "ws://"+address)
	if err != nil {
		return nil, failed("connect", err)
	}
	s.ends = append(s.ends, conn.Close)
	if buffered == nil {
		buffered = bufio.NewReader(conn)
	}
	both := struct {
		io.Reader
		io.Writer
	}{buffered, conn}
	f.read = func() error {
		b, err := wsutil.ReadServerBinary(both)
		if err != nil {
			return failed("receive", err)
		}
		return read(b)
	}
	return f, nil
}
