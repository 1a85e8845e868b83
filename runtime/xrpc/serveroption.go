package xrpc

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// A ServerOption is a property of a [Server].
type ServerOption func(*serverOptions)

// A HandlerOption is a property of one endpoint of a [Server].
type HandlerOption func(*handlerOptions)

type serverOptions struct {
	auth           Authenticator
	limiter        RateLimiter
	addressLimiter RateLimiter
	fallback       http.Handler
	health         func(context.Context) (string, error)
	maxInput       int64
	maxBody        int64
	readTimeout    time.Duration
	stream         StreamLimits
	validateOut    bool
	cors           bool
	log            *slog.Logger
	metrics        Metrics
	world          World
}

type handlerOptions struct {
	auth     Authenticator
	maxInput int64
}

// An Authenticator says who sends a request, nil for nobody, or refuses it with
// an error, as a rule an [*Error] with the name [ErrAuthMissing] or
// [ErrInvalidToken]. It is asked before parameters and input are read.
type Authenticator func(ctx context.Context, r *http.Request, m *Method) (caller any, err error)

// A RateLimiter counts a request and says what its caller has left, nil if
// there is no limit. ok is false if the request is one too many.
type RateLimiter func(ctx context.Context, r *http.Request, m *Method, caller any) (limit *RateLimit, ok bool)

// Metrics is told of what a server does. Implementations are safe for concurrent
// use and do not block.
type Metrics interface {
	// Served is called after each request; m is nil if there is no such endpoint.
	Served(ctx context.Context, m *Method, status int, took time.Duration)
	// Opened is called when a stream begins, and Closed when it ends: why is the
	// name of the error frame, or a word like "client" or "shutdown".
	Opened(ctx context.Context, m *Method)
	Closed(ctx context.Context, m *Method, why string, frames int64, took time.Duration)
}

type noMetrics struct{}

func (noMetrics) Served(context.Context, *Method, int, time.Duration)           {}
func (noMetrics) Opened(context.Context, *Method)                               {}
func (noMetrics) Closed(context.Context, *Method, string, int64, time.Duration) {}

// WithAuth asks who sends requests. Without it, callers are nobody.
func WithAuth(a Authenticator) ServerOption { return func(o *serverOptions) { o.auth = a } }

// WithAddressLimiter limits requests before anybody is asked who sends them, so that
// l, whose caller is nil, counts them by address. What proves a stranger wrong costs up
// to two look-ups of a DID (XR-43), which limits of callers do not bound.
func WithAddressLimiter(l RateLimiter) ServerOption {
	return func(o *serverOptions) { o.addressLimiter = l }
}

// WithRateLimiter limits callers (XR-10), after it was asked who they are.
func WithRateLimiter(l RateLimiter) ServerOption { return func(o *serverOptions) { o.limiter = l } }

// WithFallback serves methods that have no endpoint, for instance by passing them
// on. Without it they are answered with 501 (XR-02).
func WithFallback(h http.Handler) ServerOption { return func(o *serverOptions) { o.fallback = h } }

// WithHealth has /xrpc/_health answer with a version, or with 503 and without a
// detail if there is an error (XR-14).
func WithHealth(f func(ctx context.Context) (version string, err error)) ServerOption {
	return func(o *serverOptions) { o.health = f }
}

// WithMaxInput bounds JSON inputs in bytes. The default is [DefaultMaxInput].
func WithMaxInput(n int64) ServerOption { return func(o *serverOptions) { o.maxInput = n } }

// WithMaxBody bounds inputs that are a [Body] in bytes. The default is
// [DefaultMaxBody].
func WithMaxBody(n int64) ServerOption { return func(o *serverOptions) { o.maxBody = n } }

// WithReadTimeout bounds how long a caller may take to send a JSON input, and
// between two parts of a [Body], and to take 32 KiB of an answer. The default is
// [DefaultReadTimeout]; 0 is for ever. A Body has no bound as a whole: one byte within
// each time keeps it going, for as long as its handler reads, so that a handler that
// takes bodies of strangers bounds their time or number.
func WithReadTimeout(d time.Duration) ServerOption {
	return func(o *serverOptions) { o.readTimeout = d }
}

// WithOutputValidation answers with 500, and the violations, where an output does
// not fit its schema. It is for development.
func WithOutputValidation() ServerOption { return func(o *serverOptions) { o.validateOut = true } }

// WithoutCORS leaves the headers that let pages of other origins call to the code
// around the server.
func WithoutCORS() ServerOption { return func(o *serverOptions) { o.cors = false } }

// WithLogger logs requests at level debug, and those with status 500 and above
// at level error. The default is silence.
func WithLogger(l *slog.Logger) ServerOption { return func(o *serverOptions) { o.log = l } }

// WithMetrics reports what the server does.
func WithMetrics(m Metrics) ServerOption { return func(o *serverOptions) { o.metrics = m } }

// WithServerWorld replaces clock and chance, for tests.
func WithServerWorld(w World) ServerOption {
	return func(o *serverOptions) { o.world = w.orReal() }
}

// HandlerAuth asks another authenticator than the server's; nil lets everyone call.
func HandlerAuth(a Authenticator) HandlerOption {
	if a == nil {
		a = func(context.Context, *http.Request, *Method) (any, error) { return nil, nil } //nolint:nilnil // nobody
	}
	return func(o *handlerOptions) { o.auth = a }
}

// HandlerMaxInput bounds the input of one endpoint in bytes, JSON or not.
func HandlerMaxInput(n int64) HandlerOption { return func(o *handlerOptions) { o.maxInput = n } }
