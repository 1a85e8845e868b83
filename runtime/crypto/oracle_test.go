package crypto_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"math/big"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	decred "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/runtime/crypto"
)

// oracleVerify says what another implementation thinks of sig, whichever half s
// is in: for K-256 decred, for P-256 crypto/ecdsa by another way than ours.
func oracleVerify(t fatal, key *crypto.PublicKey, msg, sig []byte) bool {
	t.Helper()
	if len(sig) != 64 {
		return false
	}
	hash := sha256.Sum256(msg)
	if key.Curve() == crypto.P256 {
		std, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), key.UncompressedBytes())
		if err != nil {
			t.Fatal(err)
		}
		return ecdsa.Verify(std, hash[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]))
	}
	point, err := secp256k1.ParsePubKey(key.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var r, s secp256k1.ModNScalar
	if r.SetByteSlice(sig[:32]) || s.SetByteSlice(sig[32:]) || r.IsZero() || s.IsZero() {
		return false
	}
	return decred.NewSignature(&r, &s).Verify(hash[:], point)
}

// oracleSign returns the signature of another implementation by RFC 6979.
func oracleSign(key *crypto.PrivateKey, msg []byte) []byte {
	hash := sha256.Sum256(msg)
	return decred.SignCompact(secp256k1.PrivKeyFromBytes(key.Bytes()), hash[:], true)[1:]
}

// checkVerdicts compares both verdicts about sig with the oracle's.
func checkVerdicts(t interface {
	fatal
	Errorf(format string, args ...any)
}, key *crypto.PublicKey, msg, sig []byte,
) bool {
	t.Helper()
	valid := oracleVerify(t, key, msg, sig)
	if err := key.VerifyJWT(msg, sig); (err == nil) != valid {
		t.Errorf("%s: VerifyJWT of %x over %x = %v, the oracle says %t", key, sig, msg, err, valid)
	}
	if err := key.Verify(msg, sig); (err == nil) != (valid && lowS(t, key.Curve(), sig)) {
		t.Errorf("%s: Verify of %x over %x = %v, the oracle says %t", key, sig, msg, err, valid)
	}
	return valid
}

func drawKey(t *rapid.T) *crypto.PrivateKey {
	curve := rapid.SampledFrom(curves).Draw(t, "curve")
	value := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "value")
	value[0] &= 0x7f // below both orders
	value[31] |= 1   // not zero
	key, err := crypto.ParsePrivateKey(curve, value)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func drawMessage(t *rapid.T) []byte { return rapid.SliceOf(rapid.Byte()).Draw(t, "message") }

func TestK256AgreesWithDecred_CR02(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key, msg := drawKey(t), drawMessage(t)
		if key.Curve() != crypto.K256 {
			t.Skip("the other curve")
		}
		private := secp256k1.PrivKeyFromBytes(key.Bytes())
		if got, want := string(key.PublicKey().Bytes()), string(private.PubKey().SerializeCompressed()); got != want {
			t.Errorf("public key %x, want %x", got, want)
		}
		if got, want := string(key.PublicKey().UncompressedBytes()), string(private.PubKey().SerializeUncompressed()); got != want {
			t.Errorf("public key %x, want %x", got, want)
		}
		if got, want := string(sign(t, key, msg)), string(oracleSign(key, msg)); got != want {
			t.Errorf("signature %x, want %x", got, want)
		}
	})
}

// TestVerdictsAgreeWithTheOracle_CR03_CR07 changes signatures in the ways that
// matter. Where the verdict is known without an oracle, it is checked, too.
func TestVerdictsAgreeWithTheOracle_CR03_CR07(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key, msg := drawKey(t), drawMessage(t)
		mutation := rapid.SampledFrom([]string{"none", "high s", "bit", "edge r", "edge s", "random"}).Draw(t, "mutation")
		sig := mutate(t, mutation, key.Curve(), sign(t, key, msg))
		valid := checkVerdicts(t, key.PublicKey(), msg, sig)
		switch {
		case mutation == "bit" && valid, (mutation == "none" || mutation == "high s") && !valid:
			t.Errorf("mutation %s: valid = %t", mutation, valid)
		}
	})
}

func mutate(t *rapid.T, mutation string, curve crypto.Curve, sig []byte) []byte {
	n := order(t, curve)
	half := new(big.Int).Rsh(n, 1)
	edge := rapid.SampledFrom([]*big.Int{new(big.Int), big.NewInt(1), half, plus(half, 1), plus(n, -1), n, plus(n, 1)})
	switch mutation {
	case "high s":
		return otherS(t, curve, sig)
	case "bit":
		bit := rapid.IntRange(0, 511).Draw(t, "bit")
		sig[bit/8] ^= 1 << (bit % 8)
	case "edge r":
		copy(sig[:32], be(edge.Draw(t, "r")))
	case "edge s":
		copy(sig[32:], be(edge.Draw(t, "s")))
	case "random":
		return rapid.SliceOfN(rapid.Byte(), 64, 64).Draw(t, "signature")
	}
	return sig
}

// TestVerifyReducesTheCoordinate_CR07 has signatures whose point has an x that
// is not below the order, so that r is smaller than x. Nobody meets one by
// chance: the key is computed from the signature.
func TestVerifyReducesTheCoordinate_CR07(t *testing.T) {
	t.Parallel()
	const compressed, overflow, s = 27 + 4, 2, 5
	found := 0
	for r := range int64(20) {
		msg := []byte{byte(r)}
		hash := sha256.Sum256(msg)
		sig := append(be(big.NewInt(r+1)), be(big.NewInt(s))...)
		point, _, err := decred.RecoverCompact(append([]byte{compressed + overflow}, sig...), hash[:])
		if err != nil {
			continue // no point has this x
		}
		key, err := crypto.ParsePublicKey(crypto.K256, point.SerializeCompressed())
		if err != nil {
			t.Fatal(err)
		}
		if err := key.Verify(msg, sig); err != nil {
			t.Errorf("r = %d: %v", r+1, err)
		}
		found++
	}
	if found < 3 {
		t.Errorf("only %d of 20 numbers give a signature", found)
	}
}

func TestParsedKeysAgreeWithTheOracle_CR04(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		curve := rapid.SampledFrom(curves).Draw(t, "curve")
		b := append([]byte{rapid.SampledFrom([]byte{2, 3}).Draw(t, "tag")}, rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "x")...)
		key, err := crypto.ParsePublicKey(curve, b)
		want := oracleUncompressed(curve, b)
		if (err == nil) != (want != nil) {
			t.Fatalf("%x on %s: error %v, the oracle says %x", b, curve, err, want)
		}
		if err == nil && !bytes.Equal(key.UncompressedBytes(), want) {
			t.Errorf("%x on %s is %x, want %x", b, curve, key.UncompressedBytes(), want)
		}
	})
}

// oracleUncompressed returns the uncompressed form of a compressed point, or
// nil if it is none: for K-256 as decred sees it, and for P-256 by the equation
// of the curve.
func oracleUncompressed(curve crypto.Curve, b []byte) []byte {
	if curve == crypto.K256 {
		point, err := secp256k1.ParsePubKey(b)
		if err != nil {
			return nil
		}
		return point.SerializeUncompressed()
	}
	params := elliptic.P256().Params()
	x := new(big.Int).SetBytes(b[1:])
	if x.Cmp(params.P) >= 0 {
		return nil
	}
	square := new(big.Int).Exp(x, big.NewInt(3), params.P) // y² = x³ - 3x + b
	square.Sub(square, new(big.Int).Mul(big.NewInt(3), x)).Add(square, params.B).Mod(square, params.P)
	y := new(big.Int).ModSqrt(square, params.P)
	if y == nil {
		return nil
	}
	if byte(y.Bit(0)) != b[0]&1 {
		y.Sub(params.P, y)
	}
	return append(append([]byte{4}, be(x)...), be(y)...)
}
