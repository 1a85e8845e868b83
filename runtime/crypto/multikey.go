package crypto

import (
	"encoding/binary"
	"strings"
)

const (
	didKeyPrefix = "did:key:"

	didKeyWhat   = "did:key"
	multikeyWhat = "multikey"
)

// ParseDIDKey returns the key that a did:key is: "did:key:" and a multikey, as
// [ParseMultikey] reads it (CR-04).
func ParseDIDKey(text string) (*PublicKey, error) {
	multikey, ok := strings.CutPrefix(text, didKeyPrefix)
	if !ok {
		return nil, malformedf(didKeyWhat, "does not begin with %s", didKeyPrefix)
	}
	return parseMultikey(didKeyWhat, multikey)
}

// ParseMultikey returns the key in a multikey: the letter z, and in base58btc
// the codec of the curve and the compressed point (CR-04). Each key has exactly
// one accepted text.
func ParseMultikey(text string) (*PublicKey, error) { return parseMultikey(multikeyWhat, text) }

func parseMultikey(what, text string) (*PublicKey, error) {
	b, err := decodeMultibase(what, text)
	if err != nil {
		return nil, err
	}
	code, b, err := cutCodec(what, b)
	if err != nil {
		return nil, err
	}
	for c, s := range suites {
		switch code {
		case s.publicCode:
			if len(b) != PublicKeySize {
				return nil, malformedf(what, "%d bytes behind its codec, not %d", len(b), PublicKeySize)
			}
			return parsePublicKey(what, Curve(c), b)
		case s.privateCode:
			return nil, unsupportedf(what, "a private key of %s stands where a public key should", s.name)
		}
	}
	return nil, unsupportedf(what, "its codec 0x%x is not that of a public key of K-256 or P-256", code)
}

// Multikey returns the text form that [ParseMultikey] reads, as it stands in
// the publicKeyMultibase of a DID document, or "" if k is no key.
func (k *PublicKey) Multikey() string {
	if k.isNone() {
		return ""
	}
	var buf [binary.MaxVarintLen64 + PublicKeySize]byte
	b := binary.AppendUvarint(buf[:0], suites[k.curve].publicCode)
	return encodeMultibase(k.appendBytes(b))
}

// DIDKey returns "did:key:" and the multikey, or "" if k is no key.
func (k *PublicKey) DIDKey() string {
	if k.isNone() {
		return ""
	}
	return didKeyPrefix + k.Multikey()
}

// String returns the did:key, or "" if k is no key.
func (k *PublicKey) String() string { return k.DIDKey() }

// MarshalText returns the did:key. It fails if k is no key.
func (k *PublicKey) MarshalText() ([]byte, error) {
	if k.isNone() {
		return nil, invalidKeyf(publicKeyWhat, "what is no key has no text")
	}
	return []byte(k.DIDKey()), nil
}

// UnmarshalText sets k to the key that [ParseDIDKey] reads from text. On error
// k is unchanged. It must not be called on a key that is in use.
func (k *PublicKey) UnmarshalText(text []byte) error {
	parsed, err := ParseDIDKey(string(text))
	if err != nil {
		return err
	}
	*k = *parsed
	return nil
}
