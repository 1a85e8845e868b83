package crypto

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"errors"
	"math/big"
)

var p256 = suite{
	name:         "P-256",
	jwtAlgorithm: "ES256",
	legacyType:   "EcdsaSecp256r1VerificationKey2019",
	publicCode:   0x1200,
	privateCode:  0x1306,
	order: "\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff" +
		"\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51",
	halfOrder: "\x7f\xff\xff\xff\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff" +
		"\xde\x73\x7d\x56\xd3\x8b\xcf\x42\x79\xdc\xe5\x61\x7e\x31\x92\xa8",
	newPoint: newP256Point,
	newScalar: func(b []byte) (scalar, error) {
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), b)
		return p256Scalar{key}, err //nolint:wrapcheck // ParsePrivateKey says what it means
	},
}

type p256Point struct{ key *ecdsa.PublicKey }

func newP256Point(b []byte) (point, error) {
	if len(b) == PublicKeySize {
		x, y := elliptic.UnmarshalCompressed(elliptic.P256(), b)
		if x == nil {
			return nil, errors.New("not on the curve")
		}
		b = make([]byte, uncompressedSize)
		b[0] = uncompressedTag
		x.FillBytes(b[1:PublicKeySize])
		y.FillBytes(b[PublicKeySize:])
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), b)
	return p256Point{key}, err //nolint:wrapcheck // ParsePublicKey says what it means
}

func (p p256Point) uncompressed() []byte {
	b, _ := p.key.Bytes() // fails for keys that were not parsed
	return b
}

// verify writes the signature in the only form that crypto/ecdsa reads without
// big integers.
func (p p256Point) verify(hash [hashSize]byte, sig [SignatureSize]byte) bool {
	return ecdsa.VerifyASN1(p.key, hash[:], appendDER(make([]byte, 0, maxDERSize), sig))
}

type p256Scalar struct{ key *ecdsa.PrivateKey }

func (k p256Scalar) point() point { return p256Point{&k.key.PublicKey} }

func (k p256Scalar) sign(hash [hashSize]byte) ([]byte, error) {
	var pair struct{ R, S *big.Int }
	der, err := k.key.Sign(nil, hash[:], crypto.SHA256)
	if err == nil {
		_, err = asn1.Unmarshal(der, &pair)
	}
	if err != nil {
		return nil, err //nolint:wrapcheck // PrivateKey.Sign wraps it
	}
	sig := make([]byte, SignatureSize)
	pair.R.FillBytes(sig[:scalarSize])
	pair.S.FillBytes(sig[scalarSize:])
	if s := sig[scalarSize:]; string(s) > p256.halfOrder {
		order := new(big.Int).SetBytes([]byte(p256.order))
		order.Sub(order, pair.S).FillBytes(s)
	}
	return sig, nil
}
