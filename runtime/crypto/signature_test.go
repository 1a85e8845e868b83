package crypto_test

import (
	"bytes"
	stdcrypto "crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"

	"gitlab.com/yawning/secp256k1-voi/secec"

	"github.com/lexgen/lexgen/runtime/crypto"
)

func TestSignaturesAreCompactWithLowS_CR01_CR02_CR03(t *testing.T) {
	t.Parallel()
	for _, curve := range curves {
		key := testKey(t, curve)
		negated := 0
		for i := range 100 {
			msg := []byte{byte(i)}
			sig := sign(t, key, msg)
			if len(sig) != 64 || !lowS(t, curve, sig) {
				t.Fatalf("%s: signature %x", curve, sig)
			}
			if err := key.PublicKey().Verify(msg, sig); err != nil {
				t.Fatalf("%s: %v", curve, err)
			}
			if !bytes.Equal(sig, sign(t, key, msg)) {
				t.Fatalf("%s: two signatures of one message differ", curve)
			}
			if curve == crypto.P256 && !bytes.Equal(sig, stdSign(t, key, msg)) {
				negated++
			}
		}
		if curve == crypto.P256 && (negated < 25 || negated > 75) {
			t.Errorf("of 100 signatures %d had their s negated", negated)
		}
	}
}

// stdSign returns the signature of the standard library, whatever its s.
func stdSign(t *testing.T, key *crypto.PrivateKey, msg []byte) []byte {
	t.Helper()
	std, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), key.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(msg)
	der, err := std.Sign(nil, hash[:], stdcrypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return fromDER(t, der)
}

func fromDER(t *testing.T, der []byte) []byte {
	t.Helper()
	var pair struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &pair); err != nil || len(rest) != 0 {
		t.Fatalf("%x is no DER: %v", der, err)
	}
	return append(be(pair.R), be(pair.S)...)
}

// TestVerifiesSignaturesThatItWouldNotMake_CR07 proves that signatures are not
// compared: these are made with random numbers.
func TestVerifiesSignaturesThatItWouldNotMake_CR07(t *testing.T) {
	t.Parallel()
	msg := []byte("message")
	hash := sha256.Sum256(msg)
	for _, curve := range curves {
		key := testKey(t, curve)
		seen := map[string]bool{string(sign(t, key, msg)): true}
		for range 10 {
			sig := randomSignature(t, key, hash[:])
			if !lowS(t, curve, sig) {
				sig = otherS(t, curve, sig)
			}
			if err := key.PublicKey().Verify(msg, sig); err != nil {
				t.Errorf("%s: %v", curve, err)
			}
			seen[string(sig)] = true
		}
		if len(seen) != 11 {
			t.Errorf("%s: only %d of 11 signatures are different", curve, len(seen))
		}
	}
}

func randomSignature(t *testing.T, key *crypto.PrivateKey, hash []byte) []byte {
	t.Helper()
	var signer stdcrypto.Signer
	var err error
	if key.Curve() == crypto.P256 {
		signer, err = ecdsa.ParseRawPrivateKey(elliptic.P256(), key.Bytes())
	} else {
		signer, err = secec.NewPrivateKey(key.Bytes())
	}
	if err != nil {
		t.Fatal(err)
	}
	der, err := signer.Sign(rand.Reader, hash, stdcrypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return fromDER(t, der)
}

func TestTheKeySaysTheCurve_CR08(t *testing.T) {
	t.Parallel()
	msg := []byte("message")
	for i, curve := range curves {
		key, other := testKey(t, curve), testKey(t, curves[1-i])
		sig := sign(t, key, msg)
		if len(sig) != crypto.SignatureSize {
			t.Errorf("%s: the signature has %d bytes", curve, len(sig))
		}
		if err := key.PublicKey().Verify(msg, sig); err != nil {
			t.Errorf("%s: %v", curve, err)
		}
		if err := other.PublicKey().VerifyJWT(msg, sig); err == nil {
			t.Errorf("a signature of %s verifies on %s", curve, other.Curve())
		}
	}
}

func TestVerifyRefuses_CR02_CR03(t *testing.T) {
	t.Parallel()
	msg := []byte("message")
	for _, curve := range curves {
		key := testKey(t, curve)
		good := sign(t, key, msg)
		n := order(t, curve)
		zero, one := make([]byte, 32), be(big.NewInt(1))
		last, end, beyond := be(plus(n, -1)), be(n), be(plus(n, 1))
		half := new(big.Int).Rsh(n, 1)
		r, s := good[:32], good[32:]
		pair := func(r, s []byte) []byte { return append(bytes.Clone(r), s...) }
		cases := []struct {
			name   string
			sig    []byte
			strict error
			jwt    error
			want   string // of Verify
		}{
			{"nothing", nil, crypto.ErrMalformed, crypto.ErrMalformed, "invalid signature: 0 bytes, not 64"},
			{"63 bytes", good[:63], crypto.ErrMalformed, crypto.ErrMalformed, "invalid signature: 63 bytes, not 64"},
			{"65 bytes", append(bytes.Clone(good), 0), crypto.ErrMalformed, crypto.ErrMalformed, "invalid signature: 65 bytes, not 64"},
			{"recovery code", append([]byte{27}, good...), crypto.ErrMalformed, crypto.ErrMalformed, "invalid signature: 65 bytes, not 64"},
			{"DER", toDER(t, good), crypto.ErrMalformed, crypto.ErrMalformed, ""},
			{"short DER", toDER(t, pair(one, one)), crypto.ErrMalformed, crypto.ErrMalformed, "invalid signature: 8 bytes, not 64 (it looks like DER)"},
			{"r = 0", pair(zero, s), crypto.ErrMalformed, crypto.ErrMalformed, "invalid signature: r is zero"},
			{"s = 0", pair(r, zero), crypto.ErrMalformed, crypto.ErrMalformed, "invalid signature: s is zero"},
			{"both 0", pair(zero, zero), crypto.ErrMalformed, crypto.ErrMalformed, "invalid signature: r is zero"},
			{"r = n", pair(end, s), crypto.ErrMalformed, crypto.ErrMalformed, "invalid signature: r is not below the order of the curve"},
			{"r = n+1", pair(beyond, s), crypto.ErrMalformed, crypto.ErrMalformed, "invalid signature: r is not below the order of the curve"},
			{"s = n", pair(r, end), crypto.ErrMalformed, crypto.ErrMalformed, "invalid signature: s is not below the order of the curve"},
			{"s = n+1", pair(r, beyond), crypto.ErrMalformed, crypto.ErrMalformed, "invalid signature: s is not below the order of the curve"},
			{"all ones", bytes.Repeat([]byte{0xff}, 64), crypto.ErrMalformed, crypto.ErrMalformed, "invalid signature: r is not below the order of the curve"},
			{"r = n-1", pair(last, s), crypto.ErrMismatch, crypto.ErrMismatch, "invalid signature: it does not match the message and the key"},
			{"s = n-1", pair(r, last), crypto.ErrHighS, crypto.ErrMismatch, "invalid signature: s is in the upper half of its range"},
			{"s = n/2", pair(r, be(half)), crypto.ErrMismatch, crypto.ErrMismatch, ""},
			{"s = n/2 + 1", pair(r, be(plus(half, 1))), crypto.ErrHighS, crypto.ErrMismatch, ""},
			{"r = s = 1", pair(one, one), crypto.ErrMismatch, crypto.ErrMismatch, ""},
			{"swapped", pair(s, r), nil, crypto.ErrMismatch, ""},
			{"high s", otherS(t, curve, good), crypto.ErrHighS, nil, "invalid signature: s is in the upper half of its range"},
		}
		for _, c := range cases {
			t.Run(curve.String()+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				err := key.PublicKey().Verify(msg, c.sig)
				if err == nil {
					t.Error("Verify accepts")
				} else if c.strict != nil { // else the half that s is in is chance
					checkError(t, err, c.strict, c.want)
				}
				if err := key.PublicKey().VerifyJWT(msg, c.sig); !errors.Is(err, c.jwt) {
					t.Errorf("VerifyJWT = %v, want %v", err, c.jwt)
				}
			})
		}
	}
}

func plus(n *big.Int, d int64) *big.Int { return new(big.Int).Add(n, big.NewInt(d)) }

func toDER(t fatal, sig []byte) []byte {
	t.Helper()
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestEveryBitOfASignatureCounts_CR03(t *testing.T) {
	t.Parallel()
	msg := []byte("message")
	step := 1
	if testing.Short() {
		step = 7 // comes to every place within a byte
	}
	for _, curve := range curves {
		key := testKey(t, curve)
		good := sign(t, key, msg)
		for bit := 0; bit < 8*len(good); bit += step {
			sig := bytes.Clone(good)
			sig[bit/8] ^= 1 << (bit % 8)
			if key.PublicKey().Verify(msg, sig) == nil || key.PublicKey().VerifyJWT(msg, sig) == nil {
				t.Errorf("%s: bit %d can be changed", curve, bit)
			}
		}
		if err := key.PublicKey().Verify([]byte("massage"), good); !errors.Is(err, crypto.ErrMismatch) {
			t.Errorf("%s: another message gives %v", curve, err)
		}
		if err := testKey(t, curve, 1).PublicKey().Verify(msg, good); !errors.Is(err, crypto.ErrMismatch) {
			t.Errorf("%s: another key gives %v", curve, err)
		}
	}
}
