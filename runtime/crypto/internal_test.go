package crypto

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"math/big"
	"testing"
)

// failingScalar stands for a library that cannot sign.
type failingScalar struct{ err error }

func (failingScalar) point() point { return nil }

func (f failingScalar) sign([hashSize]byte) ([]byte, error) { return nil, f.err }

func TestSignReportsItsLibrary(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	s := &secret{scalar: failingScalar{broken}, public: &PublicKey{curve: P256}}
	key := PrivateKey{reveal: func() *secret { return s }}
	sig, err := key.Sign(nil)
	if sig != nil || !errors.Is(err, broken) || err.Error() != "sign with a key of P-256: broken" {
		t.Errorf("Sign = %x, %v", sig, err)
	}
}

func TestSignReportsAnUnknownCurve(t *testing.T) {
	t.Parallel()
	unknown := p256Scalar{&ecdsa.PrivateKey{PublicKey: ecdsa.PublicKey{Curve: &elliptic.CurveParams{Name: "unknown"}}}}
	if sig, err := unknown.sign([hashSize]byte{}); err == nil || sig != nil {
		t.Errorf("sign = %x, %v", sig, err)
	}
}

func TestOrdersAreThoseOfTheCurves(t *testing.T) {
	t.Parallel()
	want := elliptic.P256().Params().N
	if !bytes.Equal([]byte(p256.order), want.Bytes()) {
		t.Errorf("order of P-256 is %x", p256.order)
	}
	for _, s := range suites {
		half := new(big.Int).SetBytes([]byte(s.order))
		half.Rsh(half, 1)
		if string(half.FillBytes(make([]byte, scalarSize))) != s.halfOrder {
			t.Errorf("half of the order of %s is %x, want %x", s.name, s.halfOrder, half)
		}
		// The order itself is no private key, and the number before it is one.
		last := new(big.Int).SetBytes([]byte(s.order))
		if _, err := s.newScalar(last.Bytes()); err == nil {
			t.Errorf("%s: the order is a private key", s.name)
		}
		if _, err := s.newScalar(last.Sub(last, big.NewInt(1)).Bytes()); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	}
}

// No point that anyone knows is on both curves, so the keys are made up.
func TestKeysOfTwoCurvesDiffer(t *testing.T) {
	t.Parallel()
	k, p := PublicKey{curve: K256}, PublicKey{curve: P256}
	if k.Equal(&p) || !p.Equal(&PublicKey{curve: P256}) {
		t.Error("Equal does not compare the curve")
	}
}
