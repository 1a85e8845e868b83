package lex

import (
	"encoding/binary"
	"unicode/utf8"
)

// shortText is up to which length a string is copied in words that are looked
// at on the way, without a loop.
const shortText = 96

// Text appends a string, or reports that it is not UTF-8. A record is mostly
// short strings, and most of the time to write it passes here.
func (CBOR) Text(b []byte, s string) ([]byte, bool) {
	n, size := len(b), len(s)
	if size > shortText || cap(b)-n < shortText+2 {
		return longText(b, s)
	}
	room := (*[shortText + 2]byte)(b[n : n+shortText+2])
	head := 1
	room[0] = cborText | byte(size)
	if size >= cborDirect {
		head = 2
		room[0], room[1] = cborText|cborOne, byte(size)
	}
	b = b[:n+head+size]
	dst, src := room[head:head+size], bytesOf(s)
	var high uint64
	switch { // the words overlap in the middle
	case size > 64:
		high = copy16(dst, src) | copy16(dst[16:], src[16:]) | copy16(dst[32:], src[32:]) |
			copy16(dst[size-48:], src[size-48:]) | copy16(dst[size-32:], src[size-32:]) | copy16(dst[size-16:], src[size-16:])
	case size >= 32:
		high = copy16(dst, src) | copy16(dst[16:], src[16:]) | copy16(dst[size-32:], src[size-32:]) | copy16(dst[size-16:], src[size-16:])
	case size >= 16:
		high = copy16(dst, src) | copy16(dst[size-16:], src[size-16:])
	case size >= 8:
		high = copy8(dst, src) | copy8(dst[size-8:], src[size-8:])
	default:
		for i, c := range src {
			dst[i] = c
			high |= uint64(c)
		}
	}
	return b, high&tops == 0 || utf8.ValidString(s)
}

// longText is Text for any string and any buffer.
func longText(b []byte, s string) ([]byte, bool) {
	if !validText(s) {
		return b, false
	}
	return append(appendHead(b, cborText, uint64(len(s))), s...), true
}

// copy16 copies the first sixteen bytes, and returns an OR of their halves.
func copy16(dst, src []byte) uint64 {
	d, s := (*[16]byte)(dst), (*[16]byte)(src)
	high := load64(s[:8]) | load64(s[8:])
	*d = *s
	return high
}

// copy8 copies the first eight bytes, and returns them.
func copy8(dst, src []byte) uint64 {
	x := load64(src)
	binary.LittleEndian.PutUint64(dst, x)
	return x
}
