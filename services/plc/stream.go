package plc

import (
	"context"
	"net/http"
	"strconv"

	"github.com/coder/websocket"
)

// Why a stream is closed (ID-38).
const (
	closeFuture   = "FutureCursor"
	closeOutdated = "OutdatedCursor"
	closeTooSlow  = "ConsumerTooSlow"
	closeDown     = "the directory shuts down"
)

// stream sends operations over a WebSocket, one a message, as they come in: those
// after a cursor, or those from now on (ID-38).
func (s *Server) stream(w http.ResponseWriter, r *http.Request) error {
	if r.Header.Get("Upgrade") == "" {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Connection", "Upgrade")
		return refusal(http.StatusUpgradeRequired, "upgrade required")
	}
	cursor, err := cursorOf(r)
	if err != nil {
		return err
	}
	if err := s.feed.enter(); err != nil {
		return err
	}
	defer s.feed.leave()
	head, err := s.opts.Store.Head(r.Context()) // before the client can know that the stream has begun
	if err != nil {
		return err
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // all of it is public, for pages of every origin
	if err != nil {
		return gone(err)
	}
	defer conn.CloseNow() //nolint:errcheck // nothing is left to do for it
	s.metrics.streams.Inc()
	defer s.metrics.streams.Dec()
	code, reason, err := s.follow(conn.CloseRead(r.Context()), conn, cursor, head)
	s.log.DebugContext(r.Context(), "a stream ends", "cursor", cursor, "reason", reason, "error", err)
	if err != nil {
		return gone(err)
	}
	s.metrics.closed.WithLabelValues(reason).Inc()
	return gone(conn.Close(code, reason))
}

// noCursor stands for a stream from now on.
const noCursor = -1

func cursorOf(r *http.Request) (int64, error) {
	text := r.URL.Query().Get("cursor")
	if text == "" {
		return noCursor, nil
	}
	cursor, err := strconv.ParseInt(text, 10, 64)
	if err != nil || cursor < 0 {
		return 0, refusal(http.StatusBadRequest, "Invalid cursor parameter")
	}
	return cursor, nil
}

// follow sends what comes after a cursor, and returns why it stops.
func (s *Server) follow(ctx context.Context, conn *websocket.Conn, cursor, head int64) (websocket.StatusCode, string, error) {
	switch {
	case cursor == noCursor:
		cursor = head
	case cursor > head:
		return websocket.StatusNormalClosure, closeFuture, nil
	default:
		next, err := s.opts.Store.After(ctx, cursor, 1)
		if err != nil {
			return 0, "", err
		}
		if len(next) > 0 && next[0].CreatedAt.Before(s.opts.Now().Add(-s.opts.CatchUp)) {
			return websocket.StatusNormalClosure, closeOutdated, nil
		}
	}
	// A stream that was near the head and is left behind has until the head of that
	// moment to catch up: a burst is no reason to close it.
	live, mark := false, int64(0)
	for {
		changed := s.feed.change()
		if changed == nil {
			return websocket.StatusGoingAway, closeDown, nil
		}
		events, held, err := s.feed.after(ctx, cursor)
		if err != nil {
			return 0, "", err
		}
		switch {
		case held:
			live, mark = true, 0
		case live && mark == 0:
			mark = s.feed.last()
		case live && cursor >= mark:
			return websocket.StatusNormalClosure, closeTooSlow, nil
		}
		if len(events) == 0 {
			select {
			case <-ctx.Done():
				return 0, "", ctx.Err()
			case <-changed:
			}
		}
		for i := range events {
			if err := s.write(ctx, conn, events[i].text); err != nil {
				return 0, "", err
			}
			cursor = events[i].seq
		}
	}
}

func (s *Server) write(ctx context.Context, conn *websocket.Conn, text []byte) error {
	ctx, cancel := context.WithTimeout(ctx, s.opts.WriteTimeout)
	defer cancel()
	return conn.Write(ctx, websocket.MessageText, text)
}
