package lex

import (
	"encoding/binary"
	"unicode/utf8"
)

// validText reports whether s is UTF-8. Nearly all text is short and ASCII.
func validText(s string) bool {
	b := bytesOf(s)
	var high uint64
	for ; len(b) >= 32; b = b[32:] {
		high |= load64(b) | load64(b[8:]) | load64(b[16:]) | load64(b[24:])
	}
	for ; len(b) >= 8; b = b[8:] {
		high |= load64(b)
	}
	if len(s) >= 8 {
		high |= load64(bytesOf(s[len(s)-8:]))
	} else {
		high = short64(b)
	}
	return high&tops == 0 || utf8.ValidString(s)
}

// copyText copies s to dst, which has its length, and reports whether it is
// UTF-8. It moves whole words, the last of which may overlap the one before.
func copyText(dst []byte, s string) bool {
	b, n := bytesOf(s), len(s)
	dst = dst[:n]
	var high uint64
	switch {
	case n >= 16:
		high = copy16(dst[n-16:], b[n-16:])
		i := 0
		for ; i < n-32; i += 32 {
			high |= copy16(dst[i:], b[i:]) | copy16(dst[i+16:], b[i+16:])
		}
		if i < n-16 {
			high |= copy16(dst[i:], b[i:])
		}
	case n >= 8:
		x, y := load64(b), load64(b[n-8:])
		store64(dst, x)
		store64(dst[n-8:], y)
		high = x | y
	default:
		copy(dst, b)
		high = short64(b)
	}
	return high&tops == 0 || utf8.ValidString(s)
}

// copy16 copies sixteen bytes and returns them, half over half.
func copy16(dst, b []byte) uint64 {
	p := (*[16]byte)(b)
	*(*[16]byte)(dst) = *p
	return load64(p[:8]) | load64(p[8:])
}

// load64 returns the first eight bytes of b.
func load64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// store64 sets the first eight bytes of b.
func store64(b []byte, v uint64) { binary.LittleEndian.PutUint64(b, v) }

// short64 returns the bytes of b, fewer than eight, some of them twice.
func short64(b []byte) uint64 {
	switch {
	case len(b) >= 4:
		return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint32(b[len(b)-4:]))
	case len(b) > 0:
		return uint64(b[0] | b[len(b)/2] | b[len(b)-1])
	}
	return 0
}
