package xrpc

import (
	"context"
	"net/http"
	"reflect"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Kind is a kind of method.
type Kind uint8

// The kinds of methods (LX-09, LX-11).
const (
	KindQuery Kind = iota
	KindProcedure
	KindSubscription
)

// String returns query, procedure or subscription.
func (k Kind) String() string {
	switch k {
	case KindQuery:
		return "query"
	case KindProcedure:
		return "procedure"
	default:
		return "subscription"
	}
}

// HTTPMethod returns the method of its requests (XR-01).
func (k Kind) HTTPMethod() string {
	if k == KindProcedure {
		return http.MethodPost
	}
	return http.MethodGet
}

// A Method describes an endpoint without its types.
type Method struct {
	NSID   syntax.NSID
	Kind   Kind
	Input  string      // media type of the input, "" if there is none
	Output string      // media type of the output, "" if there is none
	Errors []ErrorName // the declared errors; not to be changed
}

// Scope returns the OAuth scope that lets an app call the method at the service
// with that DID and fragment, or at any service if it is "" (OA-61).
func (m *Method) Scope(audience string) string {
	if audience == "" {
		audience = "*"
	}
	return "rpc:" + string(m.NSID) + "?aud=" + escapeScope(audience)
}

// escapeScope escapes what would end a value in a scope.
func escapeScope(s string) string {
	var b []byte
	for i := range len(s) {
		switch c := s[i]; c {
		case '#', '%', '&', '+', ' ':
			b = append(b, '%', "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// A Query is an endpoint that reads (LX-09). P are its parameters and O is its
// output: pointers to generated structs, to [None] or, for O, to a [Body]. That
// they are pointers lets all endpoints share one compiled copy of the methods. It is
// safe for concurrent use and must not be changed after its first use.
type Query[P, O any] struct {
	NSID   syntax.NSID
	Output string // media type, "" if there is none
	Errors []ErrorName
}

// Method describes the endpoint.
func (q *Query[P, O]) Method() *Method {
	return &Method{NSID: q.NSID, Kind: KindQuery, Output: q.Output, Errors: q.Errors}
}

// Call asks the service of c. params may be nil. See [Client] for errors,
// attempts and limits.
func (q *Query[P, O]) Call(ctx context.Context, c *Client, params P, opts ...CallOption) (O, error) {
	return call[O](ctx, c, q.Method(), params, nil, opts)
}

// Handle serves the endpoint with h.
func (q *Query[P, O]) Handle(s *Server, h func(ctx context.Context, r *Request[P, *None]) (O, error), opts ...HandlerOption) {
	s.handle(q.Method(), serve(h), opts)
}

// A Procedure is an endpoint that may change something (LX-09). P are its
// parameters, I its input and O its output: pointers to generated structs, to
// [None] or, for I and O, to a [Body]. It is safe for concurrent use and must not be
// changed after its first use.
type Procedure[P, I, O any] struct {
	NSID   syntax.NSID
	Input  string // media type, "" if there is none
	Output string // media type, "" if there is none
	Errors []ErrorName
}

// Method describes the endpoint.
func (p *Procedure[P, I, O]) Method() *Method {
	return &Method{NSID: p.NSID, Kind: KindProcedure, Input: p.Input, Output: p.Output, Errors: p.Errors}
}

// Call asks the service of c, without parameters besides those with a default.
// in may be nil. See [Client] for errors, attempts and limits.
func (p *Procedure[P, I, O]) Call(ctx context.Context, c *Client, in I, opts ...CallOption) (O, error) {
	var none P
	return call[O](ctx, c, p.Method(), none, in, opts)
}

// CallWith is Call for a procedure that has parameters.
func (p *Procedure[P, I, O]) CallWith(ctx context.Context, c *Client, params P, in I, opts ...CallOption) (O, error) {
	return call[O](ctx, c, p.Method(), params, in, opts)
}

// Handle serves the endpoint with h.
func (p *Procedure[P, I, O]) Handle(s *Server, h func(ctx context.Context, r *Request[P, I]) (O, error), opts ...HandlerOption) {
	s.handle(p.Method(), serve(h), opts)
}

// call makes a call whose output is an O, a pointer.
func call[O any](ctx context.Context, c *Client, m *Method, params, in any, opts []CallOption) (O, error) {
	out := newOf[O]()
	if err := c.call(ctx, &Call{Method: m, Params: orNew(params), Input: orNew(in), Output: out}, opts); err != nil {
		var none O
		return none, err
	}
	return out, nil
}

// newOf returns a new variable of the type that T points to.
func newOf[T any]() T {
	p, _ := reflect.TypeAssert[T](reflect.New(reflect.TypeFor[T]().Elem()))
	return p
}

// orNew returns the pointer p, or a new one in its place if it is nil.
func orNew(p any) any {
	if v := reflect.ValueOf(p); v.IsValid() && v.IsNil() {
		return reflect.New(v.Type().Elem()).Interface()
	}
	return p
}
