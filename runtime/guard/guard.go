// Package guard makes HTTP clients for requests whose destination a stranger
// chooses: the host of a DID, of a handle, of a server in a DID document.
//
// A client connects to addresses of the public internet only. That is decided
// after the name is resolved, for each connection and each redirect, so that
// neither a name that leads to a private address, nor one that leads elsewhere
// the second time, gets through. Loopback, private, link-local, multicast and
// reserved networks are refused, and so are forms of these within IPv6. Answers
// are bounded in time, headers and, by [ReadAll], in size.
package guard

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"

	"code.dny.dev/ssrf"
)

// ErrForbidden says that a request went where it must not: to an address or port
// that is not public, or through a redirect that is not followed.
var ErrForbidden = errors.New("forbidden destination")

// ErrTooLarge says that a body is longer than allowed.
var ErrTooLarge = errors.New("too large")

// Limits that no client needs to change.
const (
	maxHeader       = 64 << 10
	tlsTimeout      = 5 * time.Second
	idleTimeout     = 30 * time.Second
	maxIdle         = 256
	maxIdlePerHost  = 4
	maxConnsPerHost = 16
)

// Options are the properties of a client. The zero Options are for production:
// https on port 443, no redirects.
type Options struct {
	// Timeout bounds a request with its redirects and its body; 10 s if zero.
	Timeout time.Duration
	// Ports are those that may be connected to; 443 if empty.
	Ports []uint16
	// Redirects is how many are followed, each checked like the first request,
	// and none of them from https to http. With zero a redirect is the answer.
	Redirects int
	// Allow are networks that may be connected to although they are not public,
	// such as that of one's own servers; none if empty.
	Allow []netip.Prefix
	// Development allows everything that is refused otherwise: http, private
	// addresses and all ports, for networks of one's own.
	Development bool
	// Resolver resolves host names; that of the machine if nil.
	Resolver *net.Resolver
	// TLS is for other roots than those of the machine; may be nil.
	TLS *tls.Config
	// UserAgent is sent with each request that has none; may be empty.
	UserAgent string
}

// NewClient returns a client. It keeps no cookies and uses no proxy: a proxy would
// connect where the client must not. Errors of it that are ErrForbidden are so for
// errors.Is.
func NewClient(opts Options) *http.Client {
	if opts.Timeout == 0 {
		opts.Timeout = 10 * time.Second
	}
	if len(opts.Ports) == 0 {
		opts.Ports = []uint16{443}
	}
	dialer := &net.Dialer{Timeout: opts.Timeout, Resolver: opts.Resolver}
	if !opts.Development {
		dialer.Control = ssrf.New(ssrf.WithPorts(opts.Ports...), ssrf.WithAllowedV4Prefixes(opts.Allow...), ssrf.WithAllowedV6Prefixes(opts.Allow...)).Safe
	}
	return &http.Client{
		Timeout: opts.Timeout,
		Transport: &transport{opts: opts, base: &http.Transport{
			DialContext:            dial(dialer),
			TLSClientConfig:        opts.TLS,
			TLSHandshakeTimeout:    tlsTimeout,
			MaxResponseHeaderBytes: maxHeader,
			MaxIdleConns:           maxIdle,
			MaxIdleConnsPerHost:    maxIdlePerHost,
			MaxConnsPerHost:        maxConnsPerHost,
			IdleConnTimeout:        idleTimeout,
			ForceAttemptHTTP2:      true,
		}},
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			switch {
			case opts.Redirects == 0:
				return http.ErrUseLastResponse
			case len(via) > opts.Redirects:
				return fmt.Errorf("%w: more than %d redirects", ErrForbidden, opts.Redirects)
			}
			return nil
		},
	}
}

// dial marks what the guard refuses.
func dial(dialer *net.Dialer) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil && (errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedPort) || errors.Is(err, ssrf.ErrProhibitedNetwork)) {
			return nil, fmt.Errorf("%w: %w", ErrForbidden, err)
		}
		return conn, err //nolint:wrapcheck // package http says what was requested
	}
}

// transport holds each request, redirected ones too, against the scheme, which the
// dialer does not see.
type transport struct {
	opts Options
	base *http.Transport
}

// RoundTrip sends a request.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && !t.opts.Development {
		return nil, fmt.Errorf("%w: %s instead of https", ErrForbidden, r.URL.Scheme)
	}
	if t.opts.UserAgent != "" && r.Header.Get("User-Agent") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("User-Agent", t.opts.UserAgent)
	}
	return t.base.RoundTrip(r) //nolint:wrapcheck // package http says what was requested
}

// CloseIdleConnections closes connections that nothing waits for.
func (t *transport) CloseIdleConnections() { t.base.CloseIdleConnections() }

// ReadAll reads a body of at most limit bytes to its end, and closes it. A longer
// one is ErrTooLarge, of which no more than limit bytes and one were read.
func ReadAll(body io.ReadCloser, limit int64) (b []byte, err error) {
	defer func() { err = errors.Join(err, body.Close()) }()
	b, err = io.ReadAll(io.LimitReader(body, limit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the body: %w", err)
	case int64(len(b)) > limit:
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	}
	return b, nil
}
