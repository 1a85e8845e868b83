package xrpc

import (
	"errors"
	"io"
	"net/http"
)

// upgrading makes requests that open a WebSocket. The end of a connection is none of a
// message: behind a whole message the library says io.EOF by itself, but it says so too
// where the connection ends between two reads of a message, so that here that end has
// another name.
type upgrading struct{ base http.RoundTripper }

// RoundTrip makes a request.
func (u upgrading) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := u.base.RoundTrip(r)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		return res, err //nolint:wrapcheck // it is that of the transport
	}
	if conn, ok := res.Body.(io.ReadWriteCloser); ok {
		res.Body = upgraded{conn}
	}
	return res, nil
}

// upgradingClient returns the client with such a transport.
func upgradingClient(c *http.Client) *http.Client {
	d := *c
	d.Transport = upgrading{d.Transport}
	return &d
}

// upgraded is a connection that became a WebSocket.
type upgraded struct{ io.ReadWriteCloser }

func (u upgraded) Read(b []byte) (int, error) {
	n, err := u.ReadWriteCloser.Read(b)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}
