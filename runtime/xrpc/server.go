package xrpc

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Server is an http.Handler for the methods below /xrpc/, to be served at the
// root of a host (XR-01). Endpoints are added with their Handle methods before it
// serves, and then it may be used by any number of goroutines.
//
// It checks parameters and input against the schema before a handler sees them,
// gives errors their form (XR-03), contains panics, and bounds how much and how
// slowly a caller may send. Times to read headers, and of idle connections, are
// those of the http.Server.
type Server struct {
	endpoints map[syntax.NSID]*endpoint
	opts      serverOptions
	streams   *streams
}

// An endpoint is a method with its handler. One of serve, stream and upgrade is set.
type endpoint struct {
	method  *Method
	serve   handler
	stream  streamHandler
	upgrade func(in *incoming) error
	opts    handlerOptions
}

// handler serves one request of a query or procedure and returns its output, a
// pointer.
type handler func(ctx context.Context, in *incoming) (any, error)

// Limits of a server, unless options say otherwise.
const (
	DefaultMaxInput    = 1 << 20   // bytes of JSON
	DefaultMaxBody     = 100 << 20 // bytes of a Body
	DefaultReadTimeout = 30 * time.Second
)

// NewServer returns a server without endpoints.
func NewServer(opts ...ServerOption) *Server {
	s := &Server{
		endpoints: map[syntax.NSID]*endpoint{},
		opts: serverOptions{
			maxInput:    DefaultMaxInput,
			maxBody:     DefaultMaxBody,
			readTimeout: DefaultReadTimeout,
			stream:      defaultStreamLimits(),
			cors:        true,
			log:         slog.New(slog.DiscardHandler),
			metrics:     noMetrics{},
			world:       realWorld(),
		},
	}
	for _, o := range opts {
		o(&s.opts)
	}
	s.streams = newStreams()
	return s
}

// Methods returns a description of each endpoint, by NSID.
func (s *Server) Methods() map[syntax.NSID]*Method {
	all := make(map[syntax.NSID]*Method, len(s.endpoints))
	for id, e := range s.endpoints {
		all[id] = e.method
	}
	return all
}

// handle adds an endpoint. A later one replaces an earlier one with the same NSID.
func (s *Server) handle(m *Method, h handler, opts []HandlerOption) {
	s.endpoints[m.NSID] = newEndpoint(&endpoint{method: m, serve: h}, opts)
}

func newEndpoint(e *endpoint, opts []HandlerOption) *endpoint {
	for _, o := range opts {
		o(&e.opts)
	}
	return e
}

// ServeHTTP serves a request (XR-01 to XR-07).
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.route(newIncoming(s, w, r)) //nolint:contextcheck // it is that of the request
}

func (s *Server) route(in *incoming) {
	if s.opts.cors && s.allowOrigins(in) {
		return
	}
	id, ok := strings.CutPrefix(in.request.URL.Path, "/xrpc/")
	if id == "_health" && ok {
		s.health(in)
		return
	}
	nsid, err := syntax.ParseNSID(id)
	if !ok || err != nil {
		s.refuse(in, NewError(ErrInvalidRequest, "invalid xrpc path"))
		return
	}
	in.endpoint = s.endpoints[nsid]
	switch {
	case in.endpoint != nil:
		s.serve(in)
	case s.opts.fallback != nil:
		s.opts.fallback.ServeHTTP(in.writer.ResponseWriter, in.request)
	default:
		s.refuse(in, NewError(ErrMethodNotImplemented, "Method Not Implemented"))
	}
}

// refuse answers what reaches no endpoint.
func (s *Server) refuse(in *incoming, e *Error) {
	s.opts.metrics.Served(in.request.Context(), nil, e.status(), 0)
	in.answering()
	writeError(in.writer, e)
}

// serve runs an endpoint and reports how it went.
func (s *Server) serve(in *incoming) {
	start := s.opts.world.Now()
	err := s.contained(in)
	var answer *Error
	if err != nil {
		answer = asAnswer(err)
		if !in.writer.wrote && !in.hijacked {
			in.answering()
			writeError(in.writer, answer)
		}
	}
	s.report(in, answer, s.opts.world.Now().Sub(start))
	if err != nil && in.aborted {
		panic(http.ErrAbortHandler) // the only way to say that an answer has no end; net/http recovers it
	}
}

// contained turns a panic of a handler into an error.
func (s *Server) contained(in *incoming) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		cause, ok := v.(error)
		if ok && errors.Is(cause, http.ErrAbortHandler) {
			in.aborted, err = true, cause
			return
		}
		s.opts.log.ErrorContext(in.request.Context(), "xrpc: a handler panicked",
			"method", in.endpoint.method.NSID, "panic", v, "stack", string(debug.Stack()))
		err = NewError(ErrInternalServerError, "Internal Server Error")
		in.aborted = in.writer.wrote
	}()
	return s.run(in)
}

func (s *Server) run(in *incoming) error {
	m := in.endpoint.method
	if err := checkVerb(m, in.request); err != nil {
		return err
	}
	ctx := in.request.Context()
	if err := in.admit(ctx); err != nil {
		return err
	}
	switch {
	case in.endpoint.stream != nil:
		return s.stream(in)
	case in.endpoint.upgrade != nil:
		return in.endpoint.upgrade(in)
	}
	out, err := in.endpoint.serve(ctx, in)
	if err != nil {
		return err
	}
	return in.respond(out)
}

// checkVerb makes sure of the HTTP method (XR-02, ES-02).
func checkVerb(m *Method, r *http.Request) error {
	want := m.Kind.HTTPMethod()
	switch {
	case r.Method == want || m.Kind == KindQuery && r.Method == http.MethodHead:
		return nil
	case m.Kind == KindSubscription:
		e := NewError(ErrMethodNotAllowed, "Incorrect HTTP method (%s) expected GET", cut(r.Method))
		e.Header = http.Header{"Allow": {http.MethodGet}}
		return e
	}
	return NewError(ErrInvalidRequest, "Incorrect HTTP method (%s) expected %s", cut(r.Method), want)
}

// report logs and counts a request that was answered.
func (s *Server) report(in *incoming, answer *Error, took time.Duration) {
	status := in.writer.code()
	ctx := in.request.Context()
	s.opts.metrics.Served(ctx, in.endpoint.method, status, took)
	level, attrs := slog.LevelDebug, []any{"method", in.endpoint.method.NSID, "status", status, "took", took}
	if answer != nil {
		attrs = append(attrs, "error", answer.name(), "message", answer.Message)
		if answer.cause != nil {
			attrs = append(attrs, "cause", answer.cause.Error())
		}
		if status >= http.StatusInternalServerError && ctx.Err() == nil { // callers who leave are no failure of ours
			level = slog.LevelError
		}
	}
	s.opts.log.Log(ctx, level, "xrpc: served", attrs...)
}

// health answers XR-14.
func (s *Server) health(in *incoming) {
	answer, status := map[string]string{"version": ""}, http.StatusOK
	if s.opts.health != nil {
		ctx := in.request.Context()
		version, err := s.opts.health(ctx)
		if answer["version"] = version; err != nil {
			s.opts.log.ErrorContext(ctx, "xrpc: not healthy", "cause", err.Error())
			answer["error"], status = "Service Unavailable", http.StatusServiceUnavailable
		}
	}
	b, _ := json.Marshal(answer) //nolint:errchkjson // texts alone can always be encoded
	in.answering()
	in.writer.Header().Set("Content-Type", "application/json")
	in.writer.Header().Set("Content-Length", strconv.Itoa(len(b)))
	in.writer.WriteHeader(status)
	_, _ = in.writer.Write(b)
}

// allowOrigins lets pages of any origin call, and answers their preflight
// requests (XR-09). It reports whether the request was one.
func (s *Server) allowOrigins(in *incoming) bool {
	h := in.writer.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	if in.request.Method != http.MethodOptions {
		h.Set("Access-Control-Expose-Headers", exposed)
		return false
	}
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST")
	if wanted := in.request.Header.Get("Access-Control-Request-Headers"); wanted != "" {
		h.Set("Access-Control-Allow-Headers", wanted)
		h.Add("Vary", "Access-Control-Request-Headers")
	}
	h.Set("Access-Control-Max-Age", "86400")
	in.answering()
	in.writer.WriteHeader(http.StatusNoContent)
	return true
}

// exposed are the headers that a page may read besides the usual ones.
const exposed = "DPoP-Nonce, WWW-Authenticate, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, RateLimit-Policy, Retry-After, " +
	"Atproto-Repo-Rev, Atproto-Content-Labelers, Content-Length"
