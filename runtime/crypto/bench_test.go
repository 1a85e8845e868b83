package crypto_test

import (
	"crypto/sha256"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	decred "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"gitlab.com/yawning/secp256k1-voi/secec"

	"github.com/lexgen/lexgen/runtime/crypto"
)

// Compare implementations, or two versions, with
//
//	go test -run - -bench . -count 10 ./runtime/crypto > new.txt && benchstat -col /by new.txt

// commitSize is about the size of a commit without its signature.
const commitSize = 180

func BenchmarkVerify(b *testing.B) {
	msg := make([]byte, commitSize)
	for _, curve := range curves {
		key := testKey(b, curve)
		sig := sign(b, key, msg)
		b.Run(curve.String()+"/by=lexgen", func(b *testing.B) {
			public := key.PublicKey()
			b.ReportAllocs()
			for b.Loop() {
				if err := public.Verify(msg, sig); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	key := testKey(b, crypto.K256)
	sig := sign(b, key, msg)
	b.Run("K-256/by=voi", func(b *testing.B) { verifyByVoi(b, key.PublicKey(), msg, sig) })
	b.Run("K-256/by=decred", func(b *testing.B) { verifyByDecred(b, key.PublicKey(), msg, sig) })
}

func verifyByVoi(b *testing.B, key *crypto.PublicKey, msg, sig []byte) {
	b.Helper()
	public, err := secec.NewPublicKey(key.Bytes())
	if err != nil {
		b.Fatal(err)
	}
	options := &secec.ECDSAOptions{Encoding: secec.EncodingCompact, RejectMalleable: true}
	b.ReportAllocs()
	for b.Loop() {
		hash := sha256.Sum256(msg)
		if !public.Verify(hash[:], sig, options) {
			b.Fatal("no match")
		}
	}
}

func verifyByDecred(b *testing.B, key *crypto.PublicKey, msg, sig []byte) {
	b.Helper()
	public, err := secp256k1.ParsePubKey(key.Bytes())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		hash := sha256.Sum256(msg)
		var r, s secp256k1.ModNScalar
		if r.SetByteSlice(sig[:32]) || s.SetByteSlice(sig[32:]) || s.IsOverHalfOrder() {
			b.Fatal("out of range")
		}
		if !decred.NewSignature(&r, &s).Verify(hash[:], public) {
			b.Fatal("no match")
		}
	}
}

func BenchmarkSign(b *testing.B) {
	msg := make([]byte, commitSize)
	for _, curve := range curves {
		key := testKey(b, curve)
		b.Run(curve.String()+"/by=lexgen", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := key.Sign(msg); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("K-256/by=decred", func(b *testing.B) {
		private := secp256k1.PrivKeyFromBytes(testKey(b, crypto.K256).Bytes())
		b.ReportAllocs()
		for b.Loop() {
			hash := sha256.Sum256(msg)
			_ = decred.SignCompact(private, hash[:], true)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for _, curve := range curves {
		public := testKey(b, curve).PublicKey()
		text, compressed := public.DIDKey(), public.Bytes()
		b.Run("did:key/"+curve.String()+"/by=lexgen", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := crypto.ParseDIDKey(text); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("bytes/"+curve.String()+"/by=lexgen", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := crypto.ParsePublicKey(curve, compressed); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	compressed := testKey(b, crypto.K256).PublicKey().Bytes()
	b.Run("bytes/K-256/by=voi", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := secec.NewPublicKey(compressed); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("bytes/K-256/by=decred", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := secp256k1.ParsePubKey(compressed); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkDIDKey(b *testing.B) {
	public := testKey(b, crypto.K256).PublicKey()
	b.ReportAllocs()
	for b.Loop() {
		_ = public.DIDKey()
	}
}
