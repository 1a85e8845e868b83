package crypto_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/crypto"
)

func addKeyTexts(f *testing.F) {
	f.Helper()
	for _, curve := range curves {
		key := testKey(f, curve)
		public := key.PublicKey()
		for _, text := range []string{
			public.DIDKey(), public.Multikey(), public.Multikey() + "1", "z1" + public.Multikey()[1:], public.Multikey()[:48], key.Multikey(), key.Hex(),
			multibase(public.Bytes()), multibase(public.UncompressedBytes()), multibase([]byte{0xe7, 0x81, 0}, public.Bytes()),
			multibase([]byte{0x81, 0x26}, make([]byte, 32)), string(public.Bytes()), string(public.UncompressedBytes()), string(key.Bytes()),
		} {
			f.Add(text)
		}
	}
	for _, text := range []string{"", "z", "\x00", "did:key:", "z" + strings.Repeat("1", 89), "u5wEC", "z0OIl", "z\xff\xfe"} {
		f.Add(text)
	}
}

// FuzzParseDIDKey_CR04 proves that every accepted text is the one text of its
// key, and that the readers of parts agree.
func FuzzParseDIDKey_CR04(f *testing.F) {
	addKeyTexts(f)
	f.Fuzz(func(t *testing.T, text string) {
		key, err := crypto.ParseMultikey(text)
		if (key == nil) != (err != nil) {
			t.Fatalf("ParseMultikey(%q) = %v, %v", text, key, err)
		}
		didKey, didErr := crypto.ParseDIDKey("did:key:" + text)
		method, methodErr := crypto.ParseVerificationMethod("Multikey", text)
		if (didErr == nil) != (err == nil) || (methodErr == nil) != (err == nil) {
			t.Fatalf("%q: errors %v, %v, %v", text, err, didErr, methodErr)
		}
		if err != nil {
			return
		}
		if key.Multikey() != text || !didKey.Equal(key) || !method.Equal(key) || didKey.DIDKey() != "did:key:"+text {
			t.Fatalf("%q is the key %s, %s, %s", text, key, didKey, method)
		}
	})
}

// FuzzParsePublicKey_CR06 proves that what is accepted is one of the two forms
// of its key, alone and in an old verification method.
func FuzzParsePublicKey_CR06(f *testing.F) {
	addKeyTexts(f)
	f.Fuzz(func(t *testing.T, text string) {
		b := []byte(text)
		for _, curve := range curves {
			key, err := crypto.ParsePublicKey(curve, b)
			if (key == nil) != (err != nil) {
				t.Fatalf("ParsePublicKey(%s, %x) = %v, %v", curve, b, key, err)
			}
			typ := map[crypto.Curve]string{crypto.K256: k256Type, crypto.P256: p256Type}[curve]
			if legacy, legacyErr := crypto.ParseVerificationMethod(typ, multibase(b)); (legacyErr == nil) != (err == nil) || !legacy.Equal(key) {
				t.Fatalf("%x: old form %v, %v; bytes %v, %v", b, legacy, legacyErr, key, err)
			}
			if err == nil && !bytes.Equal(key.Bytes(), b) && !bytes.Equal(key.UncompressedBytes(), b) {
				t.Fatalf("%x is the key %x", b, key.UncompressedBytes())
			}
			if len(b) == 33 && (b[0] == 2 || b[0] == 3) && (err == nil) != (oracleUncompressed(curve, b) != nil) {
				t.Fatalf("%x on %s: error %v, and the oracle disagrees", b, curve, err)
			}
		}
	})
}

// FuzzParsePrivateKey_CR10 proves that every accepted text is the one text of
// its key, but for the case of hexadecimal digits, and that no error repeats it.
func FuzzParsePrivateKey_CR10(f *testing.F) {
	addKeyTexts(f)
	f.Fuzz(func(t *testing.T, text string) {
		if key, err := crypto.ParsePrivateMultikey(text); err == nil && key.Multikey() != text {
			t.Fatalf("%q has the multikey %q", text, key.Multikey())
		} else if err != nil && len(text) > 20 && strings.Contains(err.Error(), text) {
			t.Fatalf("the error repeats %q", text)
		}
		for _, curve := range curves {
			if key, err := crypto.ParsePrivateKeyHex(curve, text); err == nil && key.Hex() != strings.ToLower(text) {
				t.Fatalf("%q has the hexadecimal form %q", text, key.Hex())
			}
			key, err := crypto.ParsePrivateKey(curve, []byte(text))
			if err == nil && string(key.Bytes()) != text {
				t.Fatalf("%x has the bytes %x", text, key.Bytes())
			}
			if err == nil && key.PublicKey().Verify(nil, sign(t, key, nil)) != nil {
				t.Fatalf("%x does not verify what it signs", text)
			}
		}
	})
}

// FuzzVerify_CR03_CR07 proves that both verdicts about any signature are those
// of another implementation, and that a changed valid signature is seen.
func FuzzVerify_CR03_CR07(f *testing.F) {
	msg := []byte("message")
	for i, curve := range curves {
		good := sign(f, testKey(f, curve), msg)
		f.Add(i == 1, msg, good, uint16(0))
		f.Add(i == 1, msg, good, uint16(77))
		f.Add(i == 1, msg, otherS(f, curve, good), uint16(0))
		f.Add(i == 1, []byte{}, good, uint16(0))
		f.Add(i == 1, msg, toDER(f, good), uint16(0))
		f.Add(i == 1, msg, append(make([]byte, 32), good[32:]...), uint16(0))
		f.Add(i == 1, msg, append(be(order(f, curve)), good[32:]...), uint16(0))
		f.Add(i == 1, msg, append(bytes.Clone(good[:32]), be(plus(order(f, curve), -1))...), uint16(0))
	}
	f.Fuzz(func(t *testing.T, p256 bool, msg, sig []byte, bit uint16) {
		curve := crypto.K256
		if p256 {
			curve = crypto.P256
		}
		key := testKey(t, curve)
		checkVerdicts(t, key.PublicKey(), msg, sig)

		own := sign(t, key, msg)
		if !checkVerdicts(t, key.PublicKey(), msg, own) {
			t.Errorf("%s does not verify its own signature of %x", key, msg)
		}
		own[bit%512/8] ^= 1 << (bit % 8)
		if checkVerdicts(t, key.PublicKey(), msg, own) {
			t.Errorf("%s: bit %d of the signature of %x can be changed", key, bit%512, msg)
		}
	})
}
