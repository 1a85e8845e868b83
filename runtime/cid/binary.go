package cid

import (
	"crypto/sha256"
	"errors"
	"fmt"
)

// FromBytes reads a CID from its binary form, which is the whole of b. The
// error says in which respect b is not version 1, not one-byte codes, not a
// 32-byte hash, or not of the right length.
func FromBytes(b []byte) (CID, error) {
	if err := checkPrefix(b); err != nil {
		return CID{}, err
	}
	if len(b) != Size {
		return CID{}, fmt.Errorf("binary CID has %d bytes, not %d", len(b), Size)
	}
	return CID{[Size]byte(b)}, nil
}

// checkPrefix checks the bytes of b before the digest. It comes before the
// length check, because a foreign kind of CID mostly has another length too,
// and its kind says more.
func checkPrefix(b []byte) error {
	switch {
	case len(b) < prefixSize:
		return fmt.Errorf("binary CID has %d bytes, not %d", len(b), Size)
	case b[0] == SHA256 && b[1] == sha256.Size:
		return errors.New("CID is of version 0, not 1")
	case b[0] != version:
		return fmt.Errorf("CID is of version %d, not 1", b[0])
	case b[1] > maxCode:
		return errors.New("CID has a codec of more than one byte")
	case b[2] > maxCode:
		return errors.New("CID has a hash function code of more than one byte")
	case b[3] != sha256.Size:
		return fmt.Errorf("CID has a hash of length %d, not %d", b[3], sha256.Size)
	}
	return nil
}

// Bytes returns the binary form of c in a new slice of [Size] bytes, or nil if
// c is undefined.
func (c CID) Bytes() []byte { return c.AppendBytes(nil) }

// AppendBytes appends the binary form of c to b, or nothing if c is undefined.
func (c CID) AppendBytes(b []byte) []byte {
	if c.b[0] == 0 { // c.Defined() would be called with a copy
		return b
	}
	return append(b, c.b[:]...)
}
