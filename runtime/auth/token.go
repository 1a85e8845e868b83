package auth

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Token is what a service token says.
type Token struct {
	Issuer   syntax.DID  // in whose name
	KeyID    string      // of the issuer's key, such as #atproto
	Audience string      // for which service: a DID, with #fragment or without (bare DIDs are deprecated)
	Method   syntax.NSID // for which method; "" is for any, which receivers refuse
	ID       string      // random, so that it can be told whether a token was used
	IssuedAt time.Time   // to the second, as is Expires
	Expires  time.Time

	notBefore time.Time // of a token that was read
}

// DefaultKeyID is the key that commits and tokens are signed with (XR-41).
const DefaultKeyID = "#atproto"

// DefaultLife is how long a token is good (XR-40).
const DefaultLife = time.Minute

// An Issuer makes tokens. It may be used by any number of goroutines.
type Issuer struct {
	DID      syntax.DID
	Key      crypto.Signer
	Audience string
	// KeyID is named in the header if it is not "" (XR-41).
	KeyID string
	// Life is how long tokens are good; DefaultLife if it is 0.
	Life time.Duration
	// Now is the clock, and Random the source of IDs; they must be set, or be those
	// of NewIssuer.
	Now    func() time.Time
	Random io.Reader
}

// NewIssuer returns an issuer with the clock and the randomness of the machine.
func NewIssuer(did syntax.DID, key crypto.Signer, audience string) *Issuer {
	return &Issuer{DID: did, Key: key, Audience: audience, Now: time.Now, Random: rand.Reader}
}

// claims are the payload of a token.
type claims struct {
	jwt.RegisteredClaims

	Method string `json:"lxm,omitempty"`
}

// Issue returns a token for one call of a method.
func (i *Issuer) Issue(method syntax.NSID) (string, error) {
	id := make([]byte, 16)
	if _, err := io.ReadFull(i.Random, id); err != nil {
		return "", fmt.Errorf("auth: make the ID of a token: %w", err)
	}
	life, now := i.Life, i.Now()
	if life <= 0 {
		life = DefaultLife
	}
	return Sign(i.Key, &Token{
		Issuer: i.DID, KeyID: i.KeyID, Audience: i.Audience, Method: method, ID: hex.EncodeToString(id), IssuedAt: now, Expires: now.Add(life),
	})
}

// Sign returns the token as text.
func Sign(key crypto.Signer, t *Token) (string, error) {
	j := &jwt.Token{
		Header: map[string]any{"typ": "JWT", "alg": algorithm(key.PublicKey().Curve())},
		Method: signer{key},
		Claims: claims{
			RegisteredClaims: jwt.RegisteredClaims{
				Issuer: string(t.Issuer), ID: t.ID, IssuedAt: jwt.NewNumericDate(t.IssuedAt), ExpiresAt: jwt.NewNumericDate(t.Expires),
			},
			Method: string(t.Method),
		},
	}
	if t.KeyID != "" {
		j.Header["kid"] = t.KeyID
	}
	c, _ := j.Claims.(claims)
	j.Claims = withAudience{c, t.Audience}
	text, err := j.SignedString(nil)
	if err != nil {
		return "", fmt.Errorf("auth: sign a token: %w", err)
	}
	return text, nil
}

// withAudience writes aud as one text, and not as an array.
type withAudience struct {
	claims

	Audience string `json:"aud"`
}

// algorithm is the name of a curve in JWTs (XR-40).
func algorithm(c crypto.Curve) string {
	if c == crypto.K256 {
		return "ES256K"
	}
	return "ES256"
}

// signer signs with a key of package crypto. It is never registered.
type signer struct{ key crypto.Signer }

// Alg returns the name of the algorithm.
func (s signer) Alg() string { return algorithm(s.key.PublicKey().Curve()) }

// Sign signs the text of a header and a payload.
func (s signer) Sign(text string, _ any) ([]byte, error) { return s.key.Sign([]byte(text)) }

// Verify is not for signers.
func (signer) Verify(string, []byte, any) error { return jwt.ErrSignatureInvalid }

// known lets the parser of the JWT library read tokens of the curve that it lacks.
// It verifies none of them: see Verifier.
var known = sync.OnceFunc(func() {
	if jwt.GetSigningMethod("ES256K") == nil {
		jwt.RegisterSigningMethod("ES256K", func() jwt.SigningMethod { return readable{} })
	}
})

// readable is an algorithm by name.
type readable struct{}

// Alg returns the name.
func (readable) Alg() string { return "ES256K" }

// Sign fails.
func (readable) Sign(string, any) ([]byte, error) { return nil, jwt.ErrHashUnavailable }

// Verify fails.
func (readable) Verify(string, []byte, any) error { return jwt.ErrSignatureInvalid }
