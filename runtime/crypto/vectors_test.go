package crypto_test

import (
	"encoding/base64"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mr-tron/base58"

	"github.com/lexgen/lexgen/runtime/crypto"
)

func TestSignatureFixtures_CR03_CR06(t *testing.T) {
	t.Parallel()
	type fixture struct {
		Comment            string
		MessageBase64      string
		Algorithm          string
		DIDDocSuite        string
		PublicKeyDID       string
		PublicKeyMultibase string
		SignatureBase64    string
		ValidSignature     bool
		Tags               []string
	}
	for _, f := range vectors[fixture](t, "signature-fixtures.json") {
		t.Run(f.Comment, func(t *testing.T) {
			t.Parallel()
			key, err := crypto.ParseDIDKey(f.PublicKeyDID)
			if err != nil {
				t.Fatal(err)
			}
			legacy, err := crypto.ParseVerificationMethod(f.DIDDocSuite, f.PublicKeyMultibase)
			if err != nil {
				t.Fatal(err)
			}
			if !key.Equal(legacy) {
				t.Errorf("the two forms of the key are %s and %s", key, legacy)
			}
			if got := key.Curve().JWTAlgorithm(); got != f.Algorithm {
				t.Errorf("algorithm %s, want %s", got, f.Algorithm)
			}
			msg, sig := unbase64(t, f.MessageBase64), unbase64(t, f.SignatureBase64)
			var want error
			switch {
			case slices.Contains(f.Tags, "high-s"):
				want = crypto.ErrHighS
			case slices.Contains(f.Tags, "der-encoded"):
				want = crypto.ErrMalformed
			}
			if (want == nil) != f.ValidSignature {
				t.Fatalf("tags %v do not explain the verdict %t", f.Tags, f.ValidSignature)
			}
			if err := key.Verify(msg, sig); !errors.Is(err, want) {
				t.Errorf("Verify = %v, want %v", err, want)
			}
			if err := key.VerifyJWT(msg, sig); (err == nil) == errors.Is(want, crypto.ErrMalformed) {
				t.Errorf("VerifyJWT = %v", err)
			}
		})
	}
}

func unbase64(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPrivateKeysHaveTheirPublishedDIDKey_CR05_CR10(t *testing.T) {
	t.Parallel()
	type vector struct {
		PrivateKeyBytesHex    string
		PrivateKeyBytesBase58 string
		PublicDIDKey          string
	}
	for _, v := range vectors[vector](t, "w3c_didkey_K256.json") {
		key, err := crypto.ParsePrivateKeyHex(crypto.K256, v.PrivateKeyBytesHex)
		if err != nil {
			t.Fatal(err)
		}
		checkDIDKey(t, key, v.PublicDIDKey)
		if got := key.Hex(); got != v.PrivateKeyBytesHex {
			t.Errorf("%s: the key is not exported as it was imported", v.PublicDIDKey)
		}
	}
	for _, v := range vectors[vector](t, "w3c_didkey_P256.json") {
		raw, err := base58.Decode(v.PrivateKeyBytesBase58)
		if err != nil {
			t.Fatal(err)
		}
		key, err := crypto.ParsePrivateKey(crypto.P256, raw)
		if err != nil {
			t.Fatal(err)
		}
		checkDIDKey(t, key, v.PublicDIDKey)
	}
}

func checkDIDKey(t *testing.T, key *crypto.PrivateKey, want string) {
	t.Helper()
	if got := key.PublicKey().DIDKey(); got != want {
		t.Errorf("did:key is %s, want %s", got, want)
	}
	parsed, err := crypto.ParseDIDKey(want)
	if err != nil {
		t.Fatal(err)
	}
	if !parsed.Equal(key.PublicKey()) {
		t.Errorf("%s parses to another key", want)
	}
}

func TestPublishedMultikeysKeepTheirText_CR04_CR05(t *testing.T) {
	t.Parallel()
	for text, curve := range map[string]crypto.Curve{
		"zDnaembgSGUhZULN2Caob4HLJPaxBh92N7rtH21TErzqf8HQo": crypto.P256,
		"zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc": crypto.K256,
	} {
		key, err := crypto.ParseMultikey(text)
		if err != nil {
			t.Fatal(err)
		}
		if key.Curve() != curve || key.Multikey() != text || key.DIDKey() != "did:key:"+text || key.String() != key.DIDKey() {
			t.Errorf("%s is the key %s of %s", text, key, key.Curve())
		}
		raw, err := base58.Decode(text[1:])
		if err != nil {
			t.Fatal(err)
		}
		prefix := map[crypto.Curve][]byte{crypto.K256: {0xe7, 0x01}, crypto.P256: {0x80, 0x24}}[curve]
		if diff := cmp.Diff(raw, append(prefix, key.Bytes()...)); diff != "" {
			t.Errorf("codec and point (-want +got):\n%s", diff)
		}
		if got := len(key.Bytes()); got != 33 {
			t.Errorf("the compressed point has %d bytes", got)
		}
	}
}

// TestSigningIsDeterministic_CR02_CR03 has vectors of RFC 6979, A.2.5, and of
// the key 1 as wallets publish them. Where the vector has a high s, the
// signature has the other one.
func TestSigningIsDeterministic_CR02_CR03(t *testing.T) {
	t.Parallel()
	const (
		rfcKey = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
		one    = "0000000000000000000000000000000000000000000000000000000000000001"
	)
	cases := []struct {
		curve          crypto.Curve
		key, msg, r, s string
		high           bool
	}{
		{
			crypto.P256, rfcKey, "sample",
			"efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
			"f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8", true,
		},
		{
			crypto.P256, rfcKey, "test",
			"f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
			"019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083", false,
		},
		{
			crypto.K256, one, "Satoshi Nakamoto",
			"934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8",
			"2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5", false,
		},
		{
			crypto.K256, one, "All those moments will be lost in time, like tears in rain. Time to die...",
			"8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b",
			"547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21", false,
		},
	}
	for _, c := range cases {
		t.Run(c.msg, func(t *testing.T) {
			t.Parallel()
			key, err := crypto.ParsePrivateKeyHex(c.curve, c.key)
			if err != nil {
				t.Fatal(err)
			}
			want := append(unhex(t, c.r), unhex(t, c.s)...)
			if c.high {
				want = otherS(t, c.curve, want)
			}
			got := sign(t, key, []byte(c.msg))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("signature (-want +got):\n%s", diff)
			}
			if err := key.PublicKey().Verify([]byte(c.msg), got); err != nil {
				t.Error(err)
			}
		})
	}
}
