package repository

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/bluesky-social/indigo/atproto/atcrypto"

	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/runtime/crypto"
)

// signed is one private key for both, and what it has signed.
type signed struct {
	own   *crypto.PrivateKey
	their *atcrypto.PrivateKeyK256
	msg   []byte
	sig   []byte // by lexgen
}

// newSigned proves that each verifies what the other has signed, and refuses it
// with another message.
func newSigned() (signed, error) {
	secret := bytes.Repeat([]byte{1}, crypto.PrivateKeySize)
	own, err := crypto.ParsePrivateKey(crypto.K256, secret)
	if err != nil {
		return signed{}, fmt.Errorf("%s: %w", ours, err)
	}
	their, err := atcrypto.ParsePrivateBytesK256(secret)
	if err != nil {
		return signed{}, fmt.Errorf("%s: %w", theirs, err)
	}
	public, err := their.PublicKey()
	if err != nil {
		return signed{}, fmt.Errorf("%s: %w", theirs, err)
	}
	if own, their := own.PublicKey().DIDKey(), public.DIDKey(); own != their {
		return signed{}, fmt.Errorf("the public key is %s, and with %s %s", own, theirs, their)
	}
	s := signed{own: own, their: their, msg: bytes.Repeat([]byte("commit"), 25)} // about as long as a commit
	if s.sig, err = own.Sign(s.msg); err != nil {
		return signed{}, fmt.Errorf("%s: %w", ours, err)
	}
	theirSig, err := their.HashAndSign(s.msg)
	if err != nil {
		return signed{}, fmt.Errorf("%s: %w", theirs, err)
	}
	for _, sig := range [][]byte{s.sig, theirSig} {
		if err := errors.Join(own.PublicKey().Verify(s.msg, sig), public.HashAndVerify(s.msg, sig)); err != nil {
			return signed{}, fmt.Errorf("a signature is refused: %w", err)
		}
		if own.PublicKey().Verify(s.msg[1:], sig) == nil || public.HashAndVerify(s.msg[1:], sig) == nil {
			return signed{}, errors.New("a signature is accepted for another message")
		}
	}
	return s, nil
}

// verify is verifying a signature with a key that has been parsed.
func verify() ([]measure.Variant, error) {
	s, err := newSigned()
	if err != nil {
		return nil, err
	}
	own := s.own.PublicKey()
	their, err := s.their.PublicKey()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", theirs, err)
	}
	return pair(
		func(int) error { return own.Verify(s.msg, s.sig) },
		func(int) error { return their.HashAndVerify(s.msg, s.sig) },
	), nil
}

func sign() ([]measure.Variant, error) {
	s, err := newSigned()
	if err != nil {
		return nil, err
	}
	return pair(withoutResult(func(int) ([]byte, error) { return s.own.Sign(s.msg) }),
		withoutResult(func(int) ([]byte, error) { return s.their.HashAndSign(s.msg) })), nil
}

func parseKey() ([]measure.Variant, error) {
	s, err := newSigned()
	if err != nil {
		return nil, err
	}
	text := s.own.PublicKey().DIDKey()
	return pair(withoutResult(func(int) (*crypto.PublicKey, error) { return crypto.ParseDIDKey(text) }),
		withoutResult(func(int) (atcrypto.PublicKey, error) { return atcrypto.ParsePublicDIDKey(text) })), nil
}
