package xrpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/lexgen/lexgen/runtime/lex"
)

// attempts sends a call until it has an answer that is final (XR-05, XR-12).
func (c *Client) attempts(ctx context.Context, call *Call, target string, body *upload) (err error) {
	defer func() {
		if err != nil { // else the transport reads it to the end
			body.release()
		}
	}()
	var renewed reasons // with other credentials are attempts more
	for n := 1; ; {
		call.Response = Response{Attempts: call.Response.Attempts + 1}
		req, err := c.attempt(ctx, call, target, body)
		if err == nil || ctx.Err() != nil {
			return err
		}
		if refused := c.refused(req, err); refused != nil && renewed.add(refused) {
			again, refusedErr := c.opts.credentials.Refused(ctx, req, refused)
			if refusedErr != nil {
				return refusedErr
			}
			if !again || !canRepeat(body) {
				return err
			}
			continue
		}
		pause, retry := c.pause(call.Method.Kind, n, err)
		if !retry || n >= c.opts.attempts || !canRepeat(body) {
			return err
		}
		if err := c.opts.world.Sleep(ctx, pause); err != nil {
			return err
		}
		n++
	}
}

// refused returns the answer to a request whose credentials may be to blame, nil if
// err is none.
func (c *Client) refused(req *http.Request, err error) *Error {
	refused, ok := errors.AsType[*Error](err)
	if ok && req != nil && c.opts.credentials != nil &&
		(refused.Status == http.StatusUnauthorized || refused.Status == http.StatusBadRequest) {
		return refused
	}
	return nil
}

// reasons are those for which credentials were asked during one call.
type reasons []string

// maxRenewals is how many there may be.
const maxRenewals = 2

// add notes the reason of a refusal, and reports whether that is a new one for which
// the credentials may be asked.
func (r *reasons) add(refused *Error) bool {
	reason := string(refused.Name) + " " + refused.Header.Get("WWW-Authenticate")
	if len(*r) >= maxRenewals || slices.Contains(*r, reason) {
		return false
	}
	*r = append(*r, reason)
	return true
}

// answer shows credentials an answer that is not that of another host.
func (c *Client) answer(req *http.Request, res *http.Response) error {
	o, ok := c.opts.credentials.(Observer)
	if !ok || res.Request != nil && res.Request.URL.Host != req.URL.Host {
		return nil
	}
	return o.Answered(req, res.Header)
}

func canRepeat(body *upload) bool { return body == nil || body.again }

// pause says whether the call may be repeated after an error, and after what time.
func (c *Client) pause(kind Kind, n int, err error) (time.Duration, bool) {
	backoff := min(firstPause<<(n-1), longestPause)
	backoff = backoff/2 + time.Duration(c.opts.world.Float()*float64(backoff/2))
	var answer *Error
	if !errors.As(err, &answer) {
		var network *networkError
		return backoff, errors.As(err, &network) && (kind != KindProcedure || network.unsent())
	}
	if answer.RetryAfter > c.opts.maxRetryAfter {
		return 0, false
	}
	pause := max(backoff, answer.RetryAfter)
	switch answer.Status {
	case http.StatusTooManyRequests:
		if answer.RetryAfter == 0 && answer.RateLimit != nil {
			wait := answer.RateLimit.Reset.Sub(c.opts.world.Now())
			return max(backoff, wait), wait <= c.opts.maxRetryAfter
		}
		return pause, true
	case http.StatusServiceUnavailable:
		return pause, kind != KindProcedure || answer.RetryAfter > 0
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return pause, kind != KindProcedure
	}
	return 0, false
}

// A networkError is a failure below HTTP.
type networkError struct{ err error }

func (e *networkError) Error() string { return e.err.Error() }
func (e *networkError) Unwrap() error { return e.err }

// unsent reports whether the service cannot have seen the request.
func (e *networkError) unsent() bool {
	var op *net.OpError
	return errors.As(e.err, &op) && op.Op == "dial"
}

// attempt sends one request and reads its answer. It returns the request if that
// was sent.
func (c *Client) attempt(ctx context.Context, call *Call, target string, body *upload) (*http.Request, error) {
	attempt, cancel := context.WithCancelCause(ctx)
	timer := newTimer(c.opts.world, c.opts.timeout, func() { cancel(errTimeout) })
	open := false // the answer's body outlives the attempt
	defer func() {
		if timer.stop(); !open {
			cancel(nil)
		}
	}()
	req, err := c.request(attempt, call, target, body, timer)
	if err != nil {
		return nil, err
	}
	client := c.http
	if call.Method.Kind == KindProcedure {
		client = c.direct
	}
	res, err := client.Do(req)
	if err != nil {
		return req, c.failed(ctx, attempt, call, err)
	}
	if err := c.answer(req, res); err != nil {
		_ = res.Body.Close()
		return req, err
	}
	if stream, ok := call.Output.(*Body); ok && res.StatusCode/100 == 2 {
		open = true
		call.Response.fill(res)
		*stream = Body{
			Reader: &download{
				client: c, method: call.Method, ctx: attempt, cancel: cancel,
				reader: withProgress(res.Body, call.progress), body: res.Body,
			},
			Type:   res.Header.Get("Content-Type"),
			Length: max(res.ContentLength, 0),
		}
		return req, checkStream(call.Method, stream)
	}
	defer res.Body.Close() //nolint:errcheck // what was read is judged, not the end of it
	call.Response.fill(res)
	if res.StatusCode/100 != 2 {
		return req, c.answered(call, res)
	}
	if err := c.output(call, res); err != nil {
		return req, c.failed(ctx, attempt, call, err)
	}
	return req, nil
}

var errTimeout = errors.New("the attempt took too long")

// failed explains a failure of the network or of an answer.
func (c *Client) failed(ctx, attempt context.Context, call *Call, err error) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("xrpc: %s: %w", call.Method.NSID, ended(ctx))
	case errors.Is(context.Cause(attempt), errTimeout):
		err = fmt.Errorf("no answer within %v: %w", c.opts.timeout, context.DeadlineExceeded)
	case errors.As(err, new(*answerError)):
		return fmt.Errorf("xrpc: %s: %w", call.Method.NSID, err)
	}
	return &networkError{fmt.Errorf("xrpc: %s: %w", call.Method.NSID, err)}
}

// ended says why a context did: what ctx.Err says, and the cause if there is one.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(cause, err) {
		return cause
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// An answerError is an answer that is none of the schema's. Another attempt would
// give the same.
type answerError struct{ err error }

func (e *answerError) Error() string { return e.err.Error() }
func (e *answerError) Unwrap() error { return e.err }

func answerErrorf(format string, args ...any) error { return &answerError{fmt.Errorf(format, args...)} }

func (c *Client) request(ctx context.Context, call *Call, target string, body *upload, timer *timer) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, call.Method.Kind.HTTPMethod(), target, nil)
	if err != nil {
		return nil, fmt.Errorf("xrpc: %w", err)
	}
	req.Header.Set("User-Agent", "lexgen")
	maps.Copy(req.Header, call.Header)
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", accepted(call.Method))
	}
	if body != nil {
		if err := body.attach(req, timer); err != nil {
			return nil, err
		}
	}
	if c.opts.credentials != nil {
		if err := c.opts.credentials.Authorize(ctx, req, call.Method); err != nil {
			return nil, err
		}
	}
	return req, nil
}

// accepted is what answers may be, errors included.
func accepted(m *Method) string {
	switch {
	case m.Output == "" || isJSON(m.Output):
		return "application/json"
	case !oneType(m.Output):
		return "*/*"
	default:
		return m.Output + ", application/json;q=0.5"
	}
}

func (r *Response) fill(res *http.Response) {
	r.Status, r.Header, r.RateLimit = res.StatusCode, res.Header, rateLimitOf(res.Header)
}

// output reads a JSON output, or drops what a method without one sends.
func (c *Client) output(call *Call, res *http.Response) error {
	switch call.Output.(type) {
	case nil, *None:
		_, _ = io.CopyN(io.Discard, res.Body, maxErrorBody) // so that the connection can be used again
		return nil
	}
	if media := mediaType(res.Header.Get("Content-Type")); media != "application/json" {
		return answerErrorf("the answer is %q, not application/json", cut(media))
	}
	limit := c.opts.maxOutput
	b, err := readLimited(res.Body, res.ContentLength, limit)
	switch {
	case errors.Is(err, errTooLarge):
		return answerErrorf("the answer has more than %d bytes", limit)
	case err != nil:
		return err
	}
	decode := lex.DecodeJSON
	if _, raw := call.Output.(*json.RawMessage); raw {
		decode = json.Unmarshal // looks at the syntax alone
	}
	if err := decode(b, call.Output); err != nil {
		return answerErrorf("output: %w", err)
	}
	return nil
}

var errTooLarge = errors.New("too large")

// readLimited reads all of r. Memory grows with what arrives, whatever length
// announces.
func readLimited(r io.Reader, length, limit int64) ([]byte, error) {
	if length > limit {
		return nil, errTooLarge
	}
	const trusted = 64 << 10
	b := make([]byte, 0, max(512, min(length+1, trusted)))
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):min(int64(cap(b)), limit+1)])
		b = b[:len(b)+n]
		switch {
		case int64(len(b)) > limit:
			return nil, errTooLarge
		case err == io.EOF:
			return b, nil
		case err != nil:
			return nil, err
		}
	}
}

// checkStream makes sure that a stream is what the schema says.
func checkStream(m *Method, b *Body) error {
	if m.Output == "" || strings.Contains(m.Output, ",") || matches(m.Output, b.Type) || mediaType(b.Type) == "application/octet-stream" {
		return nil
	}
	_ = b.Close()
	return fmt.Errorf("xrpc: %s: the answer is %q, not %s", m.NSID, cut(b.Type), m.Output)
}

// answered reads an answer that is an error (XR-03, XR-12).
func (c *Client) answered(call *Call, res *http.Response) *Error {
	e := &Error{
		Method:     call.Method.NSID,
		Status:     res.StatusCode,
		Name:       nameOf(res.StatusCode),
		RateLimit:  call.Response.RateLimit,
		RetryAfter: retryAfter(res.Header, c.opts.world.Now()),
		Header:     res.Header,
	}
	if res.StatusCode/100 == 3 {
		e.Name, e.Message = "Redirect", "the answer is a redirect to "+cut(res.Header.Get("Location"))
		return e
	}
	b, err := readLimited(res.Body, res.ContentLength, maxErrorBody)
	if err != nil {
		return e
	}
	var envelope struct {
		Error   any `json:"error"`
		Message any `json:"message"`
	}
	if json.Unmarshal(b, &envelope) != nil {
		if strings.HasPrefix(mediaType(res.Header.Get("Content-Type")), "text/") {
			e.Message = cut(strings.TrimSpace(string(b)))
		}
		return e
	}
	if name, ok := envelope.Error.(string); ok && name != "" {
		e.Name = ErrorName(cut(name))
	}
	if message, ok := envelope.Message.(string); ok {
		e.Message = cut(message)
	}
	return e
}

// cut shortens text from outside to MaxErrorText bytes of UTF-8.
func cut(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if len(s) > MaxErrorText {
		s = strings.ToValidUTF8(s[:MaxErrorText-len("…")], "") + "…"
	}
	return s
}
