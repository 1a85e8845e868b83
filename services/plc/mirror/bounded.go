package mirror

import (
	"errors"
	"io"
	"net/http"

	"github.com/lexgen/lexgen/runtime/identity/plc"
)

var (
	errPage        = errors.New("the answer is longer than a page may be")
	errNoTransport = errors.New("the HTTP client of the mirror has no transport")
)

// bounded returns a client that reads no more of an answer than a page may have.
func bounded(c *plc.Client) *plc.Client {
	h := *c.HTTP
	h.Transport = transport{h.Transport}
	return &plc.Client{URL: c.URL, HTTP: &h}
}

type transport struct{ base http.RoundTripper }

// RoundTrip sends a request.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.base == nil {
		return nil, errNoTransport
	}
	answer, err := t.base.RoundTrip(r)
	if err == nil && answer.StatusCode != http.StatusSwitchingProtocols { // which has no end
		answer.Body = &body{ReadCloser: answer.Body, left: maxPage}
	}
	return answer, err //nolint:wrapcheck // package http says what was requested
}

// body is one that fails beyond a length.
type body struct {
	io.ReadCloser

	left int
}

// Read reads up to the length.
func (b *body) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, errPage
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}
