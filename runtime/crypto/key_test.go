package crypto_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/mr-tron/base58"

	"github.com/lexgen/lexgen/runtime/crypto"
)

const (
	k256Multikey = "zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc"
	p256Multikey = "zDnaembgSGUhZULN2Caob4HLJPaxBh92N7rtH21TErzqf8HQo"
	k256Type     = "EcdsaSecp256k1VerificationKey2019"
	p256Type     = "EcdsaSecp256r1VerificationKey2019"
)

// multibase writes the bytes of parts one after the other in base58btc.
func multibase(parts ...[]byte) string { return "z" + base58.Encode(bytes.Join(parts, nil)) }

func TestCurvesHaveNames_CR01(t *testing.T) {
	t.Parallel()
	var unset crypto.Curve
	cases := []struct {
		curve           crypto.Curve
		name, algorithm string
	}{
		{unset, "K-256", "ES256K"},
		{crypto.K256, "K-256", "ES256K"},
		{crypto.P256, "P-256", "ES256"},
		{7, "Curve(7)", ""},
	}
	for _, c := range cases {
		if c.curve.String() != c.name || c.curve.JWTAlgorithm() != c.algorithm {
			t.Errorf("%s has the algorithm %q, want %s and %q", c.curve, c.curve.JWTAlgorithm(), c.name, c.algorithm)
		}
	}
}

func TestParsingKeysRefuses_CR04_CR06(t *testing.T) {
	t.Parallel()
	k256, p256 := testKey(t, crypto.K256), testKey(t, crypto.P256)
	x := k256.PublicKey().Bytes()
	codec := []byte{0xe7, 1}
	retag := func(b []byte, tag byte) []byte { return append([]byte{tag}, b[1:]...) }
	offCurve := k256.PublicKey().UncompressedBytes()
	offCurve[64] ^= 1
	fieldK := unhex(t, "02fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f")
	fieldP := unhex(t, "02ffffffff00000001000000000000000000000000ffffffffffffffffffffffff")

	public := func(c crypto.Curve) func(string) (*crypto.PublicKey, error) {
		return func(b string) (*crypto.PublicKey, error) { return crypto.ParsePublicKey(c, []byte(b)) }
	}
	method := func(typ string) func(string) (*crypto.PublicKey, error) {
		return func(text string) (*crypto.PublicKey, error) { return crypto.ParseVerificationMethod(typ, text) }
	}
	cases := []struct {
		name  string
		parse func(string) (*crypto.PublicKey, error)
		in    string
		kind  error
		want  string
	}{
		{"no did:key", crypto.ParseDIDKey, k256Multikey, crypto.ErrMalformed, "invalid did:key: does not begin with did:key:"},
		{"upper case", crypto.ParseDIDKey, "DID:KEY:" + k256Multikey, crypto.ErrMalformed, "invalid did:key: does not begin with did:key:"},
		{"did:key of nothing", crypto.ParseDIDKey, "did:key:", crypto.ErrMalformed, "invalid did:key: nothing in it"},
		{"did:key with fragment", crypto.ParseDIDKey, "did:key:" + k256Multikey + "#x", crypto.ErrMalformed, "invalid did:key: no digit of base58btc at byte 49"},

		{"nothing", crypto.ParseMultikey, "", crypto.ErrMalformed, "invalid multikey: nothing in it"},
		{"prefix alone", crypto.ParseMultikey, "z", crypto.ErrMalformed, "invalid multikey: nothing behind the prefix z"},
		{"another base", crypto.ParseMultikey, "u5wEC", crypto.ErrUnsupported, "invalid multikey: its base is not base58btc, written with the prefix z"},
		{"no base", crypto.ParseMultikey, k256Multikey[1:], crypto.ErrUnsupported, "invalid multikey: its base is not base58btc, written with the prefix z"},
		{"zero digit", crypto.ParseMultikey, "z0" + k256Multikey[2:], crypto.ErrMalformed, "invalid multikey: no digit of base58btc at byte 1"},
		{"line break", crypto.ParseMultikey, k256Multikey + "\n", crypto.ErrMalformed, "invalid multikey: no digit of base58btc at byte 49"},
		{"no UTF-8", crypto.ParseMultikey, "zQ\xff", crypto.ErrMalformed, "invalid multikey: no digit of base58btc at byte 2"},
		{"long", crypto.ParseMultikey, "z" + strings.Repeat("2", 90), crypto.ErrMalformed, "invalid multikey: 91 characters, more than 90"},
		{"inside the codec", crypto.ParseMultikey, multibase([]byte{0xe7}), crypto.ErrMalformed, "invalid multikey: it ends inside its codec"},
		{"codec of 77 bits", crypto.ParseMultikey, multibase(bytes.Repeat([]byte{0xff}, 10), []byte{1}), crypto.ErrMalformed, "invalid multikey: its codec does not fit 64 bits"},
		{"long codec", crypto.ParseMultikey, multibase([]byte{0xe7, 0x81, 0}, x), crypto.ErrMalformed, "invalid multikey: its codec is written with more bytes than it needs"},
		{"Ed25519", crypto.ParseMultikey, multibase([]byte{0xed, 1}, x[1:]), crypto.ErrUnsupported, "invalid multikey: its codec 0xed is not that of a public key of K-256 or P-256"},
		{"codec alone", crypto.ParseMultikey, multibase(codec), crypto.ErrMalformed, "invalid multikey: 0 bytes behind its codec, not 33"},
		{"trailing byte", crypto.ParseMultikey, multibase(codec, x, []byte{0}), crypto.ErrMalformed, "invalid multikey: 34 bytes behind its codec, not 33"},
		{"missing byte", crypto.ParseMultikey, multibase(codec, x[:32]), crypto.ErrMalformed, "invalid multikey: 32 bytes behind its codec, not 33"},
		{"leading zero", crypto.ParseMultikey, "z1" + k256Multikey[1:], crypto.ErrUnsupported, "invalid multikey: its codec 0x0 is not that of a public key of K-256 or P-256"},
		{"infinity in a multikey", crypto.ParseMultikey, multibase(codec, []byte{0}), crypto.ErrMalformed, "invalid multikey: 1 bytes behind its codec, not 33"},
		{"uncompressed in a multikey", crypto.ParseMultikey, multibase(codec, k256.PublicKey().UncompressedBytes()[:63]), crypto.ErrMalformed, "invalid multikey: 63 bytes behind its codec, not 33"},
		{"private K-256", crypto.ParseMultikey, k256.Multikey(), crypto.ErrUnsupported, "invalid multikey: a private key of K-256 stands where a public key should"},
		{"private P-256", crypto.ParseMultikey, p256.Multikey(), crypto.ErrUnsupported, "invalid multikey: a private key of P-256 stands where a public key should"},
		{"tag in a multikey", crypto.ParseMultikey, multibase(codec, retag(x, 5)), crypto.ErrMalformed, "invalid multikey: a compressed point begins with 0x02 or 0x03, not 0x05"},

		{"no bytes", public(crypto.K256), "", crypto.ErrMalformed, "invalid public key: 0 bytes, not 33 or 65"},
		{"infinity", public(crypto.K256), "\x00", crypto.ErrInvalidKey, "invalid public key: the point at infinity is no key"},
		{"infinity of P-256", public(crypto.P256), "\x00", crypto.ErrInvalidKey, "invalid public key: the point at infinity is no key"},
		{"one byte", public(crypto.K256), "\x02", crypto.ErrMalformed, "invalid public key: 1 bytes, not 33 or 65"},
		{"zeros", public(crypto.P256), strings.Repeat("\x00", 65), crypto.ErrMalformed, "invalid public key: an uncompressed point begins with 0x04, not 0x00"},
		{"bare coordinates", public(crypto.K256), string(offCurve[1:]), crypto.ErrMalformed, "invalid public key: 64 bytes, not 33 or 65"},
		{"hybrid form", public(crypto.K256), string(retag(k256.PublicKey().UncompressedBytes(), 6)), crypto.ErrMalformed, "invalid public key: an uncompressed point begins with 0x04, not 0x06"},
		{"uncompressed off the curve", public(crypto.K256), string(offCurve), crypto.ErrInvalidKey, "invalid public key: not a point of the curve K-256"},
		{"on the other curve", public(crypto.P256), string(k256.PublicKey().UncompressedBytes()), crypto.ErrInvalidKey, "invalid public key: not a point of the curve P-256"},
		{"x is the prime of K-256", public(crypto.K256), string(fieldK), crypto.ErrInvalidKey, "invalid public key: not a point of the curve K-256"},
		{"x is the prime of P-256", public(crypto.P256), string(fieldP), crypto.ErrInvalidKey, "invalid public key: not a point of the curve P-256"},
		{"unknown curve", public(7), string(x), crypto.ErrUnsupported, "invalid public key: its curve is neither K-256 nor P-256"},

		{"no type", method(""), k256Multikey, crypto.ErrUnsupported, "invalid verification method: its type is neither Multikey nor one of the two old ones"},
		{"another type", method("Ed25519VerificationKey2020"), k256Multikey, crypto.ErrUnsupported, "invalid verification method: its type is neither Multikey nor one of the two old ones"},
		{"old key in the new type", method("Multikey"), multibase(x), crypto.ErrUnsupported, ""},
		{"new key in the old type", method(k256Type), k256Multikey, crypto.ErrMalformed, "invalid verification method: 35 bytes, not 33 or 65"},
		{"old key in another base", method(p256Type), "f02", crypto.ErrUnsupported, "invalid verification method: its base is not base58btc, written with the prefix z"},
		{"old key of infinity", method(p256Type), "z1", crypto.ErrInvalidKey, "invalid verification method: the point at infinity is no key"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			key, err := c.parse(c.in)
			if err == nil || key != nil {
				t.Fatalf("parsed to %s, %v", key, err)
			}
			checkError(t, err, c.kind, c.want)
		})
	}
}

// checkError compares an error with its kind and, unless empty, its text.
func checkError(t *testing.T, err, kind error, text string) {
	t.Helper()
	if typed, ok := errors.AsType[*crypto.Error](err); !ok || !errors.Is(err, kind) {
		t.Errorf("error %v is a %T and not of the kind %q", err, typed, kind)
		return
	}
	if text != "" {
		if diff := cmp.Diff(text, err.Error()); diff != "" {
			t.Errorf("error (-want +got):\n%s", diff)
		}
	}
}

func TestHalfOfAllCompressedPointsAreOffTheCurve(t *testing.T) {
	t.Parallel()
	for _, curve := range curves {
		refused := 0
		for i := range 200 {
			b := append([]byte{2}, testKey(t, curve, byte(i)).Bytes()...)
			if _, err := crypto.ParsePublicKey(curve, b); err != nil {
				checkError(t, err, crypto.ErrInvalidKey, "invalid public key: not a point of the curve "+curve.String())
				refused++
			}
		}
		if refused < 60 || refused > 140 {
			t.Errorf("%s: %d of 200 are refused", curve, refused)
		}
	}
}

func TestAllFormsOfAKeyAreTheSameKey_CR04_CR06(t *testing.T) {
	t.Parallel()
	types := map[crypto.Curve]string{crypto.K256: k256Type, crypto.P256: p256Type}
	for _, curve := range curves {
		for i := range byte(8) { // with y even and odd
			want := testKey(t, curve, i).PublicKey()
			forms := map[string]func() (*crypto.PublicKey, error){
				"compressed":   func() (*crypto.PublicKey, error) { return crypto.ParsePublicKey(curve, want.Bytes()) },
				"uncompressed": func() (*crypto.PublicKey, error) { return crypto.ParsePublicKey(curve, want.UncompressedBytes()) },
				"did:key":      func() (*crypto.PublicKey, error) { return crypto.ParseDIDKey(want.DIDKey()) },
				"multikey":     func() (*crypto.PublicKey, error) { return crypto.ParseMultikey(want.Multikey()) },
				"Multikey": func() (*crypto.PublicKey, error) {
					return crypto.ParseVerificationMethod("Multikey", want.Multikey())
				},
				"old, uncompressed": func() (*crypto.PublicKey, error) {
					return crypto.ParseVerificationMethod(types[curve], multibase(want.UncompressedBytes()))
				},
				"old, compressed": func() (*crypto.PublicKey, error) {
					return crypto.ParseVerificationMethod(types[curve], multibase(want.Bytes()))
				},
			}
			for name, parse := range forms {
				got, err := parse()
				if err != nil {
					t.Errorf("%s, %s: %v", curve, name, err)
					continue
				}
				if !got.Equal(want) || got.Curve() != curve || got.String() != want.String() ||
					!bytes.Equal(got.UncompressedBytes(), want.UncompressedBytes()) {
					t.Errorf("%s, %s: got %s, want %s", curve, name, got, want)
				}
				msg := []byte(name)
				if err := got.Verify(msg, sign(t, testKey(t, curve, i), msg)); err != nil {
					t.Errorf("%s, %s: %v", curve, name, err)
				}
			}
		}
	}
}

func TestKeysDoNotKeepTheirInput(t *testing.T) {
	t.Parallel()
	for _, curve := range curves {
		private := testKey(t, curve)
		for _, b := range [][]byte{private.PublicKey().Bytes(), private.PublicKey().UncompressedBytes()} {
			key, err := crypto.ParsePublicKey(curve, b)
			if err != nil {
				t.Fatal(err)
			}
			clear(b)
			clear(key.Bytes())
			clear(key.UncompressedBytes())
			if !key.Equal(private.PublicKey()) || key.Verify(nil, sign(t, private, nil)) != nil {
				t.Errorf("%s: the key changed with its input or output", curve)
			}
		}
		value, text := private.Bytes(), private.Hex()
		again, err := crypto.ParsePrivateKey(curve, value)
		if err != nil {
			t.Fatal(err)
		}
		clear(value)
		clear(again.Bytes())
		if again.Hex() != text || private.Hex() != text || !bytes.Equal(sign(t, again, nil), sign(t, private, nil)) {
			t.Errorf("%s: the private key changed with its input or output", curve)
		}
	}
}

func TestPublicKeysAsText(t *testing.T) {
	t.Parallel()
	want := map[string]*crypto.PublicKey{"k": testKey(t, crypto.K256).PublicKey(), "p": testKey(t, crypto.P256).PublicKey()}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"k":"`+want["k"].DIDKey()+`","p":"`+want["p"].DIDKey()+`"}`, string(text)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	var got map[string]*crypto.PublicKey
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
	key := got["k"]
	checkError(t, key.UnmarshalText([]byte("x")), crypto.ErrMalformed, "")
	if !key.Equal(want["k"]) {
		t.Error("a failed UnmarshalText changed its target")
	}
}

func TestEqual(t *testing.T) {
	t.Parallel()
	var keys []*crypto.PrivateKey
	for _, curve := range curves {
		for i := range byte(2) {
			keys = append(keys, testKey(t, curve, i))
		}
	}
	for i, a := range keys {
		for j, b := range keys {
			if a.Equal(b) != (i == j) || a.PublicKey().Equal(b.PublicKey()) != (i == j) {
				t.Errorf("%s and %s: Equal is wrong", a, b)
			}
		}
		if a.Equal(nil) || a.PublicKey().Equal(nil) || a.Equal(new(crypto.PrivateKey)) || a.PublicKey().Equal(new(crypto.PublicKey)) {
			t.Errorf("%s equals no key", a)
		}
	}
	var private *crypto.PrivateKey
	var public *crypto.PublicKey
	if !private.Equal(nil) || !public.Equal(nil) || private.Equal(keys[0]) || public.Equal(keys[0].PublicKey()) {
		t.Error("nil does not equal nil alone")
	}
	negated := keys[0].PublicKey().Bytes()
	negated[0] ^= 1 // even and odd y
	if key, err := crypto.ParsePublicKey(crypto.K256, negated); err != nil || key.Equal(keys[0].PublicKey()) {
		t.Errorf("the point with the other y is %s, %v", key, err)
	}
	// The same number is another key on another curve.
	value := keys[0].Bytes()
	other, err := crypto.ParsePrivateKey(crypto.P256, value)
	if err != nil {
		t.Fatal(err)
	}
	if other.Equal(keys[0]) {
		t.Error("keys of two curves are equal")
	}
}

// TestNilAndTheZeroKeysAreNoKeys calls every method of them.
func TestNilAndTheZeroKeysAreNoKeys(t *testing.T) {
	t.Parallel()
	sig := make([]byte, crypto.SignatureSize)
	for _, public := range []*crypto.PublicKey{nil, {}} {
		checkError(t, public.Verify(nil, sig), crypto.ErrInvalidKey, "invalid public key: without a key nothing is verified")
		checkError(t, public.VerifyJWT(nil, sig), crypto.ErrInvalidKey, "")
		_, err := public.MarshalText()
		checkError(t, err, crypto.ErrInvalidKey, "invalid public key: what is no key has no text")
		if public.String()+public.DIDKey()+public.Multikey() != "" || public.Bytes() != nil || public.UncompressedBytes() != nil || public.Curve() != crypto.K256 {
			t.Errorf("%#v has a form", public)
		}
	}
	if !new(crypto.PublicKey).Equal(new(crypto.PublicKey)) {
		t.Error("two zero PublicKeys differ")
	}
	for _, private := range []*crypto.PrivateKey{nil, {}} {
		_, err := private.Sign(nil)
		checkError(t, err, crypto.ErrInvalidKey, "invalid private key: without a key nothing is signed")
		if private.Hex()+private.Multikey() != "" || private.Bytes() != nil || private.Curve() != crypto.K256 {
			t.Error("what is no PrivateKey has a form")
		}
		if !private.PublicKey().Equal(new(crypto.PublicKey)) {
			t.Error("what is no PrivateKey has a public key")
		}
	}
	if !new(crypto.PrivateKey).Equal(new(crypto.PrivateKey)) || new(crypto.PrivateKey).String() != "no private key" {
		t.Error("the zero PrivateKey differs from itself, or has a name")
	}
}

func TestPrivateKeysReadWhatTheyWrite_CR10(t *testing.T) {
	t.Parallel()
	prefix := map[crypto.Curve][]byte{crypto.K256: {0x81, 0x26}, crypto.P256: {0x86, 0x26}}
	for _, curve := range curves {
		want := testKey(t, curve)
		if got := multibase(prefix[curve], want.Bytes()); got != want.Multikey() {
			t.Errorf("%s: the private multikey does not have the codec %x", curve, prefix[curve])
		}
		if hex.EncodeToString(want.Bytes()) != want.Hex() || len(want.Hex()) != 2*crypto.PrivateKeySize {
			t.Errorf("%s: Hex and Bytes differ", curve)
		}
		fromHex, err := crypto.ParsePrivateKeyHex(curve, strings.ToUpper(want.Hex()))
		if err != nil {
			t.Fatal(err)
		}
		fromMultikey, err := crypto.ParsePrivateMultikey(want.Multikey())
		if err != nil {
			t.Fatal(err)
		}
		if !fromHex.Equal(want) || !fromMultikey.Equal(want) || fromMultikey.Curve() != curve {
			t.Errorf("%s: a form reads as another key", curve)
		}
	}
}

func TestParsingPrivateKeysRefuses_CR10(t *testing.T) {
	t.Parallel()
	value := testKey(t, crypto.K256).Bytes()
	codec := []byte{0x81, 0x26}
	raw := func(c crypto.Curve) func(string) (*crypto.PrivateKey, error) {
		return func(b string) (*crypto.PrivateKey, error) { return crypto.ParsePrivateKey(c, []byte(b)) }
	}
	inHex := func(text string) (*crypto.PrivateKey, error) { return crypto.ParsePrivateKeyHex(crypto.K256, text) }
	const outside = "invalid private key: zero, or not below the order of the curve "
	cases := []struct {
		name  string
		parse func(string) (*crypto.PrivateKey, error)
		in    string
		kind  error
		want  string
	}{
		{"no bytes", raw(crypto.P256), "", crypto.ErrMalformed, "invalid private key: 0 bytes, not 32"},
		{"31 bytes", raw(crypto.P256), string(value[1:]), crypto.ErrMalformed, "invalid private key: 31 bytes, not 32"},
		{"33 bytes", raw(crypto.K256), string(value) + "x", crypto.ErrMalformed, "invalid private key: 33 bytes, not 32"},
		{"unknown curve", raw(7), string(value), crypto.ErrUnsupported, "invalid private key: its curve is neither K-256 nor P-256"},
		{"zero of K-256", raw(crypto.K256), strings.Repeat("\x00", 32), crypto.ErrInvalidKey, outside + "K-256"},
		{"zero of P-256", raw(crypto.P256), strings.Repeat("\x00", 32), crypto.ErrInvalidKey, outside + "P-256"},
		{"order of K-256", raw(crypto.K256), string(be(order(t, crypto.K256))), crypto.ErrInvalidKey, outside + "K-256"},
		{"order of P-256", raw(crypto.P256), string(be(order(t, crypto.P256))), crypto.ErrInvalidKey, outside + "P-256"},
		{"greatest number", raw(crypto.K256), strings.Repeat("\xff", 32), crypto.ErrInvalidKey, outside + "K-256"},
		{"short hex", inHex, "00", crypto.ErrMalformed, "invalid private key: 2 characters, not 64"},
		{"no hex", inHex, strings.Repeat("g", 64), crypto.ErrMalformed, "invalid private key: a character that is no hexadecimal digit"},
		{"no multikey", crypto.ParsePrivateMultikey, "x", crypto.ErrUnsupported, "invalid private key: its base is not base58btc, written with the prefix z"},
		{"inside the codec", crypto.ParsePrivateMultikey, multibase(codec[:1]), crypto.ErrMalformed, "invalid private key: it ends inside its codec"},
		{"public multikey", crypto.ParsePrivateMultikey, p256Multikey, crypto.ErrUnsupported, "invalid private key: its codec is not that of a private key of K-256 or P-256"},
		{"long codec", crypto.ParsePrivateMultikey, multibase([]byte{0x81, 0xa6, 0}, value), crypto.ErrMalformed, "invalid private key: its codec is written with more bytes than it needs"},
		{"trailing byte", crypto.ParsePrivateMultikey, multibase(codec, value, []byte{0}), crypto.ErrMalformed, "invalid private key: 33 bytes, not 32"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			key, err := c.parse(c.in)
			if err == nil || key != nil {
				t.Fatalf("parsed to %s, %v", key, err)
			}
			checkError(t, err, c.kind, c.want)
		})
	}
}

func TestTheGreatestPrivateKeyIsAKey(t *testing.T) {
	t.Parallel()
	for _, curve := range curves {
		n := order(t, curve)
		for _, value := range []*big.Int{big.NewInt(1), n.Sub(n, big.NewInt(1))} {
			key, err := crypto.ParsePrivateKey(curve, be(value))
			if err != nil {
				t.Fatal(err)
			}
			if err := key.PublicKey().Verify([]byte("x"), sign(t, key, []byte("x"))); err != nil {
				t.Errorf("%s, %x: %v", curve, value, err)
			}
		}
	}
}

func TestGenerateKeyReadsItsSource_CR01(t *testing.T) {
	t.Parallel()
	outside := strings.Repeat("\xff", 32)
	for _, curve := range curves {
		want := testKey(t, curve)
		for _, before := range []string{"", outside, outside + strings.Repeat("\x00", 32)} {
			source := iotest.OneByteReader(io.MultiReader(strings.NewReader(before), bytes.NewReader(want.Bytes())))
			got, err := crypto.GenerateKey(curve, source)
			if err != nil {
				t.Fatal(err)
			}
			if !got.Equal(want) || got.Curve() != curve {
				t.Errorf("%s: the key is not what the source gave", curve)
			}
		}
	}
}

func TestGenerateKeyFailsWithItsSource(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	_, err := crypto.GenerateKey(crypto.P256, iotest.ErrReader(broken))
	if !errors.Is(err, broken) || err.Error() != "generate a key of P-256: broken" {
		t.Errorf("error = %v", err)
	}
	if _, err = crypto.GenerateKey(crypto.K256, strings.NewReader("short")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("error = %v", err)
	}
	source := strings.NewReader(strings.Repeat("\xff", 1000))
	_, err = crypto.GenerateKey(crypto.K256, source)
	if want := "generate a key of K-256: 8 draws out of range: the source is not random"; err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
	if read := 1000 - source.Len(); read != 8*32 {
		t.Errorf("%d bytes were read", read)
	}
	_, err = crypto.GenerateKey(7, rand.Reader)
	checkError(t, err, crypto.ErrUnsupported, "invalid private key: its curve is neither K-256 nor P-256")
}

func TestGeneratedKeysDiffer(t *testing.T) {
	t.Parallel()
	for _, curve := range curves {
		seen := map[string]bool{}
		for _, source := range []io.Reader{nil, nil, rand.Reader, rand.Reader} {
			key, err := crypto.GenerateKey(curve, source)
			if err != nil {
				t.Fatal(err)
			}
			seen[key.PublicKey().DIDKey()] = true
		}
		if len(seen) != 4 {
			t.Errorf("%s: only %d of 4 keys are different", curve, len(seen))
		}
	}
}

func TestLongestKeyTextIsWithinTheLimit(t *testing.T) {
	t.Parallel()
	greatest := append([]byte{4}, bytes.Repeat([]byte{0xff}, 64)...)
	if text := multibase(greatest); len(text) > 90 {
		t.Fatalf("an uncompressed point takes %d characters", len(text))
	}
	_, err := crypto.ParseVerificationMethod(k256Type, multibase(greatest))
	checkError(t, err, crypto.ErrInvalidKey, "invalid verification method: not a point of the curve K-256")
}
