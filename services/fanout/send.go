package fanout

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"github.com/gobwas/ws"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// Why a subscription ends.
var (
	errSlow = errors.New("it takes nothing, or too little")
	errGone = errors.New("the connection is broken")
)

func tooSlow(seq int64) error {
	return xrpc.NewError(xrpc.ErrConsumerTooSlow, "The events behind %d are not kept any more: subscribe again", seq)
}

// send sends the events behind a seq until something ends that.
func (s *subscriber) send(after int64, outdated bool) error {
	if outdated {
		if err := s.sendInfo(); err != nil {
			return err
		}
	}
	r := reader{s.cancel, s.wait}
	for {
		if err := s.sendControl(); err != nil {
			return err
		}
		p, changed, err := s.server.feed.next(s.ctx, r, after)
		switch {
		case errors.Is(err, errOvertaken) && s.frames.Load() > 0:
			return tooSlow(after)
		case errors.Is(err, errOvertaken): // it begins with what is kept, wherever that begins
			if from, given := s.asked.Get(); given && from != 0 && !outdated {
				return s.send(s.server.opts.Log.Window().Dropped, true)
			}
			after = s.server.opts.Log.Window().Dropped
			s.seq.Store(after)
			continue
		case s.ctx.Err() != nil:
			s.release(p)
			return context.Cause(s.ctx)
		case err != nil:
			return err
		}
		if p != nil {
			err := s.write(p.frames)
			s.release(p)
			if err != nil {
				return err
			}
			s.sent(p)
			after = p.upTo
			continue
		}
		if err := s.wait(changed, 0); err != nil {
			return err
		}
	}
}

// wait returns when a channel is closed, or at the latest after a time that is not 0. Meanwhile
// it sends pings and pongs.
func (s *subscriber) wait(c <-chan struct{}, atMost time.Duration) error {
	var over <-chan time.Time
	if atMost > 0 {
		over = s.server.opts.After(atMost)
	}
	for {
		select {
		case <-c:
			return nil
		case <-over:
			return nil
		case frame := <-s.control:
			if err := s.write(frame); err != nil {
				return err
			}
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		}
	}
}

// sendInfo says that the cursor is older than what is kept (ES-09).
func (s *subscriber) sendInfo() error {
	info := &comatproto.SyncSubscribeReposInfo{Name: xrpc.InfoOutdatedCursor}
	frame, err := xrpc.AppendFrame(nil, comatproto.SyncSubscribeRepos.NSID, info)
	if err != nil {
		return err
	}
	return s.write(appendFrame(nil, ws.OpBinary, frame))
}

func (s *subscriber) release(p *piece) {
	if p != nil {
		s.server.feed.release(p)
	}
}

// sendControl sends a ping or a pong if there is one to be sent.
func (s *subscriber) sendControl() error {
	select {
	case frame := <-s.control:
		return s.write(frame)
	default:
		return nil
	}
}

// post lets the goroutine that sends send a ping or a pong, in place of one that it has
// not sent yet. One goroutine may call it.
func (s *subscriber) post(op ws.OpCode, payload []byte) {
	frame := appendFrame(nil, op, payload)
	select {
	case <-s.control:
	default:
	}
	s.control <- frame
}

// write sends bytes, as long as the client takes some of them now and then.
func (s *subscriber) write(b []byte) error {
	o := &s.server.opts
	start := o.Now()
	most := o.WriteTimeout + time.Duration(len(b)/o.MinRate)*time.Second
	now, last := start, start // last is when something was taken
	for len(b) > 0 {
		if s.deadline.Sub(now) < s.pulse/2 {
			s.deadline = now.Add(s.pulse)
			if err := s.conn.SetWriteDeadline(s.deadline); err != nil {
				return s.broken()
			}
		}
		n, err := s.conn.Write(b[:min(len(b), s.part)])
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return s.broken()
		}
		before := now
		b, now = b[n:], o.Now()
		if n > 0 {
			last = now
			if now.Sub(before) >= s.pulse/4 { // it did not just fit into a buffer
				s.taken.Store(now.UnixNano())
			}
		}
		idle := now.Sub(last)
		if err != nil && (idle >= o.WriteTimeout || now.Sub(start) >= most || idle >= s.pulse/2 && s.server.feed.pressed()) {
			return errSlow
		}
	}
	return nil
}

// broken says why a connection takes nothing any more.
func (s *subscriber) broken() error {
	if errors.Is(context.Cause(s.ctx), errSlow) {
		return errSlow
	}
	return errGone
}

// closeTimeout bounds the answer to a close frame.
const closeTimeout = 5 * time.Second

// end tells the client why its subscription ends, if it can still be told, and returns
// the reason for those who count.
func (s *subscriber) end(err error) string {
	o := &s.server.opts
	attrs := []any{"address", s.address, "agent", s.agent, "cursor", s.seq.Load(), "latest", o.Log.Window().Latest, "why", err}
	var last *closing
	switch {
	case errors.Is(err, errSlow):
		s.discard()
		o.Logger.InfoContext(s.ctx, "fanout: a subscriber is too slow", attrs...)
		return string(xrpc.ErrConsumerTooSlow)
	case errors.Is(err, errSilent):
		s.discard()
		return ReasonSilent
	case errors.Is(err, errShutdown):
		s.close(nil, ws.StatusGoingAway, err.Error())
		return ReasonShutdown
	case errors.As(err, &last):
		s.close(nil, last.code, last.text)
		return last.reason
	case errors.Is(err, errGone), errors.Is(err, context.Canceled), errors.Is(err, net.ErrClosed):
		return ReasonClient
	}
	answer := xrpc.NewError(xrpc.ErrInternalServerError, "Internal Server Error")
	if !errors.As(err, &answer) {
		o.Logger.ErrorContext(s.ctx, "fanout: the log cannot be read", attrs...)
	} else if answer.Name == xrpc.ErrConsumerTooSlow {
		o.Logger.InfoContext(s.ctx, "fanout: a subscriber is too slow", attrs...)
	}
	s.close(appendFrame(nil, ws.OpBinary, xrpc.AppendErrorFrame(nil, answer.Name, answer.Message)), ws.StatusPolicyViolation, string(answer.Name))
	return string(answer.Name)
}

// close sends a last frame, if there is one, and a close frame, and waits for an answer.
func (s *subscriber) close(last []byte, code ws.StatusCode, text string) {
	var payload []byte
	if code != ws.StatusNoStatusRcvd {
		payload = ws.NewCloseFrameBody(code, text)
	}
	if s.write(appendFrame(last, ws.OpClose, payload)) != nil {
		return
	}
	by := s.server.opts.Now().Add(closeTimeout)
	s.closeBy.Store(by.UnixNano())
	if s.conn.SetReadDeadline(by) == nil {
		<-s.listened
	}
}
