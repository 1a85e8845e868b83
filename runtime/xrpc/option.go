package xrpc

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// A ClientOption is a property of a [Client].
type ClientOption interface{ applyToClient(o *clientOptions) }

// A CallOption is a property of one call.
type CallOption interface {
	applyToCall(o *callOptions, call *Call)
}

// An Option is good for a client, for all of its calls, and for one call.
type Option interface {
	ClientOption
	CallOption
}

type clientOptions struct {
	http          *http.Client
	credentials   Credentials
	header        http.Header
	interceptors  []Interceptor
	attempts      int
	timeout       time.Duration
	maxRetryAfter time.Duration
	maxOutput     int64
	validate      bool
	world         World
}

type callOptions struct{ response *Response }

type clientOption func(*clientOptions)

func (f clientOption) applyToClient(o *clientOptions) { f(o) }

type callOption func(*callOptions, *Call)

func (f callOption) applyToCall(o *callOptions, call *Call) { f(o, call) }

// headerOption sets a header.
type headerOption struct{ key, value string }

func (h headerOption) applyToClient(o *clientOptions) {
	o.header = o.header.Clone()
	if o.header == nil {
		o.header = http.Header{}
	}
	o.header.Set(h.key, h.value)
}

func (h headerOption) applyToCall(_ *callOptions, call *Call) { call.Header.Set(h.key, h.value) }

// WithHTTPClient has requests made by that client. Its transport and timeout
// count; redirects and cookies do not. For destinations that strangers choose, use
// one of package guard. The default, of the transport too, is one of its own.
func WithHTTPClient(client *http.Client) ClientOption {
	return clientOption(func(o *clientOptions) { o.http = client })
}

// WithCredentials says who calls. The default is nobody.
func WithCredentials(c Credentials) ClientOption {
	return clientOption(func(o *clientOptions) { o.credentials = c })
}

// WithInterceptor wraps all calls. The first one given is the outermost.
func WithInterceptor(i Interceptor) ClientOption {
	return clientOption(func(o *clientOptions) {
		o.interceptors = append(slices.Clip(o.interceptors), i)
	})
}

// WithAttempts is how many requests a call makes at most, [DefaultAttempts] by
// default and 1 for none but the first.
func WithAttempts(n int) ClientOption {
	return clientOption(func(o *clientOptions) { o.attempts = max(n, 1) })
}

// WithTimeout bounds each attempt, the transfer of JSON included. Where a [Body] is
// sent, the time begins anew with each part of it; where one is received, each read
// of it has the time, and what passes between two reads does not count. The default is [DefaultTimeout]; 0 leaves it to the context.
func WithTimeout(d time.Duration) ClientOption {
	return clientOption(func(o *clientOptions) { o.timeout = d })
}

// WithMaxRetryAfter is how long a service may ask to wait; if it wants more, the
// call fails with what it said. The default is [DefaultMaxRetryAfter].
func WithMaxRetryAfter(d time.Duration) ClientOption {
	return clientOption(func(o *clientOptions) { o.maxRetryAfter = d })
}

// WithMaxOutput bounds a JSON output in bytes. The default is
// [DefaultMaxOutput].
func WithMaxOutput(n int64) ClientOption {
	return clientOption(func(o *clientOptions) { o.maxOutput = n })
}

// WithoutValidation sends parameters and input as they are.
func WithoutValidation() ClientOption {
	return clientOption(func(o *clientOptions) { o.validate = false })
}

// WithWorld replaces clock and chance, for tests.
func WithWorld(w World) ClientOption {
	return clientOption(func(o *clientOptions) { o.world = w.orReal() })
}

// WithHeader sets a header of requests.
func WithHeader(key, value string) Option { return headerOption{key, value} }

// WithProxy has the account's server pass calls on to a service, such as
// did:web:api.bsky.app#bsky_appview (XR-50).
func WithProxy(service string) Option { return headerOption{"Atproto-Proxy", service} }

// WithLabelers asks for the labels of these labelers, and none but those
// (XR-57).
func WithLabelers(labelers ...Labeler) Option {
	list := make([]string, len(labelers))
	for i, l := range labelers {
		list[i] = string(l.DID)
		if l.Redact {
			list[i] += ";redact"
		}
	}
	return headerOption{"Atproto-Accept-Labelers", strings.Join(list, ", ")}
}

// A Labeler is a labeler whose labels are wanted.
type Labeler struct {
	DID    syntax.DID
	Redact bool // leave out what it says must not be shown
}

// WithResponse stores what the answer says besides its output, also if it is an
// error.
func WithResponse(r *Response) CallOption {
	return callOption(func(o *callOptions, _ *Call) { o.response = r })
}

// WithProgress has f told how many bytes of a [Body] were sent, or received, so
// far. It is called by the goroutine that reads, and begins again at 0 with each
// attempt.
func WithProgress(f func(bytes int64)) CallOption {
	return callOption(func(_ *callOptions, call *Call) { call.progress = f })
}
