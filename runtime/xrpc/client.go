package xrpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Client calls the methods of one service. It may be used by any number of
// goroutines.
//
// A call holds its parameters and input against their schema first, which gives a
// [*lex.Violations]. An answer that is an error gives an [*Error]; an answer that is
// none of the schema's gives a [*lex.Error], or an error that says what is wrong
// with it. All else comes from the network or from the context.
//
// What may be repeated is repeated, a few times and after a growing pause with
// chance in it, or after the time that the service asks for: queries after a failure
// of the network and after 429, 502, 503 and 504; procedures only where they surely
// had no effect: the connection failed, or the service says 429, or 503 with a
// Retry-After (XR-05, XR-12). Redirects of queries are followed (XR-15), those of
// procedures are an error.
type Client struct {
	service *url.URL
	err     error // of the service's URL, given by every call
	opts    clientOptions
	http    *http.Client // for queries, follows redirects
	direct  *http.Client // for procedures
	invoke  Invoke       // call, with the interceptors around it
}

// Limits of a client, unless options say otherwise.
const (
	DefaultMaxOutput     = 16 << 20 // bytes of a JSON output
	DefaultAttempts      = 3
	DefaultTimeout       = 30 * time.Second // for each attempt
	DefaultMaxRetryAfter = 30 * time.Second

	maxRedirects  = 5
	maxErrorBody  = 64 << 10 // bytes
	firstPause    = 200 * time.Millisecond
	longestPause  = 5 * time.Second
	maxHeaderSize = 64 << 10 // bytes of an answer's headers
)

// NewClient returns a client for the service with that URL, such as
// https://bsky.social: scheme, host and port. A URL with anything else makes every
// call fail.
func NewClient(service string, opts ...ClientOption) *Client {
	c := &Client{opts: clientOptions{
		attempts:      DefaultAttempts,
		timeout:       DefaultTimeout,
		maxRetryAfter: DefaultMaxRetryAfter,
		maxOutput:     DefaultMaxOutput,
		validate:      true,
		world:         realWorld(),
	}}
	for _, o := range opts {
		o.applyToClient(&c.opts)
	}
	c.service, c.err = parseService(service)
	c.assemble()
	return c
}

// assemble makes of the options what calls go through.
func (c *Client) assemble() {
	if c.opts.http == nil {
		c.opts.http = &http.Client{}
	}
	if c.opts.http.Transport == nil {
		own := *c.opts.http
		own.Transport = newTransport()
		c.opts.http = &own
	}
	c.http, c.direct = withRedirects(c.opts.http, followSome), withRedirects(c.opts.http, followNone)
	c.invoke = c.do
	for _, wrap := range slices.Backward(c.opts.interceptors) {
		c.invoke = wrap(c.invoke)
	}
}

// Service returns the URL of the service, without a slash at its end; nil if it is
// none.
func (c *Client) Service() *url.URL {
	if c.service == nil {
		return nil
	}
	u := *c.service
	return &u
}

// String returns the service, and nothing of the credentials.
func (c *Client) String() string { return fmt.Sprintf("xrpc.Client(%v)", c.service) }

// Format prints what String returns, whatever the verb.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// Credentials returns what the client authorizes calls with, nil if nothing.
func (c *Client) Credentials() Credentials { return c.opts.credentials }

// With returns a client with further options. It shares connections, and the
// credentials unless the options say otherwise, with c.
func (c *Client) With(opts ...ClientOption) *Client {
	d := *c
	for _, o := range opts {
		o.applyToClient(&d.opts)
	}
	d.assemble()
	return &d
}

func parseService(service string) (*url.URL, error) {
	u, err := url.Parse(service)
	switch {
	case err != nil:
		return nil, fmt.Errorf("xrpc: the service's URL: %w", err)
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("xrpc: the service's URL %q must begin with https:// (or http://)", service)
	case u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "" && u.Path != "/":
		return nil, fmt.Errorf("xrpc: the service's URL %q must be scheme, host and port, and nothing else", service)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// newTransport returns the transport of a client that was given none.
func newTransport() *http.Transport {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return &http.Transport{}
	}
	t = t.Clone()
	t.MaxResponseHeaderBytes = maxHeaderSize
	return t
}

func withRedirects(base *http.Client, check func(*http.Request, []*http.Request) error) *http.Client {
	c := *base
	c.CheckRedirect = check
	c.Jar = nil
	return &c
}

// followSome follows redirects that do not leave https (XR-15). Another origin,
// which a subdomain and a port are too, does not learn who calls, and does not choose
// what the caller asks the first one for.
func followSome(req *http.Request, via []*http.Request) error {
	first, last := via[0].URL, via[len(via)-1].URL
	foreign := func(r *http.Request) bool { return r.URL.Scheme != first.Scheme || r.URL.Host != first.Host }
	switch {
	case len(via) > maxRedirects:
		return answerErrorf("more than %d redirects", maxRedirects)
	case last.Scheme == "https" && req.URL.Scheme != "https":
		return answerErrorf("a redirect from https to %s", req.URL.Scheme)
	case foreign(req) || slices.ContainsFunc(via, foreign):
		for _, key := range []string{"Authorization", "Dpop", "Cookie", "Referer"} {
			req.Header.Del(key)
		}
	}
	return nil
}

func followNone(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// A Call is what [Client.Do] makes, and what an [Interceptor] sees.
type Call struct {
	Method *Method
	// Params, Input and Output are pointers to the method's types, or to those of
	// [Client.Do]. Input is nil for a query; Output is filled by the call.
	Params, Input, Output any
	// Header is added to the request.
	Header http.Header
	// Response has what the answer says besides its output; it is filled by the
	// call.
	Response Response

	progress func(int64)
}

// A Response is what an answer says besides its output.
type Response struct {
	Status    int
	Header    http.Header
	RateLimit *RateLimit // nil if the answer does not say
	Attempts  int        // how many requests it took
}

// Invoke makes a call.
type Invoke func(ctx context.Context, call *Call) error

// An Interceptor wraps calls: it returns a function that calls next, or does
// not. It is called once for each client.
type Interceptor func(next Invoke) Invoke

// Do makes a call of a method that has no Go types, as the calls of those that have
// are made. Params is a *[url.Values], whose values are sent as they are. Input is a
// *[Body], of JSON as well. Output is a *[json.RawMessage], which takes the text of a
// JSON output, a *Body, which must be closed, or a *[None]. Each is nil where there is
// nothing. Neither is held against a schema. The header is set by the options.
func (c *Client) Do(ctx context.Context, call *Call, opts ...CallOption) error {
	return c.call(ctx, call, opts)
}

// call makes a call, whose header it sets, with all options.
func (c *Client) call(ctx context.Context, call *Call, opts []CallOption) error {
	if c.err != nil {
		return c.err
	}
	if call.Header = c.opts.header.Clone(); call.Header == nil {
		call.Header = http.Header{}
	}
	var config callOptions
	for _, o := range opts {
		o.applyToCall(&config, call)
	}
	err := c.invoke(ctx, call)
	if config.response != nil {
		*config.response = call.Response
	}
	return err
}

// do makes a call behind all interceptors.
func (c *Client) do(ctx context.Context, call *Call) error {
	if err := c.check(call); err != nil {
		return err
	}
	query, err := c.url(call)
	if err != nil {
		return err
	}
	body, err := newUpload(call)
	if err != nil {
		return err
	}
	call.Response = Response{}
	return c.attempts(ctx, call, query, body)
}

// check holds what is sent against its schema.
func (c *Client) check(call *Call) error {
	if !c.opts.validate {
		return nil
	}
	for _, part := range []struct {
		what  string
		value any
	}{{"parameters", call.Params}, {"input", call.Input}} {
		switch part.value.(type) {
		case nil, *None, *Body, *url.Values:
			continue
		}
		if err := validate(part.value); err != nil {
			return fmt.Errorf("xrpc: %s of %s: %w", part.what, call.Method.NSID, err)
		}
	}
	return nil
}

// validate is lex.Validate for bodies of any kind.
func validate(v any) error {
	if body, ok := v.(lex.Body); ok {
		o, _ := body.LexUnion()
		if *o == nil {
			return errors.New("the value is missing")
		}
		return lex.Validate(*o)
	}
	return lex.Validate(v)
}

// url returns where a call goes, defaults of its parameters included (LX-24).
func (c *Client) url(call *Call) (string, error) {
	nsid := call.Method.NSID
	if _, err := syntax.ParseNSID(string(nsid)); err != nil {
		return "", fmt.Errorf("xrpc: %w", err)
	}
	b := append([]byte(c.service.String()+"/xrpc/"), nsid...)
	n := len(b)
	b = append(b, '?')
	switch params := call.Params.(type) {
	case *url.Values:
		if params != nil {
			b = append(b, params.Encode()...)
		}
	case lex.Struct:
		var err error
		if b, err = lex.AppendQuery(b, params); err != nil {
			return "", fmt.Errorf("xrpc: parameters of %s: %w", nsid, err)
		}
	}
	if len(b) == n+1 {
		b = b[:n]
	}
	return string(b), nil
}
