package crypto

import (
	"bytes"
	"crypto/sha256"
)

// Tags of the SEC 1 forms of a point.
const (
	infinityTag     = 0
	evenTag         = 2 // compressed, y is even
	oddTag          = 3 // compressed, y is odd
	uncompressedTag = 4
)

const publicKeyWhat = "public key"

// A PublicKey verifies signatures. Parsing costs about as much as a tenth of a
// verification, so keep the key of an identity. Nil and the zero
// PublicKey are no keys.
type PublicKey struct {
	curve Curve
	sec1  [uncompressedSize]byte
	point point // nil if there is no key
}

// ParsePublicKey returns the key on the curve c whose SEC 1 form is b:
// compressed, 33 bytes, or uncompressed, 65 bytes. The point at infinity and
// points off the curve are [ErrInvalidKey].
func ParsePublicKey(c Curve, b []byte) (*PublicKey, error) {
	return parsePublicKey(publicKeyWhat, c, b)
}

func parsePublicKey(what string, c Curve, b []byte) (*PublicKey, error) {
	s, err := c.suite(what)
	if err != nil {
		return nil, err
	}
	if err := checkPointForm(what, b); err != nil {
		return nil, err
	}
	p, err := s.newPoint(b)
	if err != nil {
		return nil, invalidKeyf(what, "not a point of the curve %s", s.name)
	}
	return newPublicKey(c, p), nil
}

func newPublicKey(c Curve, p point) *PublicKey {
	return &PublicKey{curve: c, sec1: [uncompressedSize]byte(p.uncompressed()), point: p}
}

// checkPointForm checks size and tag of a SEC 1 form.
func checkPointForm(what string, b []byte) error {
	size := len(b)
	switch {
	case size == 1 && b[0] == infinityTag:
		return invalidKeyf(what, "the point at infinity is no key")
	case size != PublicKeySize && size != uncompressedSize:
		return malformedf(what, "%d bytes, not %d or %d", size, PublicKeySize, uncompressedSize)
	case size == PublicKeySize && b[0] != evenTag && b[0] != oddTag:
		return malformedf(what, "a compressed point begins with 0x02 or 0x03, not 0x%02x", b[0])
	case size == uncompressedSize && b[0] != uncompressedTag:
		return malformedf(what, "an uncompressed point begins with 0x04, not 0x%02x", b[0])
	}
	return nil
}

// isNone reports whether k is no key.
func (k *PublicKey) isNone() bool { return k == nil || k.point == nil }

// Curve returns the curve of the key. It is K256 if k is no key.
func (k *PublicKey) Curve() Curve {
	if k == nil {
		return K256
	}
	return k.curve
}

// Equal reports whether k and other are the same key, in whatever form they
// were read. Nil equals only nil.
func (k *PublicKey) Equal(other *PublicKey) bool {
	if k == nil || other == nil {
		return k == other
	}
	return k.curve == other.curve && k.sec1 == other.sec1
}

// Bytes returns the compressed SEC 1 form in a new slice of [PublicKeySize]
// bytes, or nil if k is no key.
func (k *PublicKey) Bytes() []byte {
	if k.isNone() {
		return nil
	}
	return k.appendBytes(make([]byte, 0, PublicKeySize))
}

func (k *PublicKey) appendBytes(b []byte) []byte {
	parity := k.sec1[uncompressedSize-1] & 1
	b = append(b, evenTag|parity)
	return append(b, k.sec1[1:PublicKeySize]...)
}

// UncompressedBytes returns the uncompressed SEC 1 form in a new slice of 65
// bytes, 0x04 and the two coordinates big-endian, or nil if k is no key.
func (k *PublicKey) UncompressedBytes() []byte {
	if k.isNone() {
		return nil
	}
	return bytes.Clone(k.sec1[:])
}

// Verify returns nil if sig is a signature of msg by k: ECDSA over the SHA-256
// of msg, 64 bytes of r and s, s in the lower half of its range (CR-02, CR-03).
// The error is [ErrMalformed] for another form, such as DER, or for an r or s
// out of range, [ErrHighS], or [ErrMismatch].
func (k *PublicKey) Verify(msg, sig []byte) error { return k.verify(msg, sig, strict) }

// VerifyJWT is Verify for the signatures of JWTs, whose s may also be in the
// upper half of its range (CR-03); msg is the header and the claims as they
// were sent, with the dot between them. Nothing that is identified by its bytes
// may be verified so: anyone can change such a signature without the key.
func (k *PublicKey) VerifyJWT(msg, sig []byte) error { return k.verify(msg, sig, malleable) }

func (k *PublicKey) verify(msg, sig []byte, m malleability) error {
	if k.isNone() {
		return invalidKeyf(publicKeyWhat, "without a key nothing is verified")
	}
	checked, err := suites[k.curve].checkSignature(sig, m)
	if err != nil {
		return err
	}
	if !k.point.verify(sha256.Sum256(msg), checked) {
		return &Error{What: signatureWhat, Reason: "it does not match the message and the key", Err: ErrMismatch}
	}
	return nil
}
