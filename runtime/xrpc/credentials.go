package xrpc

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// Credentials say who calls. Implementations are safe for concurrent use.
type Credentials interface {
	// Authorize adds to a request, before each attempt, what proves who calls. It
	// may make calls of its own, but not with a client that has these credentials.
	Authorize(ctx context.Context, req *http.Request, m *Method) error
	// Refused is told of an answer with status 400 or 401 to a request that was
	// authorized, and reports whether one more attempt may succeed, because
	// something was renewed. An error ends the call instead of refused. For one call
	// it is asked once for each reason, the name of the error and the challenge in
	// WWW-Authenticate, and twice in all: a nonce may be stale and then the token.
	Refused(ctx context.Context, req *http.Request, refused *Error) (again bool, err error)
}

// An Observer is credentials that are shown the header of each answer to a request
// that they authorized, before anything is done with it, such as for the next nonce
// of DPoP (OA-07, OA-25). An error ends the call.
type Observer interface {
	Answered(req *http.Request, header http.Header) error
}

// AdminPassword is the password of a service's operator (XR-30).
func AdminPassword(password string) Credentials { return &admin{password} }

type admin struct{ password string }

func (a *admin) Authorize(_ context.Context, req *http.Request, _ *Method) error {
	req.SetBasicAuth("admin", a.password)
	return nil
}

func (*admin) Refused(context.Context, *http.Request, *Error) (bool, error) { return false, nil }

// BearerToken is a token that is valid as it is.
func BearerToken(token string) Credentials { return &bearer{token} }

type bearer struct{ token string }

func (b *bearer) Authorize(_ context.Context, req *http.Request, _ *Method) error {
	req.Header.Set("Authorization", "Bearer "+b.token)
	return nil
}

func (*bearer) Refused(context.Context, *http.Request, *Error) (bool, error) { return false, nil }

// Format hides the password, whatever the verb.
func (*admin) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "xrpc.AdminPassword") }

// Format hides the token, whatever the verb.
func (*bearer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "xrpc.BearerToken") }
