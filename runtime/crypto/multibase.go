package crypto

import (
	"encoding/binary"
	"strings"

	"github.com/mr-tron/base58"
)

// base58Prefix is the multibase code of base58btc.
const base58Prefix = 'z'

const base58Alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// maxMultibase is the length of the longest text with a key in it: the prefix
// and 65 bytes in base58. Decoding takes time with the square of the length.
const maxMultibase = 1 + 89

func encodeMultibase(b []byte) string { return string(base58Prefix) + base58.Encode(b) }

// decodeMultibase returns the bytes of a text in base58btc. It does not quote
// the text, which may be a private key that stands in the wrong place.
func decodeMultibase(what, text string) ([]byte, error) {
	switch {
	case text == "":
		return nil, malformedf(what, "nothing in it")
	case len(text) > maxMultibase:
		return nil, malformedf(what, "%d characters, more than %d", len(text), maxMultibase)
	case text[0] != base58Prefix:
		return nil, unsupportedf(what, "its base is not base58btc, written with the prefix z")
	case len(text) == 1:
		return nil, malformedf(what, "nothing behind the prefix z")
	}
	b, err := base58.Decode(text[1:])
	if err != nil {
		at := strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune(base58Alphabet, r) })
		return nil, malformedf(what, "no digit of base58btc at byte %d", at)
	}
	return b, nil
}

// cutCodec splits b into a multicodec, which is a varint, and what follows.
func cutCodec(what string, b []byte) (code uint64, rest []byte, err error) {
	code, size := binary.Uvarint(b)
	switch {
	case size == 0:
		return 0, nil, malformedf(what, "it ends inside its codec")
	case size < 0:
		return 0, nil, malformedf(what, "its codec does not fit 64 bits")
	case size > 1 && b[size-1] == 0:
		return 0, nil, malformedf(what, "its codec is written with more bytes than it needs")
	}
	return code, b[size:], nil
}
