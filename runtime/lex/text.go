package lex

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// Eight bytes at a time: the constants repeat one byte, and a test leaves the
// top bit set in the lowest byte that passes it. Bytes above that one may be
// set in error, which does not matter here.
const (
	ones = 0x0101010101010101
	tops = 0x8080808080808080
)

// special sets the top bits of quotes, backslashes and control characters.
func special(x uint64) uint64 {
	quote := x ^ '"'*ones
	slash := x ^ '\\'*ones
	return ((quote-ones)&^quote | (slash-ones)&^slash | (x-' '*ones)&^x) & tops
}

// plainLen returns how many bytes of b come before the first quote, backslash
// or control character, and whether all of them are ASCII.
func plainLen(b []byte) (n int, ascii bool) {
	var high uint64
	for ; n+8 <= len(b); n += 8 {
		x := binary.LittleEndian.Uint64(b[n:])
		if s := special(x); s != 0 {
			i := bits.TrailingZeros64(s) / 8
			high |= x & (1<<(8*i) - 1)
			return n + i, high&tops == 0
		}
		high |= x
	}
	if rest := len(b) - n; rest > 0 && len(b) >= 8 {
		// The last eight bytes, less those that were seen already.
		x := binary.LittleEndian.Uint64(b[len(b)-8:]) >> (64 - 8*rest)
		i := min(bits.TrailingZeros64(special(x))/8, rest)
		high |= x & (1<<(8*i) - 1)
		return n + i, high&tops == 0
	}
	for ; n < len(b); n++ {
		c := b[n]
		if c < ' ' || c == '"' || c == '\\' {
			break
		}
		high |= uint64(c)
	}
	return n, high&tops == 0
}

// asciiLen returns how many bytes of b come before the first quote, backslash,
// control character or byte that is not ASCII.
func asciiLen(b []byte) int {
	n := 0
	for ; n+8 <= len(b); n += 8 {
		// With the bytes above 0x7f counted in, a borrow can only come from a
		// byte that ends the search anyway.
		x := binary.LittleEndian.Uint64(b[n:])
		if s := (x | (x - ' '*ones) | ((x ^ '"'*ones) - ones) | ((x ^ '\\'*ones) - ones)) & tops; s != 0 {
			return n + bits.TrailingZeros64(s)/8
		}
	}
	for ; n < len(b); n++ {
		if c := b[n]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			break
		}
	}
	return n
}

// jsonText returns s, which is UTF-8, as a JSON string.
func jsonText(s string) []byte {
	b, _ := appendString(nil, s)
	return b
}

const hexDigits = "0123456789abcdef"

// appendString appends s with the shortest escapes, and nothing escaped that
// need not be.
func appendString(b []byte, s string) ([]byte, *Error) {
	b = append(b, '"')
	for {
		n, ascii := plainLen(bytesOf(s))
		if !ascii && !utf8.ValidString(s[:n]) {
			return b, failf("the string is not UTF-8")
		}
		b = append(b, s[:n]...)
		if n == len(s) {
			return append(b, '"'), nil
		}
		b = appendEscape(b, s[n])
		s = s[n+1:]
	}
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, '\\', 'b')
	case '\f':
		return append(b, '\\', 'f')
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// string reads a string into memory that is not the input's.
func (d *JSONDecoder) string() (string, *Error) {
	plain, whole, err := d.begin()
	if err != nil {
		return "", err
	}
	if !whole {
		if plain, err = d.escaped(d.scratch[:0], plain); err != nil {
			return "", err
		}
		d.scratch = plain
	}
	return d.arena.copy(plain, len(d.src)-d.pos), nil
}

// text reads a string. The result may share the input's memory and must not
// be changed.
func (d *JSONDecoder) text() ([]byte, *Error) {
	if text, ok := d.ascii(); ok {
		return text, nil
	}
	plain, whole, err := d.begin()
	if err != nil || whole {
		return plain, err
	}
	return d.escaped(nil, plain)
}

// ascii reads a string that is ASCII without escapes, or reports false.
func (d *JSONDecoder) ascii() ([]byte, bool) {
	if d.peek() != '"' {
		return nil, false
	}
	start := d.pos + 1
	end := start + asciiLen(d.src[start:])
	if end >= len(d.src) || d.src[end] != '"' {
		return nil, false
	}
	d.pos = end + 1
	return d.src[start:end], true
}

// begin reads a string up to its first escape, and reports whether there is
// none.
func (d *JSONDecoder) begin() (plain []byte, whole bool, _ *Error) {
	if d.peek() != '"' {
		return nil, false, d.expected("a string")
	}
	d.pos++
	plain, err := d.plain()
	if err != nil {
		return nil, false, err
	}
	if d.src[d.pos] == '"' {
		d.pos++
		return plain, true, nil
	}
	return plain, false, nil
}

// plain reads up to the next quote or backslash, at which it stops.
func (d *JSONDecoder) plain() ([]byte, *Error) {
	n, ascii := plainLen(d.src[d.pos:])
	plain := d.src[d.pos : d.pos+n]
	if !ascii && !utf8.Valid(plain) {
		return nil, d.failf("the string is not UTF-8")
	}
	d.pos += n
	if d.pos >= len(d.src) {
		return nil, d.failf("the string has no end")
	}
	if c := d.src[d.pos]; c < ' ' {
		return nil, d.failf("a string may hold %q as an escape only", c)
	}
	return plain, nil
}

// escaped reads the rest of a string that begins with plain and goes on with
// a backslash, and appends the whole to text.
func (d *JSONDecoder) escaped(text, plain []byte) ([]byte, *Error) {
	text = append(text, plain...)
	for d.src[d.pos] == '\\' {
		r, err := d.escape()
		if err != nil {
			return nil, err
		}
		text = utf8.AppendRune(text, r)
		if plain, err = d.plain(); err != nil {
			return nil, err
		}
		text = append(text, plain...)
	}
	d.pos++
	return text, nil
}

// escape reads what a backslash begins.
func (d *JSONDecoder) escape() (rune, *Error) {
	if d.pos+1 >= len(d.src) {
		return 0, d.failf("the string has no end")
	}
	c := d.src[d.pos+1]
	if c == 'u' {
		return d.unicodeEscape()
	}
	r, ok := shortEscape(c)
	if !ok {
		return 0, d.failf("a backslash before %q is no escape", c)
	}
	d.pos += 2
	return r, nil
}

func shortEscape(c byte) (rune, bool) {
	switch c {
	case '"', '\\', '/':
		return rune(c), true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	}
	return 0, false
}

// unicodeEscape reads \uXXXX, or two of them that make one character.
func (d *JSONDecoder) unicodeEscape() (rune, *Error) {
	start := d.pos
	r, err := d.hexEscape()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if d.pos+1 < len(d.src) && d.src[d.pos] == '\\' && d.src[d.pos+1] == 'u' {
		low, err := d.hexEscape()
		if err != nil {
			return 0, err
		}
		if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
			return r, nil
		}
	}
	return 0, d.failAt(start, "half a surrogate pair is no character")
}

// hexEscape reads \uXXXX, whose first two bytes are known to be there.
func (d *JSONDecoder) hexEscape() (rune, *Error) {
	if d.pos+6 > len(d.src) {
		return 0, d.failf("the string has no end")
	}
	var r rune
	for _, c := range d.src[d.pos+2 : d.pos+6] {
		digit, ok := hexDigit(c)
		if !ok {
			return 0, d.failf("\\u needs four hexadecimal digits")
		}
		r = r<<4 | digit
	}
	d.pos += 6
	return r, nil
}

func hexDigit(c byte) (rune, bool) {
	switch {
	case c >= '0' && c <= '9':
		return rune(c - '0'), true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10, true
	}
	return 0, false
}
