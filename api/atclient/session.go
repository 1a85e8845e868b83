package atclient

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// ErrSessionEnded is the error for calls of a session that the server has ended. A
// new one needs the password.
var ErrSessionEnded = errors.New("atclient: the session has ended")

// Tokens are what is to be stored of a session. The two of the server are secret.
type Tokens struct {
	DID     syntax.DID
	Handle  syntax.Handle
	Access  Secret
	Refresh Secret
}

// A Secret is text that is not shown by accident: printed, logged or marshaled it
// is a word. Convert it to a string to store it.
type Secret string

// String hides the text.
func (Secret) String() string { return "(secret)" }

// Format hides the text, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// MarshalText hides the text.
func (Secret) MarshalText() ([]byte, error) { return []byte("(secret)"), nil }

// A Session is that of an account with its server, and credentials for calls there
// (XR-20 to XR-24). When the access token has expired it is renewed once, however many
// calls wait for that. A Session may be used by any number of goroutines.
type Session struct {
	plain *xrpc.Client // has no credentials
	save  func(Tokens)

	mu      sync.Mutex
	tokens  *Tokens // not in the session itself: fmt prints unexported fields of what holds one
	ended   error   // why, once the server has ended it
	renewal *renewal
}

// String returns the account, and no token.
func (s *Session) String() string { return "atclient.Session(" + string(s.DID()) + ")" }

// Format prints what String returns, whatever the verb.
func (s *Session) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// renewal is one that is under way.
type renewal struct {
	done chan struct{}
	err  error
}

// A SessionOption is a property of a session.
type SessionOption func(*sessionOptions)

type sessionOptions struct {
	save   func(Tokens)
	factor lex.Opt[string]
}

// WithSave has f store the tokens, when the session begins and each time they are
// renewed. It is called by the goroutine that renews them, one call at a time.
func WithSave(f func(Tokens)) SessionOption { return func(o *sessionOptions) { o.save = f } }

// WithAuthFactor is the code that the server has sent by mail, after an answer of
// [comatproto.ServerCreateSessionErrAuthFactorTokenRequired].
func WithAuthFactor(token string) SessionOption {
	return func(o *sessionOptions) { o.factor = lex.String(token) }
}

// Login begins a session with a password, or an app password. c is a client of the
// account's server; its credentials are not used.
func Login(ctx context.Context, c *xrpc.Client, identifier, password string, opts ...SessionOption) (*Session, error) {
	s, o := newSession(c, opts)
	out, err := comatproto.ServerCreateSession.Call(ctx, s.plain, &comatproto.ServerCreateSessionInput{
		Identifier: identifier, Password: password, AuthFactorToken: o.factor,
	})
	if err != nil {
		return nil, err
	}
	s.tokens = &Tokens{DID: out.DID, Handle: out.Handle, Access: Secret(out.AccessJWT), Refresh: Secret(out.RefreshJWT)}
	s.save(*s.tokens)
	return s, nil
}

// Resume goes on with a session whose tokens were stored. Nothing is asked: the first
// call shows whether the server still knows it.
func Resume(c *xrpc.Client, tokens Tokens, opts ...SessionOption) *Session {
	s, _ := newSession(c, opts)
	s.tokens = &tokens
	return s
}

func newSession(c *xrpc.Client, opts []SessionOption) (*Session, *sessionOptions) {
	o := &sessionOptions{save: func(Tokens) {}}
	for _, option := range opts {
		option(o)
	}
	return &Session{plain: c.With(xrpc.WithCredentials(nil)), save: o.save}, o
}

// Client returns a client for calls in the account's name.
func (s *Session) Client(opts ...xrpc.ClientOption) *xrpc.Client {
	return s.plain.With(append([]xrpc.ClientOption{xrpc.WithCredentials(s)}, opts...)...)
}

// DID returns the account.
func (s *Session) DID() syntax.DID {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens.DID
}

// Tokens returns what is to be stored.
func (s *Session) Tokens() Tokens {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.tokens
}

var errLoggedOut = errors.New("it was logged out")

// Logout ends the session on the server.
func (s *Session) Logout(ctx context.Context) error {
	_, err := comatproto.ServerDeleteSession.Call(ctx, s.plain.With(xrpc.WithCredentials(xrpc.BearerToken(string(s.Tokens().Refresh)))), nil)
	if err == nil {
		_ = s.end(errLoggedOut)
	}
	return err
}

// end makes all calls fail from now on, and returns how.
func (s *Session) end(why error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = fmt.Errorf("%w: %w", ErrSessionEnded, why)
	return s.ended
}

// Authorize implements [xrpc.Credentials]. Requests to other services than the
// session's are an error.
func (s *Session) Authorize(_ context.Context, req *http.Request, _ *xrpc.Method) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != nil {
		return s.ended
	}
	if own := s.plain.Service(); own == nil || req.URL.Scheme != own.Scheme || req.URL.Host != own.Host {
		return fmt.Errorf("atclient: the session is one with %v, and its tokens are not for %s: use Session.Client", own, req.URL.Host)
	}
	req.Header.Set("Authorization", bearer(s.tokens.Access))
	return nil
}

func bearer(token Secret) string { return "Bearer " + string(token) }

// Refused implements [xrpc.Credentials]: it renews the tokens if the one in the
// request has expired and was not renewed meanwhile (XR-24).
func (s *Session) Refused(ctx context.Context, req *http.Request, refused *xrpc.Error) (bool, error) {
	if refused.Status != http.StatusUnauthorized && refused.Name != xrpc.ErrExpiredToken {
		return false, nil //nolint:nilerr // the refusal itself is told by the client
	}
	s.mu.Lock()
	switch {
	case s.ended != nil:
		s.mu.Unlock()
		return false, s.ended
	case req.Header.Get("Authorization") != bearer(s.tokens.Access):
		s.mu.Unlock()
		return true, nil // somebody was faster
	}
	r := s.renewal
	if r == nil {
		r = &renewal{done: make(chan struct{})}
		s.renewal = r
		// Those who wait may give up; the others need the answer all the same. The
		// client bounds how long it takes.
		go s.renew(context.WithoutCancel(ctx), r, *s.tokens)
	}
	s.mu.Unlock()
	select {
	case <-r.done:
		return r.err == nil, r.err
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// renew asks for new tokens (XR-23).
func (s *Session) renew(ctx context.Context, r *renewal, old Tokens) {
	defer close(r.done)
	client := s.plain.With(xrpc.WithCredentials(xrpc.BearerToken(string(old.Refresh))))
	out, err := comatproto.ServerRefreshSession.Call(ctx, client, nil)
	if err == nil && out.DID != old.DID {
		err = fmt.Errorf("atclient: the server has given a session of %.100q instead of %s", out.DID, old.DID)
	}
	if err != nil {
		if final(err) {
			err = s.end(err)
		}
		r.err = err
		s.mu.Lock()
		defer s.mu.Unlock()
		s.renewal = nil
		return
	}
	renewed := Tokens{DID: out.DID, Handle: out.Handle, Access: Secret(out.AccessJWT), Refresh: Secret(out.RefreshJWT)}
	s.save(renewed)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens, s.renewal = &renewed, nil
}

// final reports whether an answer ends the session (XR-24).
func final(err error) bool {
	e, ok := errors.AsType[*xrpc.Error](err)
	if !ok {
		return false
	}
	names := []xrpc.ErrorName{xrpc.ErrExpiredToken, xrpc.ErrInvalidToken, "InvalidDID", comatproto.ServerRefreshSessionErrAccountTakedown}
	return e.Status == http.StatusUnauthorized || slices.Contains(names, e.Name)
}
