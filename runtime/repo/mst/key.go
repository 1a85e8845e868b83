package mst

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/lexgen/lexgen/runtime/cid"
)

// Layer returns the layer of the nodes that hold key (RE-10): the number of
// leading zero bits of its SHA-256 hash, by two, rounded down (RE-11). It is 128
// at most.
func Layer(key string) int {
	var scratch [128]byte // longer keys are rare and allocate
	hash := sha256.Sum256(append(scratch[:0], key...))
	return zeroPairs(hash)
}

// zeroPairs returns the number of leading zero bits, by two.
func zeroPairs(hash [sha256.Size]byte) int {
	zeros := 0
	for i := 0; i < len(hash); i += 8 {
		n := bits.LeadingZeros64(binary.BigEndian.Uint64(hash[i:]))
		zeros += n
		if n < 64 {
			break
		}
	}
	return zeros / 2
}

// checkKey reports whether a tree can have key. Whether it is the path of a
// record is not known here.
func checkKey(key string) error {
	if key == "" {
		return fmt.Errorf("mst: an empty key: %w", ErrKey)
	}
	if len(key) > MaxKey {
		return fmt.Errorf("mst: a key of %d bytes, more than %d: %w", len(key), MaxKey, ErrKey)
	}
	return nil
}

// checkEntry reports whether an entry may be written, but for its layer.
func checkEntry(key string, value *cid.CID) error {
	if err := checkKey(key); err != nil {
		return err
	}
	if !value.Blessed() {
		return fmt.Errorf("mst: key %q: the value has a CID that the protocol does not write: %w", key, ErrValue)
	}
	return nil
}

func checkLayer(key string, layer int) error {
	if layer > MaxLayer {
		return fmt.Errorf("mst: key %q has layer %d, more than %d: %w", key, layer, MaxLayer, ErrLimit)
	}
	return nil
}

// commonPrefix returns how many leading bytes a and b share.
func commonPrefix(a, b string) int {
	n, i := min(len(a), len(b)), 0
	for ; i+8 <= n; i += 8 {
		if different := word(a[i:]) ^ word(b[i:]); different != 0 {
			return i + bits.TrailingZeros64(different)/8
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

// above reports whether key is above last, with which it shares as many bytes.
func above(last, key string, shared int) bool {
	return shared < len(key) && (shared == len(last) || last[shared] < key[shared])
}

// word returns the first 8 bytes of text, the first the lowest.
func word(text string) uint64 {
	_ = text[7]
	return uint64(text[0]) | uint64(text[1])<<8 | uint64(text[2])<<16 | uint64(text[3])<<24 |
		uint64(text[4])<<32 | uint64(text[5])<<40 | uint64(text[6])<<48 | uint64(text[7])<<56
}
