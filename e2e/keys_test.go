package e2e_test

import (
	"bytes"
	"crypto/elliptic"
	"encoding/asn1"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/crypto"
)

// signing is a message to be signed with a key.
type signing struct {
	Curve   string `json:"curve"`
	Secret  []byte `json:"secret"`
	Message []byte `json:"message"`
}

// signed is what came of it.
type signed struct {
	Key       string
	Signature []byte
}

// signature is one to be verified.
type signature struct {
	Key       string `json:"key"`
	Message   []byte `json:"message"`
	Signature []byte `json:"signature"`
	Malleable bool   `json:"malleable"` // a high s is allowed
}

// TestSignaturesAreTheSame_CR02 signs the same messages with the same keys on
// both sides.
func TestSignaturesAreTheSame_CR02(t *testing.T) {
	t.Parallel()
	node(t)
	r := seeded(t)
	var in []signing
	var want []signed
	for i := range 40 {
		key := randomKey(t, r, curves[i%2])
		message := randomBytes(r, i*i)
		sig, err := key.Sign(message)
		if err != nil {
			t.Fatal(err)
		}
		in = append(in, signing{key.Curve().String(), key.Bytes(), message})
		want = append(want, signed{key.PublicKey().DIDKey(), sig})
	}
	if diff := cmp.Diff(want, call[[]signed](t, "keys", "sign", in)); diff != "" {
		t.Errorf("keys and signatures (-ours +theirs):\n%s", diff)
	}
}

// TestVerdictsAreTheSame_CR02_CR03 has both sides judge the same signatures:
// good ones, and what can be made of them without the key.
func TestVerdictsAreTheSame_CR02_CR03(t *testing.T) {
	t.Parallel()
	node(t)
	r := seeded(t)
	var cases []signature
	var names []string
	var wants []bool
	for i := range 20 {
		key, other := randomKey(t, r, curves[i%2]), randomKey(t, r, curves[i%2])
		message := randomBytes(r, 1+r.IntN(100))
		sig, err := key.Sign(message)
		if err != nil {
			t.Fatal(err)
		}
		add := func(name string, want bool, s signature) {
			names, wants, cases = append(names, key.Curve().String()+" "+name), append(wants, want), append(cases, s)
		}
		did := key.PublicKey().DIDKey()
		add("good", true, signature{did, message, sig, false})
		add("another key", false, signature{other.PublicKey().DIDKey(), message, sig, false})
		add("another message", false, signature{did, flipped(message, r.IntN(8*len(message))), sig, false})
		add("a flipped bit", false, signature{did, message, flipped(sig, r.IntN(8*len(sig))), false})
		add("high s", false, signature{did, message, high(key.Curve(), sig), false})
		add("high s, allowed", true, signature{did, message, high(key.Curve(), sig), true})
		add("DER", false, signature{did, message, der(t, sig), false})
		add("short", false, signature{did, message, sig[:63], false})
		add("empty", false, signature{did, message, nil, false})
		add("r is zero", false, signature{did, message, append(make([]byte, 32), sig[32:]...), false})
		add("s is zero", false, signature{did, message, append(sig[:32:32], make([]byte, 32)...), false})
	}
	theirs := call[[]bool](t, "keys", "verify", cases)
	for i, c := range cases {
		key, err := crypto.ParseDIDKey(c.Key)
		if err != nil {
			t.Fatal(err)
		}
		verify := key.Verify
		if c.Malleable {
			verify = key.VerifyJWT
		}
		err = verify(c.Message, c.Signature)
		if (err == nil) != wants[i] || theirs[i] != wants[i] {
			t.Errorf("%s: ours %v, theirs %t, want %t", names[i], err, theirs[i], wants[i])
		}
		if strings.HasSuffix(names[i], "high s") && !errors.Is(err, crypto.ErrHighS) {
			t.Errorf("%s: %v, want %v", names[i], err, crypto.ErrHighS)
		}
	}
}

func flipped(b []byte, bit int) []byte {
	b = bytes.Clone(b)
	b[bit/8] ^= 1 << (bit % 8)
	return b
}

// high returns the signature with the other s that is as good: n - s.
func high(curve crypto.Curve, sig []byte) []byte {
	order, _ := new(big.Int).SetString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)
	if curve == crypto.P256 {
		order = elliptic.P256().Params().N
	}
	s := new(big.Int).Sub(order, new(big.Int).SetBytes(sig[32:]))
	return append(bytes.Clone(sig[:32]), s.FillBytes(make([]byte, 32))...)
}

// der returns the signature in the form that TLS has.
func der(t *testing.T, sig []byte) []byte {
	t.Helper()
	b, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// peerKey is a key as the other side has read it.
type peerKey struct {
	Algorithm string
	Bytes     []byte // uncompressed
	Again     string // written again
}

// TestKeysAreTheSame_CR04 has both sides read the same did:keys.
func TestKeysAreTheSame_CR04(t *testing.T) {
	t.Parallel()
	node(t)
	r := seeded(t)
	var in []string
	var want []peerKey
	for i := range 40 {
		key := randomKey(t, r, curves[i%2]).PublicKey()
		in = append(in, key.DIDKey())
		want = append(want, peerKey{key.Curve().JWTAlgorithm(), key.UncompressedBytes(), key.DIDKey()})
	}
	got := call[[]peerKey](t, "keys", "read", in)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-ours +theirs):\n%s", diff)
	}
	for i, text := range got {
		if key, err := crypto.ParseDIDKey(text.Again); err != nil || key.DIDKey() != in[i] {
			t.Errorf("%s is read as %v, %v", text.Again, key, err)
		}
	}
}
