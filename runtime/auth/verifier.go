package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Name is the name of an error of a token, as services answer it (XR-44).
type Name string

// The names of errors.
const (
	BadJwt              Name = "BadJwt"
	BadJwtType          Name = "BadJwtType"
	JwtExpired          Name = "JwtExpired"
	BadJwtAudience      Name = "BadJwtAudience"
	BadJwtLexiconMethod Name = "BadJwtLexiconMethod"
	BadJwtIss           Name = "BadJwtIss"
	BadJwtSignature     Name = "BadJwtSignature"
	UntrustedIss        Name = "UntrustedIss"
)

// An Error says why a token is not accepted.
type Error struct {
	Name    Name
	Message string // for the caller
	cause   error
}

// Error returns the name and the message.
func (e *Error) Error() string { return "auth: " + string(e.Name) + ": " + e.Message }

// Unwrap returns what caused it, nil if it is the token alone.
func (e *Error) Unwrap() error { return e.cause }

func failf(name Name, format string, args ...any) *Error {
	return &Error{Name: name, Message: fmt.Sprintf(format, args...)}
}

// MaxToken is the longest token that is read, in bytes.
const MaxToken = 8 << 10

// Keys look up keys. A *identity.Directory is one.
type Keys interface {
	// Key returns the key with that id, such as #atproto, of a DID; as the DID's
	// document has it now if fresh is set.
	Key(ctx context.Context, did syntax.DID, id string, fresh bool) (*crypto.PublicKey, error)
}

// A Replay remembers which tokens were used.
type Replay interface {
	// Use notes that the token of an issuer with that ID was used, which is forgotten
	// after until, and reports whether it was used before. An error refuses the token.
	Use(ctx context.Context, issuer syntax.DID, id string, until time.Time) (before bool, err error)
}

// A Verifier verifies tokens. Its fields must not change after its first use; it may
// be used by any number of goroutines.
type Verifier struct {
	Keys Keys
	// Audiences are what tokens may be for: the service's DID with its fragment,
	// and, as long as others send that, the bare DID (XR-42).
	Audiences []string
	// KeyIDs are the keys that may sign; DefaultKeyID alone if it is empty (XR-41).
	KeyIDs []string
	// Trusts reports whether tokens of an issuer are accepted; those of all if nil. Who
	// makes many DIDs can then fill a Replay, and so keep others out.
	Trusts func(syntax.DID) bool
	// Replay refuses tokens that were used; nil accepts them, until they expire.
	Replay Replay
	// MaxLife is how far ahead a token may expire, and how long ago it may have been
	// issued, 5 minutes if it is 0 (XR-45). Clients get tokens that are good for up to an
	// hour from com.atproto.server.getServiceAuth (XR-46): a service that they call, such
	// as for uploads, allows an hour. Skew is how far clocks may differ, 30 s if it
	// is 0.
	MaxLife, Skew time.Duration
	// Now is the clock. It must be set.
	Now func() time.Time
}

// Limits of a verifier whose fields are zero.
const (
	defaultMaxLife = 5 * time.Minute
	defaultSkew    = 30 * time.Second
)

// Verify returns what a token says that is good for a method now. Otherwise the
// error is an [*Error], or one of the context.
func (v *Verifier) Verify(ctx context.Context, text string, method syntax.NSID) (*Token, error) {
	t, signed, err := v.read(text)
	if err != nil {
		return nil, err
	}
	if err := v.check(t, method); err != nil {
		return nil, err
	}
	if err := v.verify(ctx, t, signed); err != nil {
		return nil, err
	}
	if v.Replay == nil {
		return t, nil
	}
	if t.ID == "" {
		return nil, failf(BadJwt, "the token has no jti")
	}
	before, err := v.Replay.Use(ctx, t.Issuer, t.ID, t.Expires.Add(v.skew()))
	switch {
	case err != nil:
		return nil, &Error{BadJwt, "whether the token was used cannot be told", err}
	case before:
		return nil, failf(BadJwt, "the token was used before")
	}
	return t, nil
}

func (v *Verifier) skew() time.Duration {
	if v.Skew > 0 {
		return v.Skew
	}
	return defaultSkew
}

// signed is what a token's signature is about.
type signed struct {
	text      string
	signature []byte
	algorithm string
}

// read reads a token without believing it.
func (v *Verifier) read(text string) (*Token, *signed, error) {
	if len(text) > MaxToken {
		return nil, nil, failf(BadJwt, "the token has more than %d bytes", MaxToken)
	}
	known()
	var c claims
	parser := jwt.NewParser(jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation())
	j, parts, err := parser.ParseUnverified(text, &c)
	if err != nil {
		return nil, nil, &Error{BadJwt, "the token cannot be read", err}
	}
	for _, part := range parts[:2] {
		segment, err := parser.DecodeSegment(part)
		if err == nil {
			err = unambiguous(segment)
		}
		if err != nil {
			return nil, nil, &Error{BadJwt, "the token cannot be read", err}
		}
	}
	s := &signed{text: parts[0] + "." + parts[1]}
	if s.signature, err = parser.DecodeSegment(parts[2]); err != nil {
		return nil, nil, &Error{BadJwt, "the token cannot be read", err}
	}
	s.algorithm, _ = j.Header["alg"].(string)
	if s.algorithm != "ES256" && s.algorithm != "ES256K" {
		return nil, nil, failf(BadJwt, "the algorithm must be ES256 or ES256K")
	}
	if typ, there := j.Header["typ"]; there {
		if name, _ := typ.(string); !strings.EqualFold(name, "JWT") {
			return nil, nil, failf(BadJwtType, "the token is none for services") // at+jwt, refresh+jwt, dpop+jwt
		}
	}
	if _, there := j.Header["crit"]; there {
		return nil, nil, failf(BadJwt, "the token has critical headers")
	}
	t, err := tokenOf(&c, j.Header["kid"])
	return t, s, err
}

// tokenOf makes sure of the form of what a token says.
func tokenOf(c *claims, kid any) (*Token, error) {
	issuer, fragment, hasFragment := strings.Cut(c.Issuer, "#")
	did, err := syntax.ParseDID(issuer)
	if err != nil {
		return nil, failf(BadJwtIss, "the issuer is no DID")
	}
	t := &Token{Issuer: did, KeyID: DefaultKeyID, Method: syntax.NSID(c.Method), ID: c.ID}
	if hasFragment { // of older labelers (UN, proposal 0013)
		t.KeyID = keyOfService("#" + fragment)
	}
	if kid != nil {
		id, ok := kid.(string)
		if !ok || !strings.HasPrefix(id, "#") {
			return nil, failf(BadJwt, "the header kid must be # and the name of a key")
		}
		t.KeyID = id
	}
	if len(c.Audience) != 1 {
		return nil, failf(BadJwtAudience, "the token must be for one service")
	}
	t.Audience = c.Audience[0]
	if c.ExpiresAt == nil {
		return nil, failf(BadJwt, "the token has no exp")
	}
	t.Expires = c.ExpiresAt.Time
	if c.IssuedAt != nil {
		t.IssuedAt = c.IssuedAt.Time
	}
	if c.NotBefore != nil {
		t.notBefore = c.NotBefore.Time
	}
	return t, nil
}

// keyOfService returns the key that a service's tokens are signed with.
func keyOfService(fragment string) string {
	if fragment == "#atproto_labeler" {
		return "#atproto_label"
	}
	return fragment
}

// check holds what a token says against what it is needed for.
func (v *Verifier) check(t *Token, method syntax.NSID) error {
	keys := v.KeyIDs
	if len(keys) == 0 {
		keys = []string{DefaultKeyID}
	}
	maxLife := v.MaxLife
	if maxLife <= 0 {
		maxLife = defaultMaxLife
	}
	now := v.Now()
	switch {
	case !slices.Contains(keys, t.KeyID):
		return failf(BadJwtIss, "tokens that the key %q signs are not accepted", t.KeyID)
	case v.Trusts != nil && !v.Trusts(t.Issuer):
		return failf(UntrustedIss, "tokens of %s are not accepted", t.Issuer)
	case now.After(t.Expires.Add(v.skew())):
		return failf(JwtExpired, "the token has expired")
	case t.Expires.Sub(now) > maxLife+v.skew():
		return failf(BadJwt, "the token is good for longer than %v", maxLife)
	case t.IssuedAt.Sub(now) > v.skew():
		return failf(BadJwt, "the token was issued in the future")
	case !t.IssuedAt.IsZero() && now.Sub(t.IssuedAt) > maxLife+v.skew():
		return failf(JwtExpired, "the token was issued more than %v ago", maxLife)
	case t.notBefore.Sub(now) > v.skew():
		return failf(BadJwt, "the token is not good yet")
	case !slices.Contains(v.Audiences, t.Audience):
		return failf(BadJwtAudience, "the token is for another service")
	case t.Method == "":
		return failf(BadJwtLexiconMethod, "the token names no method (lxm); it must be %s", method)
	case t.Method != method:
		return failf(BadJwtLexiconMethod, "the token is for another method than %s", method)
	}
	return nil
}

// verify verifies the signature, a second time with a key that was looked up anew
// (XR-43).
func (v *Verifier) verify(ctx context.Context, t *Token, s *signed) error {
	var last error
	for _, fresh := range []bool{false, true} {
		key, err := v.Keys.Key(ctx, t.Issuer, t.KeyID, fresh)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			last = err
		case algorithm(key.Curve()) != s.algorithm:
			last = errors.New("the key is of another curve")
		default:
			if last = key.VerifyJWT([]byte(s.text), s.signature); last == nil {
				return nil
			}
		}
	}
	return &Error{BadJwtSignature, "the signature is not the issuer's", last}
}
