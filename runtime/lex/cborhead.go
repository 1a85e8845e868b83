package lex

import "encoding/binary"

// Major types of CBOR (RFC 8949, section 3.1), as the top three bits of an
// item's first byte.
const (
	cborUint   = 0 << 5
	cborNegint = 1 << 5
	cborBytes  = 2 << 5
	cborText   = 3 << 5
	cborArray  = 4 << 5
	cborMap    = 5 << 5
	cborTag    = 6 << 5
	cborSimple = 7 << 5

	cborMajor = 7 << 5 // masks them
)

// The three simple values of the data model (DM-08).
const (
	cborFalse = cborSimple | 20
	cborTrue  = cborSimple | 21
	cborNull  = cborSimple | 22
)

// What the low bits of an item's first byte say.
const (
	cborDirect = 24 // below this, they are the argument themselves
	cborOne    = 24 // the argument is the byte that follows,
	cborTwo    = 25 // or two,
	cborFour   = 26 // four
	cborEight  = 27 // or eight of them

	cborIndefinite = 31 // an end mark will follow
)

// appendHead appends the first bytes of an item in their shortest form
// (DM-08).
func appendHead(b []byte, major byte, n uint64) []byte {
	switch {
	case n < cborDirect:
		return append(b, major|byte(n))
	case n < 1<<8:
		return append(b, major|cborOne, byte(n))
	case n < 1<<16:
		return append(b, major|cborTwo, byte(n>>8), byte(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(b, major|cborFour), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major|cborEight), n)
}

// appendInt appends an integer.
func appendInt(b []byte, v int64) []byte {
	if v < 0 {
		return appendHead(b, cborNegint, uint64(^v))
	}
	return appendHead(b, cborUint, uint64(v))
}

// appendText appends a string.
func appendText(b []byte, s string) ([]byte, *Error) {
	if !validText(s) {
		return b, failf("the string is not UTF-8")
	}
	return append(appendHead(b, cborText, uint64(len(s))), s...), nil
}

// cborTextToken returns s as a whole item.
func cborTextToken(s string) string {
	return string(append(appendHead(nil, cborText, uint64(len(s))), s...))
}

// head reads the first bytes of the item that comes next.
func (d *CBORDecoder) head() (major byte, n uint64, _ *Error) {
	if d.pos >= len(d.src) {
		return 0, 0, d.failf("expected a value, found the end of the input")
	}
	c := d.src[d.pos]
	major = c & cborMajor
	if n = uint64(c &^ cborMajor); n < cborDirect {
		d.pos++
		return major, n, nil
	}
	n, size, err := d.argument(c)
	if err != nil {
		return 0, 0, err
	}
	d.pos += 1 + size
	return major, n, nil
}

// argument reads the argument that follows the byte c, which stands here, and
// says how many bytes it takes. It stays where it is.
func (d *CBORDecoder) argument(c byte) (n uint64, size int, _ *Error) {
	low := c &^ cborMajor
	if c&cborMajor == cborSimple {
		return 0, 0, d.failf("%s is no value of the data model", d.found())
	}
	if low > cborEight {
		if low == cborIndefinite {
			return 0, 0, d.failf("an indefinite length is not canonical")
		}
		return 0, 0, d.failf("the byte %#02x begins no item", c)
	}
	size = 1 << (low - cborOne)
	rest := d.src[d.pos+1:]
	if size > len(rest) {
		return 0, 0, d.failf("the input ends inside an item")
	}
	for _, c := range bytesOf(rest[:size]) {
		n = n<<8 | uint64(c)
	}
	if n < cborDirect || size > 1 && n>>(4*size) == 0 {
		return 0, 0, d.failf("the number %d is not written in its shortest form", n)
	}
	return n, size, nil
}
