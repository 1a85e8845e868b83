package cid

import (
	"errors"
	"fmt"
)

// base32Prefix is the multibase code of lower-case base32 without padding.
const base32Prefix = 'b'

const base32Alphabet = "abcdefghijklmnopqrstuvwxyz234567"

// groupBytes is the number of bytes that make whole base32 digits, eight.
const groupBytes = 5

// errUndefined is returned where a form of the undefined CID is asked for.
var errUndefined = errors.New("undefined CID has no text form")

// Parse reads a CID from its text form: the letter b and 58 digits of
// lower-case base32 without padding, whose unused last bits are zero. The
// error says what the text is instead, as far as that can be seen.
func Parse(text string) (CID, error) { return parse(text) }

// String returns the text form of c, or "" if c is undefined.
func (c CID) String() string {
	var buf [TextSize]byte
	return string(c.AppendString(buf[:0]))
}

// AppendString appends the text form of c to b, or nothing if c is undefined.
func (c CID) AppendString(b []byte) []byte {
	if !c.Defined() {
		return b
	}
	b = append(b, base32Prefix)
	rest := c.b[:]
	for len(rest) > groupBytes {
		n := uint64(rest[0])<<32 | uint64(rest[1])<<24 | uint64(rest[2])<<16 | uint64(rest[3])<<8 | uint64(rest[4])
		b = append(b,
			base32Alphabet[n>>35&31], base32Alphabet[n>>30&31], base32Alphabet[n>>25&31], base32Alphabet[n>>20&31],
			base32Alphabet[n>>15&31], base32Alphabet[n>>10&31], base32Alphabet[n>>5&31], base32Alphabet[n&31])
		rest = rest[groupBytes:]
	}
	last := rest[0] // Size is one byte more than whole groups
	return append(b, base32Alphabet[last>>3], base32Alphabet[last&7<<2])
}

// MarshalText returns the text form of c. It fails if c is undefined.
func (c CID) MarshalText() ([]byte, error) {
	if !c.Defined() {
		return nil, errUndefined
	}
	return c.AppendString(make([]byte, 0, TextSize)), nil
}

// UnmarshalText sets c to the CID whose text form is text, under the rules of
// [Parse]. Empty text is an error. On error c is unchanged.
func (c *CID) UnmarshalText(text []byte) error {
	parsed, err := parse(text)
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}

func parse[T string | []byte](text T) (CID, error) {
	if err := checkBase(text); err != nil {
		return CID{}, err
	}
	var b [Size]byte
	if err := decodeBase32(&b, text[1:]); err != nil {
		return CID{}, err
	}
	return FromBytes(b[:])
}

// checkBase checks the length and the multibase prefix of text.
func checkBase[T string | []byte](text T) error {
	switch {
	case len(text) == 0:
		return errors.New("CID is empty")
	case len(text) == 46 && text[0] == 'Q' && text[1] == 'm':
		return errors.New("CID is of version 0, not 1")
	case text[0] != base32Prefix:
		return fmt.Errorf("CID begins with %q, not with b for lower-case base32", text[0])
	case len(text) != TextSize:
		return fmt.Errorf("CID has %d characters, not %d", len(text), TextSize)
	}
	return nil
}

// decodeBase32 decodes the TextSize-1 digits of text. The standard library's
// decoder would skip line breaks and ignore set bits behind the end.
func decodeBase32[T string | []byte](b *[Size]byte, text T) error {
	var bad byte
	for i := range Size / groupBytes {
		var n uint64
		for _, c := range []byte(text[i*groupDigits : (i+1)*groupDigits]) {
			v := base32Value(c)
			bad |= v
			n = n<<5 | uint64(v&31)
		}
		g := b[i*groupBytes : (i+1)*groupBytes]
		g[0], g[1], g[2], g[3], g[4] = byte(n>>32), byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
	}
	high, low := base32Value(text[len(text)-2]), base32Value(text[len(text)-1])
	if (bad|high|low)&noDigit != 0 {
		return badDigit(text)
	}
	if low&3 != 0 {
		return errors.New("CID has bits set behind its last byte")
	}
	b[Size-1] = high<<3 | low>>2
	return nil
}

// badDigit says which byte of text is no digit.
func badDigit[T string | []byte](text T) error {
	for i := range len(text) {
		if base32Value(text[i])&noDigit != 0 {
			return fmt.Errorf("CID has %q at byte %d, which is no digit of lower-case base32", text[i], i+1)
		}
	}
	return nil
}

// groupDigits is the number of digits that make groupBytes bytes.
const groupDigits = 8

// noDigit is set in the value of what is no digit.
const noDigit = 0x80

// base32Value returns the value of a digit.
func base32Value(c byte) byte { return base32Values[c] - 1 }

// base32Values has one more than the value of each digit.
var base32Values = [256]byte{
	'a': 1, 'b': 2, 'c': 3, 'd': 4, 'e': 5, 'f': 6, 'g': 7, 'h': 8,
	'i': 9, 'j': 10, 'k': 11, 'l': 12, 'm': 13, 'n': 14, 'o': 15, 'p': 16,
	'q': 17, 'r': 18, 's': 19, 't': 20, 'u': 21, 'v': 22, 'w': 23, 'x': 24,
	'y': 25, 'z': 26, '2': 27, '3': 28, '4': 29, '5': 30, '6': 31, '7': 32,
}
