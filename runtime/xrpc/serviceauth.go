package xrpc

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/lexgen/lexgen/runtime/auth"
)

// ErrMissingJwt is the error for a request without a token that needs one (XR-44).
const ErrMissingJwt ErrorName = "MissingJwt"

// ServiceAuth returns an authenticator for services that other servers call: the
// caller is an [*auth.Token], good for this service and the method that is called
// (XR-42). Without a token the caller is nobody if anonymous is set, and refused
// otherwise.
func ServiceAuth(v *auth.Verifier, anonymous bool) Authenticator {
	return func(ctx context.Context, r *http.Request, m *Method) (any, error) {
		scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		switch {
		case scheme == "" && anonymous:
			return nil, nil
		case scheme == "":
			return nil, unauthorized(ErrMissingJwt, "a service token is required")
		case !strings.EqualFold(scheme, "Bearer"):
			return nil, unauthorized(ErrorName(auth.BadJwt), "the authorization must be Bearer and a service token")
		}
		token, err := v.Verify(ctx, strings.TrimLeft(text, " "), m.NSID)
		if refused, ok := errors.AsType[*auth.Error](err); ok {
			return nil, unauthorized(ErrorName(refused.Name), "%s", refused.Message).Because(err)
		}
		if err != nil {
			return nil, err
		}
		return token, nil
	}
}

func unauthorized(name ErrorName, format string, args ...any) *Error {
	e := NewError(name, format, args...)
	e.Status = http.StatusUnauthorized
	return e
}

// ServiceToken authorizes each request with a token of its own, for its method
// (XR-40).
func ServiceToken(i *auth.Issuer) Credentials { return serviceToken{i} }

type serviceToken struct{ issuer *auth.Issuer }

func (s serviceToken) Authorize(_ context.Context, req *http.Request, m *Method) error {
	text, err := s.issuer.Issue(m.NSID)
	if err == nil {
		req.Header.Set("Authorization", "Bearer "+text)
	}
	return err
}

func (serviceToken) Refused(context.Context, *http.Request, *Error) (bool, error) { return false, nil }
