package lex

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// validText reports whether s is UTF-8. Nearly all text is ASCII, or a few
// runs of other characters in it.
func validText(s string) bool {
	b := bytesOf(s)
	if len(b) < block {
		return high(b)&tops == 0 || utf8.Valid(b)
	}
	for len(b) > block { // not >=: a slice that cannot become empty costs less
		if ascii((*[block]byte)(b)) {
			b = b[block:]
			continue
		}
		rest := skipRun(b)
		if len(rest) == len(b) {
			return false
		}
		b = rest
	}
	return ascii((*[block]byte)(bytesOf(s[len(s)-block:]))) || utf8.Valid(b)
}

// block is how many bytes are looked at in one step.
const block = 32

// ascii reports whether all of b is ASCII.
func ascii(b *[block]byte) bool {
	return (load64(b[:])|load64(b[8:])|load64(b[16:])|load64(b[24:]))&tops == 0
}

// high returns an OR of all the bytes of b, which are fewer than a block. Some
// are taken twice.
func high(b []byte) uint64 {
	n := len(b)
	switch {
	case n >= 16:
		p, q := (*[16]byte)(b), (*[16]byte)(b[n-16:])
		return load64(p[:]) | load64(p[8:]) | load64(q[:]) | load64(q[8:])
	case n >= 8:
		return load64(b) | load64(b[n-8:])
	case n >= 4:
		return uint64(binary.LittleEndian.Uint32(b) | binary.LittleEndian.Uint32(b[n-4:]))
	case n > 0:
		return uint64(b[0] | b[n/2] | b[n-1])
	}
	return 0
}

// skipRun returns what follows the first run in b of characters that are not
// ASCII. The first block of b has one. Where b is no UTF-8, it stops, and
// returns b itself if that begins there.
func skipRun(b []byte) []byte {
	for x := load64(b) & tops; ; x = load64(b) & tops {
		if x != 0 {
			b = b[bits.TrailingZeros64(x)/8:]
			break
		}
		b = b[8:]
	}
	for len(b) > 0 && b[0] >= utf8.RuneSelf {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			break
		}
		b = b[n:]
	}
	return b
}

// load64 returns the first eight bytes of b.
func load64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
