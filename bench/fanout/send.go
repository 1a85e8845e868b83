package fanout

import (
	"context"
	"errors"
	"net/http"
	stdsync "sync"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	gorillaws "github.com/gorilla/websocket"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/services/fanout"
)

var errOther = errors.New("the answers differ")

// openOwn is lexgen's: a log in memory, which another one appends to, so that nobody
// encodes anything.
func openOwn(s *servers) (sender, error) {
	store, seq := &sync.MemoryLog{}, int64(0)
	log, err := sync.OpenLogReader(s.ctx, store)
	if err != nil {
		return nil, err
	}
	server := fanout.New(fanout.Options{Log: log, PerAddress: 100_000})
	s.ends = append(s.ends, func() error { return server.Close(s.ctx) })
	return func(frames, size int) error {
		entries := make([]sync.Entry, frames)
		frame := make([]byte, size)
		for i := range entries {
			seq++
			entries[i] = sync.Entry{Seq: seq, DID: "did:web:a.example.com", Frame: frame}
		}
		if err := store.Drop(s.ctx, seq-int64(frames)); err != nil { // all have that
			return err
		}
		if err := store.Append(s.ctx, 0, entries); err != nil {
			return err
		}
		return log.Poll(s.ctx)
	}, s.serve(server)
}

// A hub sends frames to each connection from a goroutine of its own, which all have the
// same frames.
type hub struct {
	mu    stdsync.Mutex
	conns []chan []any
}

func (h *hub) join(ctx context.Context, write func(frame any) error) {
	in := make(chan []any, 1)
	h.mu.Lock()
	h.conns = append(h.conns, in)
	h.mu.Unlock()
	for {
		select {
		case frames := <-in:
			for _, frame := range frames {
				if write(frame) != nil {
					return
				}
			}
		case <-ctx.Done():
			return
		}
	}
}

func (h *hub) send(frames []any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, in := range h.conns {
		in <- frames
	}
}

// openGobwas writes each message with wsutil, as its users do.
func openGobwas(s *servers) (sender, error) {
	h := &hub{}
	err := s.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, _, err := ws.UpgradeHTTP(r, w)
		if err != nil {
			return
		}
		defer conn.Close()                    //nolint:errcheck // there is nobody to tell
		h.join(s.ctx, func(frame any) error { //nolint:contextcheck // the request is over
			b, _ := frame.([]byte)
			return wsutil.WriteServerBinary(conn, b)
		})
	}))
	return func(frames, size int) error {
		all := make([]any, frames)
		frame := make([]byte, size)
		for i := range all {
			all[i] = frame
		}
		h.send(all)
		return nil
	}, err
}

// openGorilla writes messages that are prepared once for all connections.
func openGorilla(s *servers) (sender, error) {
	h := &hub{}
	upgrader := gorillaws.Upgrader{}
	err := s.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()                    //nolint:errcheck // there is nobody to tell
		h.join(s.ctx, func(frame any) error { //nolint:contextcheck // the request is over
			m, _ := frame.(*gorillaws.PreparedMessage)
			return conn.WritePreparedMessage(m)
		})
	}))
	return func(frames, size int) error {
		all := make([]any, frames)
		for i := range all {
			m, err := gorillaws.NewPreparedMessage(gorillaws.BinaryMessage, make([]byte, size))
			if err != nil {
				return err
			}
			all[i] = m
		}
		h.send(all)
		return nil
	}, err
}
