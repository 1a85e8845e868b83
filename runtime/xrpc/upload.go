package xrpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/lexgen/lexgen/runtime/lex"
)

// An upload is the body of a call's requests.
type upload struct {
	media    string
	data     []byte // JSON, or nil
	body     *Body  // a stream, or nil
	start    int64  // where the stream began, if it can be read again
	again    bool   // whether it can
	part     *part  // what the attempt before read of the stream; nil at first
	progress func(int64)
}

var errNoType = errors.New("the body needs a media type, because the schema allows more than one")

// newUpload returns the body of a call, nil if there is none (XR-06).
func newUpload(call *Call) (*upload, error) {
	switch in := call.Input.(type) {
	case nil, *None:
		return nil, nil //nolint:nilnil // there is no body
	case *Body:
		return newStream(call, in)
	}
	data, err := lex.MarshalJSON(call.Input)
	if err != nil {
		return nil, fmt.Errorf("xrpc: input of %s: %w", call.Method.NSID, err)
	}
	return &upload{media: "application/json", data: data, again: true}, nil
}

func newStream(call *Call, b *Body) (*upload, error) {
	u := &upload{media: b.Type, body: b, progress: call.progress}
	wanted := call.Method.Input
	switch {
	case u.media != "" && !matches(wanted, u.media):
		return nil, fmt.Errorf("xrpc: input of %s: the body is %q, and the schema wants %q", call.Method.NSID, u.media, wanted)
	case u.media == "" && !oneType(wanted):
		return nil, fmt.Errorf("xrpc: input of %s: %w", call.Method.NSID, errNoType)
	case u.media == "":
		u.media = wanted
	}
	if s, ok := b.Reader.(io.Seeker); ok {
		if start, err := s.Seek(0, io.SeekCurrent); err == nil {
			u.start, u.again = start, true
		}
	}
	if b.Reader == nil {
		u.again = true
	}
	return u, nil
}

// oneType reports whether what a schema wants is one media type.
func oneType(media string) bool { return media != "" && !strings.ContainsAny(media, "*,;") }

// attach gives a request the body, from its beginning. The timer begins anew with
// each part of a stream.
func (u *upload) attach(req *http.Request, timer *timer) error {
	req.Header.Set("Content-Type", u.media)
	switch {
	case u.body == nil:
		// With GetBody the transport takes another connection by itself if the
		// service has just closed the one that was idle.
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(u.data)), nil }
		req.Body = io.NopCloser(bytes.NewReader(u.data))
		req.ContentLength = int64(len(u.data))
		return nil
	case u.body.Reader == nil:
		req.Body = http.NoBody
		return nil
	}
	if u.part != nil {
		if err := u.rewind(req.Context()); err != nil {
			return err
		}
	}
	if !u.again { // net/http waits for a read that is under way, whatever its context says
		context.AfterFunc(req.Context(), func() { _ = u.body.Close() })
	}
	u.part = &part{reader: withProgress(u.body, u.progress), turn: make(chan struct{}, 1), timer: timer}
	req.Body = u.part
	req.ContentLength = -1
	if u.body.Length > 0 {
		req.ContentLength = u.body.Length
	}
	return nil
}

// rewind goes back to where the stream began, after the attempt before has let go
// of it.
func (u *upload) rewind(ctx context.Context) error {
	if err := u.part.end(ctx); err != nil {
		return err
	}
	s, ok := u.body.Reader.(io.Seeker)
	if !ok {
		return errors.New("xrpc: the body cannot be sent again")
	}
	if _, err := s.Seek(u.start, io.SeekStart); err != nil {
		return fmt.Errorf("xrpc: the body cannot be sent again: %w", err)
	}
	return nil
}

// release says that the call is over. A read that is under way may still return.
func (u *upload) release() {
	if u != nil && u.part != nil {
		u.part.over.Store(true)
	}
}

// A part is what one attempt reads of a stream. The transport may go on to read
// after it gave an answer, when another attempt needs the stream.
type part struct {
	reader io.Reader
	timer  *timer
	turn   chan struct{} // has an item while somebody uses the reader
	over   atomic.Bool
}

var errOver = errors.New("xrpc: the attempt is over")

func (p *part) Read(b []byte) (int, error) {
	p.turn <- struct{}{}
	defer func() { <-p.turn }()
	if p.over.Load() {
		return 0, errOver
	}
	p.timer.restart()
	return p.reader.Read(b)
}

// Close does not close the stream, which another attempt may need.
func (p *part) Close() error {
	p.over.Store(true)
	return nil
}

// end returns when nobody reads any more.
func (p *part) end(ctx context.Context) error {
	p.over.Store(true)
	select {
	case p.turn <- struct{}{}:
		<-p.turn
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// withProgress tells f of what is read.
func withProgress(r io.Reader, f func(int64)) io.Reader {
	if f == nil {
		return r
	}
	return &progressReader{r: r, f: f}
}

type progressReader struct {
	r io.Reader
	f func(int64)
	n int64
}

func (p *progressReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if n > 0 {
		p.n += int64(n)
		p.f(p.n)
	}
	return n, err
}
