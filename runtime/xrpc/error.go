package xrpc

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// An ErrorName is the name of an error, as it stands in the field error of an
// answer (XR-03). Those that a method declares are constants of generated code.
// It is an error, so that errors.Is finds it in an [*Error], and a handler may
// return it.
type ErrorName string //nolint:errname // it is the name of an error, in the words of the protocol

// Error returns the name.
func (n ErrorName) Error() string { return string(n) }

// The names of errors that any method may answer with (XR-04, XR-24, XR-44).
const (
	ErrInvalidRequest         ErrorName = "InvalidRequest"         // 400
	ErrInvalidQueryParameter  ErrorName = "InvalidQueryParameter"  // 400
	ErrExpiredToken           ErrorName = "ExpiredToken"           // 400
	ErrInvalidToken           ErrorName = "InvalidToken"           // 400
	ErrAuthenticationRequired ErrorName = "AuthenticationRequired" // 401
	ErrAuthMissing            ErrorName = "AuthMissing"            // 401
	ErrForbidden              ErrorName = "Forbidden"              // 403
	ErrNotFound               ErrorName = "XRPCNotSupported"       // 404
	ErrMethodNotAllowed       ErrorName = "MethodNotAllowed"       // 405
	ErrNotAcceptable          ErrorName = "NotAcceptable"          // 406
	ErrPayloadTooLarge        ErrorName = "PayloadTooLarge"        // 413
	ErrUnsupportedMediaType   ErrorName = "UnsupportedMediaType"   // 415
	ErrUpgradeRequired        ErrorName = "UpgradeRequired"        // 426
	ErrRateLimitExceeded      ErrorName = "RateLimitExceeded"      // 429
	ErrInternalServerError    ErrorName = "InternalServerError"    // 500
	ErrMethodNotImplemented   ErrorName = "MethodNotImplemented"   // 501
	ErrUpstreamFailure        ErrorName = "UpstreamFailure"        // 502
	ErrNotEnoughResources     ErrorName = "NotEnoughResources"     // 503
	ErrUpstreamTimeout        ErrorName = "UpstreamTimeout"        // 504
)

// statuses has the names whose status is not 400 (XR-04). The first one with a status is
// what that status is called.
var statuses = []struct {
	name   ErrorName
	status int
}{
	{ErrAuthenticationRequired, http.StatusUnauthorized},
	{ErrAuthMissing, http.StatusUnauthorized},
	{ErrForbidden, http.StatusForbidden},
	{ErrNotFound, http.StatusNotFound},
	{ErrMethodNotAllowed, http.StatusMethodNotAllowed},
	{ErrNotAcceptable, http.StatusNotAcceptable},
	{ErrPayloadTooLarge, http.StatusRequestEntityTooLarge},
	{ErrUnsupportedMediaType, http.StatusUnsupportedMediaType},
	{ErrUpgradeRequired, http.StatusUpgradeRequired},
	{ErrRateLimitExceeded, http.StatusTooManyRequests},
	{ErrInternalServerError, http.StatusInternalServerError},
	{ErrMethodNotImplemented, http.StatusNotImplemented},
	{ErrUpstreamFailure, http.StatusBadGateway},
	{ErrNotEnoughResources, http.StatusServiceUnavailable},
	{ErrUpstreamTimeout, http.StatusGatewayTimeout},
}

// statusOf returns the status that an answer with a name has.
func statusOf(name ErrorName) int {
	for _, s := range statuses {
		if s.name == name {
			return s.status
		}
	}
	return http.StatusBadRequest
}

// nameOf returns the name that belongs to a status (XR-04).
func nameOf(status int) ErrorName {
	for _, s := range statuses {
		if s.status == status {
			return s.name
		}
	}
	if status < http.StatusInternalServerError {
		return ErrInvalidRequest
	}
	return ErrInternalServerError
}

// An Error is an answer that is an error. A caller gets it from a service, and a
// handler may return one of its own. One that a handler got from another service, and
// returns, is answered with 502 UpstreamFailure: what that service says of this one's
// credentials or rate limit is not about the caller. To pass it on, make a new one.
type Error struct {
	// Method is the endpoint, "" in a handler's error.
	Method syntax.NSID
	// Status is the HTTP status; anything but 400 to 599 in a handler's error means
	// the one that belongs to the name, which is 400 for declared ones.
	Status int
	// Name is the error's name; the one that belongs to the status if the answer
	// has none (XR-12).
	Name ErrorName
	// Message is for people, in the service's words, at most [MaxErrorText]
	// bytes. It must not be interpreted.
	Message string
	// RateLimit is what the answer says of the caller's allowance, nil if nothing.
	RateLimit *RateLimit
	// RetryAfter is how long to wait before another attempt, 0 if the answer does
	// not say.
	RetryAfter time.Duration
	// Header has all headers of the answer, or those that a handler adds.
	Header http.Header

	cause error // for a handler's log
}

// MaxErrorText is how much of a message is kept, in bytes.
const MaxErrorText = 1 << 10

// NewError returns an error for a handler to answer with. The message goes to the
// caller.
func NewError(name ErrorName, format string, args ...any) *Error {
	return &Error{Name: name, Message: fmt.Sprintf(format, args...)}
}

// Because adds what caused the error. It is logged, and not shown to the caller.
func (e *Error) Because(cause error) *Error {
	e.cause = cause
	return e
}

// Error returns the method, the name, the status and the message.
func (e *Error) Error() string {
	s := plain(string(e.Name))
	if e.Method != "" {
		s = string(e.Method) + ": " + s
	}
	if e.Status != 0 {
		s += " (" + strconv.Itoa(e.Status) + ")"
	}
	if e.Message != "" {
		s += ": " + strconv.QuoteToGraphic(e.Message)
	}
	return s
}

// plain returns text of printable ASCII as it is, and all else quoted.
func plain(s string) string {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return strconv.QuoteToASCII(s)
		}
	}
	return s
}

// Is reports whether target is the error's name.
func (e *Error) Is(target error) bool {
	name, ok := target.(ErrorName)
	return ok && name == e.Name
}

// Unwrap returns what caused the error, nil if that is unknown.
func (e *Error) Unwrap() error { return e.cause }

// status is the status that the error is answered with.
func (e *Error) status() int {
	if e.Status >= http.StatusBadRequest && e.Status <= 599 {
		return e.Status
	}
	return statusOf(e.Name)
}

// name is the name that the error is answered with.
func (e *Error) name() ErrorName {
	if e.Name == "" {
		return nameOf(e.status())
	}
	return e.Name
}

// asAnswer returns what a caller is told of a handler's error (XR-03, XR-04). Only an
// *Error and an ErrorName say anything of themselves.
func asAnswer(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		switch {
		case e == nil:
			return asAnswer(errors.New("a nil *xrpc.Error"))
		case e.Method != "":
			return NewError(ErrUpstreamFailure, "Upstream Failure").Because(err)
		}
		return e
	}
	if name, ok := errors.AsType[ErrorName](err); ok {
		return (&Error{Name: name}).Because(err)
	}
	return NewError(ErrInternalServerError, "Internal Server Error").Because(err)
}
