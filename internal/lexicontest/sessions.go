package lexicontest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// Password is the app password of every account.
const Password = "abcd-efgh-ijkl-mnop"

// sessions are those of one account. Tokens are words with a number.
type sessions struct {
	made, access, refresh int         // numbers of the newest tokens
	refusal               *xrpc.Error // of who signs in; nil for nothing
	handle                syntax.Handle
}

// Refuse has the server refuse whoever signs in; nil ends that.
func (a *Account) Refuse(e *xrpc.Error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions.refusal = e
}

// Expire has the access tokens of all sessions expire, and the refresh tokens, too, if
// it is all.
func (a *Account) Expire(all bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions.made++
	if a.sessions.access = a.sessions.made; all {
		a.sessions.refresh = a.sessions.made
	}
}

// SignedIn returns how many sessions were begun or renewed.
func (a *Account) SignedIn() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sessions.made
}

// SetHandle gives the account a handle, in the DNS and in its document.
func (a *Account) SetHandle(handle syntax.Handle) {
	a.mu.Lock()
	a.sessions.handle = handle
	a.mu.Unlock()
	a.n.Set("_atproto."+string(handle), "did="+string(a.DID))
	document := a.Document(a.SigningKey(), a.URL)
	a.n.SetDocument(a.DID, strings.Replace(document, "{", fmt.Sprintf(`{"alsoKnownAs":["at://%s"],`, handle), 1))
}

func (a *Account) handleSessions(api *xrpc.Server) {
	comatproto.ServerCreateSession.Handle(api, a.createSession)
	comatproto.ServerRefreshSession.Handle(api, a.refreshSession)
	comatproto.ServerGetSession.Handle(api, func(_ context.Context, r *comatproto.ServerGetSessionRequest) (*comatproto.ServerGetSessionOutput, error) {
		if err := a.authorized(r.HTTP.Header.Get("Authorization"), "access"); err != nil {
			return nil, err
		}
		return &comatproto.ServerGetSessionOutput{DID: a.DID, Handle: a.handle()}, nil
	})
}

// handle returns the handle, handle.invalid if there is none. It locks.
func (a *Account) handle() syntax.Handle {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sessions.handle == "" {
		return syntax.HandleInvalid
	}
	return a.sessions.handle
}

func (a *Account) createSession(_ context.Context, r *comatproto.ServerCreateSessionRequest) (*comatproto.ServerCreateSessionOutput, error) {
	handle := a.handle()
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.sessions.refusal != nil:
		e := *a.sessions.refusal
		if e.Name == comatproto.ServerCreateSessionErrAuthFactorTokenRequired && r.Input.AuthFactorToken.Or("") == "ABCDE-23456" {
			break
		}
		return nil, &e
	case r.Input.Identifier != string(a.DID) && r.Input.Identifier != string(handle) || r.Input.Password != Password:
		return nil, xrpc.NewError(xrpc.ErrAuthenticationRequired, "Invalid identifier or password")
	}
	access, refresh := a.newTokens()
	return &comatproto.ServerCreateSessionOutput{DID: a.DID, Handle: handle, AccessJWT: access, RefreshJWT: refresh}, nil
}

func (a *Account) refreshSession(_ context.Context, r *comatproto.ServerRefreshSessionRequest) (*comatproto.ServerRefreshSessionOutput, error) {
	if err := a.authorized(r.HTTP.Header.Get("Authorization"), "refresh"); err != nil {
		return nil, err
	}
	handle := a.handle()
	a.mu.Lock()
	defer a.mu.Unlock()
	access, refresh := a.newTokens()
	return &comatproto.ServerRefreshSessionOutput{DID: a.DID, Handle: handle, AccessJWT: access, RefreshJWT: refresh}, nil
}

// newTokens makes a pair. The caller holds the lock.
func (a *Account) newTokens() (access, refresh string) {
	s := &a.sessions
	s.made++
	s.access, s.refresh = s.made, s.made
	return fmt.Sprintf("access-%d", s.made), fmt.Sprintf("refresh-%d", s.made)
}

// authorized checks a token. It locks.
func (a *Account) authorized(header, kind string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	want := a.sessions.access
	if kind == "refresh" {
		want = a.sessions.refresh
	}
	switch token, ok := strings.CutPrefix(header, "Bearer "); {
	case !ok:
		return xrpc.NewError(xrpc.ErrAuthMissing, "Authentication Required")
	case !strings.HasPrefix(token, kind+"-"):
		return xrpc.NewError(xrpc.ErrInvalidToken, "Token could not be verified")
	case token != fmt.Sprintf("%s-%d", kind, want):
		return xrpc.NewError(xrpc.ErrExpiredToken, "Token has expired")
	}
	return nil
}

// Limited is an answer of a server that is asked too often.
func Limited(wait time.Duration) *xrpc.Error {
	e := xrpc.NewError(xrpc.ErrRateLimitExceeded, "Rate Limit Exceeded")
	e.RetryAfter = wait
	return e
}
