package crypto

import (
	"crypto/sha256"
	"fmt"
)

// Sizes of the binary forms, in bytes.
const (
	// SignatureSize is the size of a signature.
	SignatureSize = 2 * scalarSize
	// PrivateKeySize is the size of a private key.
	PrivateKeySize = scalarSize
	// PublicKeySize is the size of a public key in the compressed form.
	PublicKeySize = 1 + scalarSize

	uncompressedSize = 1 + 2*scalarSize
	scalarSize       = 32
	hashSize         = sha256.Size
)

// Curve is one of the elliptic curves of AT Protocol.
type Curve uint8

const (
	// K256 is secp256k1, the curve of new keys unless something else is asked
	// for (CR-01). It is the zero Curve.
	K256 Curve = iota
	// P256 is secp256r1.
	P256
)

// String returns "K-256" or "P-256".
func (c Curve) String() string {
	s, err := c.suite("curve")
	if err != nil {
		return fmt.Sprintf("Curve(%d)", uint8(c))
	}
	return s.name
}

// JWTAlgorithm returns the name that a JWT header has for signatures over the
// curve, "ES256K" or "ES256". It is empty for an unknown curve.
func (c Curve) JWTAlgorithm() string {
	s, err := c.suite("curve")
	if err != nil {
		return ""
	}
	return s.jwtAlgorithm
}

// suite is everything that depends on the curve.
type suite struct {
	name         string
	jwtAlgorithm string
	legacyType   string // type of verification methods in old DID documents
	publicCode   uint64 // multicodec of a compressed public key
	privateCode  uint64 // multicodec of a private key
	order        string // of the base point, 32 bytes big-endian
	halfOrder    string // order/2, rounded down

	// newPoint returns the point whose SEC 1 form, compressed or not, is b. It
	// fails if no such point is on the curve.
	newPoint func(b []byte) (point, error)
	// newScalar returns the private key that b is, 32 bytes big-endian. It
	// fails if b is zero or not below the order.
	newScalar func(b []byte) (scalar, error)
}

// point is what a curve's library does with a public key.
type point interface {
	// uncompressed returns the SEC 1 form.
	uncompressed() []byte
	// verify is called only with r and s that checkSignature accepts.
	verify(hash [hashSize]byte, sig [SignatureSize]byte) bool
}

// scalar is what a curve's library does with a private key.
type scalar interface {
	point() point
	// sign returns a new slice of r and s with a low s, by RFC 6979.
	sign(hash [hashSize]byte) ([]byte, error)
}

// suites has one entry for each curve.
var suites = [...]*suite{K256: &k256, P256: &p256}

// suite returns the suite of c. If there is none, the error is about what.
func (c Curve) suite(what string) (*suite, error) {
	if int(c) >= len(suites) {
		return nil, unsupportedf(what, "its curve is neither K-256 nor P-256")
	}
	return suites[c], nil
}
