package xrpc

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/lexgen/lexgen/runtime/lex"
)

// A Request is what a handler gets. P are the parameters, with defaults, and I is
// the input: pointers that are not nil, to what is valid.
type Request[P, I any] struct {
	Params P
	Input  I
	// Caller is what the [Authenticator] returned, nil for nobody.
	Caller any
	// HTTP is the request itself. Its body belongs to the input.
	HTTP *http.Request
	// Header is added to the answer, also if that is an error.
	Header http.Header
}

// serve erases the types of a handler.
func serve[P, I, O any](h func(context.Context, *Request[P, I]) (O, error)) handler {
	return func(ctx context.Context, in *incoming) (any, error) {
		r, err := newRequest[P, I](in)
		if err != nil {
			return nil, err
		}
		return h(ctx, r)
	}
}

func newRequest[P, I any](in *incoming) (*Request[P, I], error) {
	r := &Request[P, I]{Params: newOf[P](), Input: newOf[I](), Caller: in.caller, HTTP: in.request, Header: in.writer.Header()}
	return r, in.decode(r.Params, r.Input)
}

// incoming is a request on its way through a server.
type incoming struct {
	server   *Server
	endpoint *endpoint
	request  *http.Request
	writer   *statusWriter
	caller   any
	hijacked bool // the connection became a WebSocket
	aborted  bool // the answer cannot be completed
	drained  bool // there is nothing to read of the body
}

func newIncoming(s *Server, w http.ResponseWriter, r *http.Request) *incoming {
	return &incoming{server: s, request: r, writer: &statusWriter{ResponseWriter: w}, drained: r.ContentLength == 0}
}

// admit asks whether the request is one too many for where it comes from, who sends it,
// and whether it is one too many for that caller.
func (in *incoming) admit(ctx context.Context) error {
	s, m := &in.server.opts, in.endpoint.method
	auth := s.auth
	if in.endpoint.opts.auth != nil {
		auth = in.endpoint.opts.auth
	}
	h := in.writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	if err := in.count(ctx, s.addressLimiter); err != nil {
		return err
	}
	if auth != nil {
		caller, err := auth(ctx, in.request, m)
		if err != nil {
			return err
		}
		in.caller = caller
		h.Add("Vary", "Authorization")
		if caller != nil {
			h.Set("Cache-Control", "private") // XR-13
		}
	}
	return in.count(ctx, s.limiter)
}

// count asks whether the request is one too many (XR-10).
func (in *incoming) count(ctx context.Context, limiter RateLimiter) error {
	if limiter == nil {
		return nil
	}
	limit, ok := limiter(ctx, in.request, in.endpoint.method, in.caller)
	if limit != nil {
		limit.setHeaders(in.writer.Header())
	}
	if ok {
		return nil
	}
	e := NewError(ErrRateLimitExceeded, "Rate Limit Exceeded")
	if limit != nil {
		e.RetryAfter = max(limit.Reset.Sub(in.server.opts.world.Now()), time.Second)
	}
	return e
}

// decode reads parameters and input, and holds them against the schema.
func (in *incoming) decode(params, input any) error {
	if err := in.decodeParams(params); err != nil {
		return err
	}
	switch input := input.(type) {
	case *None:
		return in.refuseBody()
	case *Body:
		return in.openBody(input)
	}
	return in.decodeInput(input)
}

func (in *incoming) decodeParams(params any) error {
	p, ok := params.(lex.Struct)
	if !ok {
		return nil
	}
	if err := lex.DecodeQuery(in.request.URL.RawQuery, p); err != nil {
		var fault *lex.Error
		if errors.As(err, &fault) && fault.Path == "$.__proto__" {
			return NewError(ErrInvalidQueryParameter, "Invalid query parameter: __proto__")
		}
		return invalid("parameters", err)
	}
	if err := lex.Validate(p); err != nil {
		return invalid("parameters", err)
	}
	return nil
}

// invalid explains what is wrong with what a caller sent.
func invalid(what string, err error) error {
	if violations, ok := errors.AsType[*lex.Violations](err); ok {
		return NewError(ErrInvalidRequest, "%s: %s", what, cut(violations.List[0].String()))
	}
	if fault, ok := errors.AsType[*lex.Error](err); ok {
		return NewError(ErrInvalidRequest, "%s: %s", what, cut(fault.Path+": "+fault.Reason))
	}
	return err // a defect of generated code, and nothing that the caller did
}

// refuseBody makes sure that there is no body (XR-07).
func (in *incoming) refuseBody() error {
	r := in.request
	if r.ContentLength == 0 || r.Body == nil {
		return nil
	}
	if r.ContentLength < 0 {
		in.setReadDeadline()
		n, err := io.ReadFull(r.Body, make([]byte, 1))
		switch {
		case errors.Is(err, io.EOF):
			in.drained = true
			return nil
		case n == 0:
			return in.unreadable(err)
		}
	}
	return NewError(ErrInvalidRequest, "A request body was provided when none was expected")
}

// encoding checks the type of the body (XR-06).
func (in *incoming) encoding() error {
	header, m := in.request.Header, in.endpoint.method
	given := header.Get("Content-Type")
	switch {
	case given == "" && in.request.ContentLength == 0:
		return NewError(ErrInvalidRequest, "A request body is expected but none was provided")
	case given == "":
		return NewError(ErrInvalidRequest, "Request encoding (Content-Type) required but not provided")
	case !matches(m.Input, given):
		return NewError(ErrInvalidRequest, "Wrong request encoding (Content-Type): %s", cut(given))
	}
	if coding := header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return NewError(ErrUnsupportedMediaType, "Unsupported Content-Encoding: %s", cut(coding))
	}
	return nil
}

func (in *incoming) limit(byDefault int64) int64 {
	if n := in.endpoint.opts.maxInput; n > 0 {
		return n
	}
	return byDefault
}

func (in *incoming) decodeInput(input any) error {
	if err := in.encoding(); err != nil {
		return err
	}
	in.setReadDeadline()
	limit := in.limit(in.server.opts.maxInput)
	b, err := readLimited(in.request.Body, in.request.ContentLength, limit)
	switch {
	case errors.Is(err, errTooLarge):
		in.writer.Header().Set("Connection", "close") // rather than read the rest
		return NewError(ErrPayloadTooLarge, "The request body has more than %d bytes", limit)
	case err != nil:
		return in.unreadable(err)
	}
	in.drained = true
	if err := lex.DecodeJSON(b, input); err != nil {
		return invalid("input", err)
	}
	if err := validate(input); err != nil {
		return invalid("input", err)
	}
	return nil
}

func (in *incoming) openBody(b *Body) error {
	if err := in.encoding(); err != nil {
		return err
	}
	limit := in.limit(in.server.opts.maxBody)
	if in.request.ContentLength > limit {
		in.writer.Header().Set("Connection", "close")
		return NewError(ErrPayloadTooLarge, "The request body has more than %d bytes", limit)
	}
	*b = Body{
		Reader: &patientReader{in: in, body: http.MaxBytesReader(in.writer, in.request.Body, limit)},
		Type:   in.request.Header.Get("Content-Type"),
		Length: max(in.request.ContentLength, 0),
	}
	return nil
}

// patientReader reads a body whose sender may pause, but not for long.
type patientReader struct {
	in   *incoming
	body io.ReadCloser
}

func (p *patientReader) Read(b []byte) (int, error) {
	p.in.setReadDeadline()
	n, err := p.body.Read(b)
	switch tooLarge := new(http.MaxBytesError); {
	case err == nil:
	case errors.Is(err, io.EOF):
		p.in.drained = true
	case errors.As(err, &tooLarge):
		err = NewError(ErrPayloadTooLarge, "The request body has more than %d bytes", tooLarge.Limit)
	default:
		err = p.in.unreadable(err)
	}
	return n, err
}

func (p *patientReader) Close() error { return p.body.Close() }
