package crypto

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
)

const privateKeyWhat = "private key"

// maxDraws is how often GenerateKey draws. From a random source, that all draws
// are out of range has a chance of 2^-256 for P-256, and a smaller one for K-256.
const maxDraws = 8

// A PrivateKey signs. It is shown by its public key wherever it is printed or
// logged, and refuses to be marshaled; [PrivateKey.Bytes], [PrivateKey.Hex] and
// [PrivateKey.Multikey] alone give it away. It cannot be compared with ==. Nil
// and the zero PrivateKey are no keys.
type PrivateKey struct {
	// reveal returns the secret, or is nil if there is no key. Printers that
	// look into unexported fields find nothing behind a function.
	reveal func() *secret
}

type secret struct {
	value  [PrivateKeySize]byte // big-endian
	scalar scalar
	public *PublicKey
}

// GenerateKey returns a new key on the curve c, K256 for new identities
// (CR-01). It reads 32 bytes from random, and further ones in the rare case
// that these are out of range; nil stands for crypto/rand.Reader. It fails if
// random does.
func GenerateKey(c Curve, random io.Reader) (*PrivateKey, error) {
	if _, err := c.suite(privateKeyWhat); err != nil {
		return nil, err
	}
	if random == nil {
		random = rand.Reader
	}
	var b [PrivateKeySize]byte
	for range maxDraws {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return nil, fmt.Errorf("generate a key of %s: %w", c, err)
		}
		if key, err := ParsePrivateKey(c, b[:]); err == nil {
			return key, nil
		}
	}
	return nil, fmt.Errorf("generate a key of %s: %d draws out of range: the source is not random", c, maxDraws)
}

// ParsePrivateKey returns the key on the curve c that b is, 32 bytes big-endian.
// Zero and numbers that are not below the order of the curve are
// [ErrInvalidKey].
func ParsePrivateKey(c Curve, b []byte) (*PrivateKey, error) {
	s, err := c.suite(privateKeyWhat)
	if err != nil {
		return nil, err
	}
	if len(b) != PrivateKeySize {
		return nil, malformedf(privateKeyWhat, "%d bytes, not %d", len(b), PrivateKeySize)
	}
	k, err := s.newScalar(b)
	if err != nil {
		return nil, invalidKeyf(privateKeyWhat, "zero, or not below the order of the curve %s", s.name)
	}
	kept := &secret{value: [PrivateKeySize]byte(b), scalar: k, public: newPublicKey(c, k.point())}
	return &PrivateKey{reveal: func() *secret { return kept }}, nil
}

// ParsePrivateKeyHex is ParsePrivateKey for 64 hexadecimal digits, the form of
// configuration files (CR-10).
func ParsePrivateKeyHex(c Curve, text string) (*PrivateKey, error) {
	var b [PrivateKeySize]byte
	if len(text) != 2*PrivateKeySize {
		return nil, malformedf(privateKeyWhat, "%d characters, not %d", len(text), 2*PrivateKeySize)
	}
	if _, err := hex.Decode(b[:], []byte(text)); err != nil {
		return nil, malformedf(privateKeyWhat, "a character that is no hexadecimal digit")
	}
	return ParsePrivateKey(c, b[:])
}

// ParsePrivateMultikey returns the key in a private multikey: the letter z, and
// in base58btc the codec of the curve and the 32 bytes of the key. Each key has
// exactly one accepted text.
func ParsePrivateMultikey(text string) (*PrivateKey, error) {
	b, err := decodeMultibase(privateKeyWhat, text)
	if err != nil {
		return nil, err
	}
	code, b, err := cutCodec(privateKeyWhat, b)
	if err != nil {
		return nil, err
	}
	for c, s := range suites {
		if code == s.privateCode {
			return ParsePrivateKey(Curve(c), b)
		}
	}
	return nil, unsupportedf(privateKeyWhat, "its codec is not that of a private key of K-256 or P-256")
}

// isNone reports whether k is no key.
func (k *PrivateKey) isNone() bool { return k == nil || k.reveal == nil }

// PublicKey returns the key that verifies what k signs. It is the zero
// PublicKey if k is no key.
func (k *PrivateKey) PublicKey() *PublicKey {
	if k.isNone() {
		return new(PublicKey)
	}
	return k.reveal().public
}

// Curve returns the curve of the key. It is K256 if k is no key.
func (k *PrivateKey) Curve() Curve { return k.PublicKey().Curve() }

// Sign returns the signature of msg in a new slice of [SignatureSize] bytes:
// ECDSA over the SHA-256 of msg (CR-02), with a low s (CR-03), and by RFC 6979
// the same one each time. It fails if k is no key.
func (k *PrivateKey) Sign(msg []byte) ([]byte, error) {
	if k.isNone() {
		return nil, invalidKeyf(privateKeyWhat, "without a key nothing is signed")
	}
	sig, err := k.reveal().scalar.sign(sha256.Sum256(msg))
	if err != nil {
		return nil, fmt.Errorf("sign with a key of %s: %w", k.Curve(), err)
	}
	return sig, nil
}

// Equal reports whether k and other are the same key, in a time that does not
// depend on their values. Nil equals only nil.
func (k *PrivateKey) Equal(other *PrivateKey) bool {
	if k == nil || other == nil {
		return k == other
	}
	same := subtle.ConstantTimeCompare(k.Bytes(), other.Bytes()) == 1
	return same && k.Curve() == other.Curve()
}

// Bytes returns the secret number in a new slice of [PrivateKeySize] bytes,
// big-endian, or nil if k is no key.
func (k *PrivateKey) Bytes() []byte {
	if k.isNone() {
		return nil
	}
	return bytes.Clone(k.reveal().value[:])
}

// Hex returns Bytes in lower-case hexadecimal digits, or "" if k is no key.
func (k *PrivateKey) Hex() string { return hex.EncodeToString(k.Bytes()) }

// Multikey returns the secret text that [ParsePrivateMultikey] reads, or "" if
// k is no key.
func (k *PrivateKey) Multikey() string {
	if k.isNone() {
		return ""
	}
	b := binary.AppendUvarint(nil, suites[k.Curve()].privateCode)
	return encodeMultibase(append(b, k.Bytes()...))
}
