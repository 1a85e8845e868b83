package xrpc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/lexgen/lexgen/runtime/lex"
)

// An upload is the body of a call's requests.
type upload struct {
	media    string
	data     []byte // JSON, or nil
	body     *Body  // a stream, or nil
	start    int64  // where the stream began, if it can be read again
	again    bool   // whether it can
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

// attach gives a request the body, from its beginning.
func (u *upload) attach(req *http.Request, first bool) error {
	req.Header.Set("Content-Type", u.media)
	if u.body == nil {
		req.Body = io.NopCloser(bytes.NewReader(u.data))
		req.ContentLength = int64(len(u.data))
		return nil
	}
	if s, ok := u.body.Reader.(io.Seeker); ok && !first {
		if _, err := s.Seek(u.start, io.SeekStart); err != nil {
			return fmt.Errorf("xrpc: the body cannot be sent again: %w", err)
		}
	}
	if u.body.Reader == nil {
		req.Body = http.NoBody
		return nil
	}
	// The transport closes what it sends; another attempt may need the reader.
	req.Body = io.NopCloser(withProgress(u.body, u.progress))
	req.ContentLength = -1
	if u.body.Length > 0 {
		req.ContentLength = u.body.Length
	}
	return nil
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
