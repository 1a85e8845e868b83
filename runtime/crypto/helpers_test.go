package crypto_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/runtime/crypto"
)

var curves = []crypto.Curve{crypto.K256, crypto.P256}

// orders has the order of each curve's base point, as SEC 2 gives it.
var orders = map[crypto.Curve]string{
	crypto.K256: "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
	crypto.P256: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
}

// fatal is what helpers need of *testing.T, *testing.F and *rapid.T.
type fatal interface {
	Helper()
	Fatal(args ...any)
}

func unhex(t fatal, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func order(t fatal, c crypto.Curve) *big.Int {
	t.Helper()
	return new(big.Int).SetBytes(unhex(t, orders[c]))
}

// be returns n as 32 bytes big-endian.
func be(n *big.Int) []byte { return n.FillBytes(make([]byte, 32)) }

// testKey returns a key that depends on the seed alone.
func testKey(t fatal, c crypto.Curve, seed ...byte) *crypto.PrivateKey {
	t.Helper()
	value := sha256.Sum256(append([]byte("lexgen test key"), seed...))
	key, err := crypto.ParsePrivateKey(c, value[:])
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t fatal, key crypto.Signer, msg []byte) []byte {
	t.Helper()
	sig, err := key.Sign(msg)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

// otherS returns sig with order-s in the place of s, which is as valid but for
// the half that s is in.
func otherS(t fatal, c crypto.Curve, sig []byte) []byte {
	t.Helper()
	s := new(big.Int).SetBytes(sig[32:])
	return append(bytes.Clone(sig[:32]), be(s.Sub(order(t, c), s))...)
}

// lowS reports whether the s of sig is at most half of the order.
func lowS(t fatal, c crypto.Curve, sig []byte) bool {
	t.Helper()
	twice := new(big.Int).SetBytes(sig[32:])
	return twice.Lsh(twice, 1).Cmp(order(t, c)) <= 0
}

// vectors reads a file of the shared vectors.
func vectors[T any](t *testing.T, name string) []T {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(shared.Dir(t, "interop", "crypto"), name))
	if err != nil {
		t.Fatal(err)
	}
	var all []T
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatalf("%s is empty", name)
	}
	return all
}
