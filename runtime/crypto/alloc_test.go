package crypto_test

import (
	"testing"

	"github.com/lexgen/lexgen/runtime/crypto"
)

// TestAllocations holds the counts of what is called once for each event. Those
// of Verify are made inside the libraries, but for one of P-256, which is the
// signature in the form that crypto/ecdsa reads.
//
//nolint:paralleltest // AllocsPerRun must run alone
func TestAllocations(t *testing.T) {
	msg := make([]byte, commitSize)
	k256, p256 := testKey(t, crypto.K256), testKey(t, crypto.P256)
	kSig, pSig := sign(t, k256, msg), sign(t, p256, msg)
	kKey, pKey := k256.PublicKey(), p256.PublicKey()
	kHigh := otherS(t, crypto.K256, kSig)
	cases := []struct {
		name string
		want float64
		run  func()
	}{
		{"Verify of K-256", 5, func() { _ = kKey.Verify(msg, kSig) }},
		{"VerifyJWT of K-256", 5, func() { _ = kKey.VerifyJWT(msg, kHigh) }},
		{"Verify of P-256", 11, func() { _ = pKey.Verify(msg, pSig) }},
		{"Verify of a high s", 1, func() { _ = kKey.Verify(msg, kHigh) }},
		{"Equal", 0, func() { _ = kKey.Equal(pKey) }},
		{"Bytes", 1, func() { _ = kKey.Bytes() }},
		{"Curve", 0, func() { _ = kKey.Curve().JWTAlgorithm() }},
	}
	for _, c := range cases {
		if got := testing.AllocsPerRun(100, c.run); got > c.want {
			t.Errorf("%s allocates %v times, want %v", c.name, got, c.want)
		}
	}
}
