package cid

import (
	"bytes"
	"crypto/sha256"
)

// Codes of the multicodec table that AT Protocol uses (DM-11).
const (
	// Raw is the codec of blobs: bytes without structure.
	Raw byte = 0x55
	// DagCBOR is the codec of records, tree nodes and commits.
	DagCBOR byte = 0x71
	// SHA256 is the code of the hash function SHA-256.
	SHA256 byte = 0x12
)

// Sizes of the two forms of a CID.
const (
	// Size is the length of the binary form in bytes.
	Size = prefixSize + sha256.Size
	// TextSize is the length of the text form in bytes, all of them ASCII.
	TextSize = 1 + (Size*8+4)/5
)

const (
	version    = 1    // the only version with a codec
	prefixSize = 4    // version, codec, hash code, digest length
	maxCode    = 0x7f // the greatest code that fits one byte of a varint
)

// CID is a content identifier: a version-1 CID with a one-byte codec and a
// multihash of 32 bytes. The zero CID is undefined.
type CID struct {
	// b is the binary form, or all zero; the latter is no binary form, because
	// the first byte of one is the version.
	b [Size]byte
}

// Sum returns the CID of data under a codec, hashed with SHA-256. A codec
// above 0x7f has no one-byte form and gives the undefined CID.
func Sum(codec byte, data []byte) CID {
	return FromHash(codec, sha256.Sum256(data))
}

// FromHash returns the CID of a block whose SHA-256 hash is digest, for
// callers that hash while they read. A codec above 0x7f has no one-byte form
// and gives the undefined CID.
func FromHash(codec byte, digest [sha256.Size]byte) CID {
	var c CID
	if codec > maxCode {
		return c
	}
	c.b[0], c.b[1], c.b[2], c.b[3] = version, codec, SHA256, sha256.Size
	copy(c.b[prefixSize:], digest[:])
	return c
}

// Defined reports whether c names a block, that is, whether c is not the zero
// CID.
func (c CID) Defined() bool { return c.b[0] != 0 }

// Blessed reports whether c has the form that AT Protocol writes (DM-11): the
// codec is [Raw] or [DagCBOR] and the hash function SHA-256.
func (c CID) Blessed() bool {
	codec, hash := c.b[1], c.b[2] // each method would be called with a copy
	return hash == SHA256 && (codec == DagCBOR || codec == Raw)
}

// Codec returns the code of the block's format, or 0 if c is undefined.
func (c CID) Codec() byte { return c.b[1] }

// HashCode returns the code of the hash function, or 0 if c is undefined.
func (c CID) HashCode() byte { return c.b[2] }

// Digest returns the hash of the block, or zeros if c is undefined.
func (c CID) Digest() [sha256.Size]byte {
	return [sha256.Size]byte(c.b[prefixSize:])
}

// Equal reports whether c and d are the same CID. It is == as a method, for
// packages that compare by method.
func (c CID) Equal(d CID) bool { return c == d }

// Compare orders CIDs by their binary form and returns -1, 0 or +1; the
// undefined CID comes first.
func (c CID) Compare(d CID) int { return bytes.Compare(c.b[:], d.b[:]) }
