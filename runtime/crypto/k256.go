package crypto

import (
	"gitlab.com/yawning/secp256k1-voi"
	"gitlab.com/yawning/secp256k1-voi/secec"
)

var k256 = suite{
	name:         "K-256",
	jwtAlgorithm: "ES256K",
	legacyType:   "EcdsaSecp256k1VerificationKey2019",
	publicCode:   0xe7,
	privateCode:  0x1301,
	order: "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe" +
		"\xba\xae\xdc\xe6\xaf\x48\xa0\x3b\xbf\xd2\x5e\x8c\xd0\x36\x41\x41",
	halfOrder: "\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff" +
		"\x5d\x57\x6e\x73\x57\xa4\x50\x1d\xdf\xe9\x2f\x46\x68\x1b\x20\xa0",
	newPoint: func(b []byte) (point, error) {
		key, err := secec.NewPublicKey(b)
		return k256Point{key}, err //nolint:wrapcheck // ParsePublicKey says what it means
	},
	newScalar: func(b []byte) (scalar, error) {
		key, err := secec.NewPrivateKey(b)
		return k256Scalar{key}, err //nolint:wrapcheck // ParsePrivateKey says what it means
	},
}

type k256Point struct{ key *secec.PublicKey }

func (p k256Point) uncompressed() []byte { return p.key.Bytes() }

// verify keeps r and s on the stack, where secec's own parser allocates them.
func (p k256Point) verify(hash [hashSize]byte, sig [SignatureSize]byte) bool {
	var r, s secp256k1.Scalar
	r.SetBytes((*[scalarSize]byte)(sig[:scalarSize]))
	s.SetBytes((*[scalarSize]byte)(sig[scalarSize:]))
	return p.key.VerifyRaw(hash[:], &r, &s)
}

type k256Scalar struct{ key *secec.PrivateKey }

func (k k256Scalar) point() point { return k256Point{k.key.PublicKey()} }

// sign leaves the low s to secec, which makes no other.
func (k k256Scalar) sign(hash [hashSize]byte) ([]byte, error) {
	options := &secec.ECDSAOptions{Encoding: secec.EncodingCompact}
	return k.key.Sign(secec.RFC6979SHA256(), hash[:], options) //nolint:wrapcheck // PrivateKey.Sign wraps it
}
