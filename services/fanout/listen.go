package fanout

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/gobwas/ws"
)

// maxMessage bounds a message of a client, which nobody reads, in bytes.
const maxMessage = 1 << 20

// errSilent says that a client gives no sign of life.
var errSilent = errors.New("it gives no sign of life")

// A closing is a close frame that is to be sent, and the reason for those who count.
type closing struct {
	code   ws.StatusCode
	text   string
	reason string
}

func (c *closing) Error() string { return fmt.Sprintf("%d %s", c.code, c.text) }

// listen reads what the client sends until there will be nothing more. Messages are
// dropped (ES-07), pings are answered, and silence is followed by a ping (ES-15).
func (s *subscriber) listen(early []byte) error {
	const size = 512
	r := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(early), &patient{subscriber: s}), size)
	err := readFrames(r, func(payload []byte) { s.post(ws.OpPong, payload) })
	switch {
	case errors.As(err, new(*closing)):
		return err
	case errors.Is(err, errSilent):
		s.discard()
	default:
		err = errGone
	}
	s.cut() // what is being sent arrives nowhere
	return err
}

// readFrames reads the frames of a client, whose content matters to nobody. It takes no
// memory but that of the reader.
func readFrames(r *bufio.Reader, pinged func(payload []byte)) error {
	header := make([]byte, ws.MaxHeaderSize)
	control := make([]byte, ws.MaxControlFramePayloadSize)
	state, message := ws.StateServerSide, int64(0)
	for {
		h, err := ws.ReadHeaderBuffer(r, header)
		if err == nil {
			err = ws.CheckHeader(h, state)
		}
		if err != nil {
			return broken(err)
		}
		if h.OpCode.IsData() {
			if h.OpCode != ws.OpContinuation {
				message = 0
			}
			if h.Length > maxMessage || message+h.Length > maxMessage {
				return &closing{ws.StatusMessageTooBig, "nobody reads what is sent here", ReasonProtocol}
			}
			message += h.Length
			if _, err := r.Discard(int(h.Length)); err != nil {
				return fmt.Errorf("read a message: %w", err)
			}
			state = after(h)
			continue
		}
		payload := control[:h.Length]
		if _, err := io.ReadFull(r, payload); err != nil {
			return fmt.Errorf("read a frame: %w", err)
		}
		ws.Cipher(payload, h.Mask, 0)
		if h.OpCode == ws.OpClose {
			return closed(payload)
		}
		if h.OpCode == ws.OpPing {
			pinged(payload)
		}
	}
}

// after returns the state after a frame of data.
func after(h ws.Header) ws.State {
	if h.Fin {
		return ws.StateServerSide
	}
	return ws.StateServerSide.Set(ws.StateFragmented)
}

// broken says why no frame was read: it is none, or there are no more.
func broken(err error) error {
	if errors.As(err, new(ws.ProtocolError)) || errors.Is(err, ws.ErrHeaderLengthMSB) || errors.Is(err, ws.ErrHeaderLengthUnexpected) {
		return &closing{ws.StatusProtocolError, err.Error(), ReasonProtocol}
	}
	return fmt.Errorf("read a frame: %w", err)
}

// closed answers a close frame with its own code.
func closed(payload []byte) error {
	const code = 2 // bytes
	switch {
	case len(payload) == 0:
		return &closing{ws.StatusNoStatusRcvd, "", ReasonClient}
	case len(payload) < code:
		return &closing{ws.StatusProtocolError, "a close frame of one byte", ReasonProtocol}
	}
	is := ws.StatusCode(binary.BigEndian.Uint16(payload))
	if err := ws.CheckCloseFrameData(is, string(payload[code:])); err != nil {
		return &closing{ws.StatusProtocolError, err.Error(), ReasonProtocol}
	}
	return &closing{is, "", ReasonClient}
}

// patient reads from the connection of a subscriber. When nothing comes for a while, it
// asks for a sign of life, and fails when there is none either.
type patient struct {
	*subscriber

	asked int64 // when, in nanoseconds of Unix time; 0 if it has not
}

func (p *patient) Read(b []byte) (int, error) {
	for {
		if err := p.setDeadline(); err != nil {
			return 0, err
		}
		n, err := p.conn.Read(b)
		if n > 0 {
			p.asked = 0
			return n, nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) || p.closeBy.Load() != 0 {
			return 0, err //nolint:wrapcheck // as the connection says it
		}
		if p.asked != 0 && p.taken.Load() < p.asked { // what it takes is a sign, too
			return 0, errSilent
		}
		p.asked = p.server.opts.Now().UnixNano()
		p.post(ws.OpPing, nil)
	}
}

//nolint:wrapcheck // as the connection says it
func (p *patient) setDeadline() error {
	by := p.closeBy.Load()
	if by == 0 {
		if err := p.conn.SetReadDeadline(p.server.opts.Now().Add(p.server.opts.Ping)); err != nil {
			return err
		}
		by = p.closeBy.Load() // it may have been set meanwhile
	}
	if by != 0 {
		return p.conn.SetReadDeadline(time.Unix(0, by))
	}
	return nil
}
