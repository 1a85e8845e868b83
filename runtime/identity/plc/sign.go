package plc

import (
	"encoding/base32"
	"encoding/base64"
	"errors"
	"strings"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// didPrefix is what every DID of the method begins with, and didDigits how many
// digits follow (ID-20).
const (
	didPrefix = "did:plc:"
	didDigits = 24
)

// Bytes returns a signed operation as DAG-CBOR, of which [CID] and [DID] are the
// hash.
func Bytes(op Operation) []byte { return appendCBOR(nil, op.tree()) }

// SignedBytes returns what the signature of an operation is of: the operation
// without it (ID-24).
func SignedBytes(op Operation) []byte {
	members := op.tree()
	delete(members, keySig)
	return appendCBOR(nil, members)
}

// CID returns the name of a signed operation, by which the next one refers to it
// (ID-25).
func CID(op Operation) cid.CID { return cid.Sum(cid.DagCBOR, Bytes(op)) }

// base32Lower is the lower-case base32 of RFC 4648, without padding.
var base32Lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// DID returns the identifier that a signed first operation makes (ID-20).
func DID(op Operation) syntax.DID {
	digest := CID(op).Digest()
	return syntax.DID(didPrefix + base32Lower.EncodeToString(digest[:])[:didDigits])
}

// Sign sets the signature of an operation, whose text must be UTF-8. It does not
// ask whether the key may sign it, which depends on what went before: see
// [History.Apply].
func Sign(op Operation, signer crypto.Signer) error {
	if !isUTF8(op.tree()) {
		return failf(ErrMalformed, "sign an operation with text that is not UTF-8 (ID-24)")
	}
	sig, err := signer.Sign(SignedBytes(op))
	if err != nil {
		return failf(errors.Join(ErrSignature, err), "sign the operation: %v", err)
	}
	op.sign(signatureText.EncodeToString(sig))
	return nil
}

// signatureText is the form of signatures: base64url without padding, with zero
// bits at its end (ID-24).
var signatureText = base64.RawURLEncoding.Strict()

// VerifySignature returns the index of the first of keys, texts of did:key, that
// has signed an operation. Every text must be a key that it may be (ID-26).
func VerifySignature(op Operation, keys []string) (int, error) {
	// The decoder would pass over line breaks.
	if strings.ContainsAny(op.Signature(), "\r\n") {
		return 0, failf(ErrSignature, "the signature has a line break (ID-24)")
	}
	sig, err := signatureText.DecodeString(op.Signature())
	if err != nil {
		return 0, failf(ErrSignature, "the signature is not base64url without padding: %v (ID-24)", err)
	}
	message := SignedBytes(op)
	fault := errors.New("there is no key that may sign it")
	for i, text := range keys {
		key, err := crypto.ParseDIDKey(text)
		if err != nil {
			return 0, failf(errors.Join(ErrMalformed, err), "rotation key %d: %v (ID-26)", i, err)
		}
		if err = key.Verify(message, sig); err == nil {
			return i, nil
		}
		fault = preferred(fault, err)
	}
	return 0, failf(errors.Join(ErrSignature, fault), "none of the %d keys that may sign it did: %v (ID-24, ID-30)", len(keys), fault)
}

// preferred returns which of two reasons says more: that the form is wrong says
// more than that the key is another one.
func preferred(before, now error) error {
	if errors.Is(before, crypto.ErrMalformed) || errors.Is(before, crypto.ErrHighS) {
		return before
	}
	return now
}
