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
	return layerOf(append(scratch[:0], key...))
}

// layerOf is Layer of a key as bytes.
func layerOf(key []byte) int {
	return zeroPairs(sha256.Sum256(key))
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

// checkEntry reports whether an entry may be written, and returns the layer of
// its key.
func checkEntry(key string, value cid.CID) (int, error) {
	if err := checkKey(key); err != nil {
		return 0, err
	}
	if !value.Blessed() {
		return 0, fmt.Errorf("mst: key %q: the value has a CID that the protocol does not write: %w", key, ErrValue)
	}
	layer := Layer(key)
	return layer, checkLayer(key, layer)
}

func checkLayer(key string, layer int) error {
	if layer > MaxLayer {
		return fmt.Errorf("mst: key %q has layer %d, more than %d: %w", key, layer, MaxLayer, ErrLimit)
	}
	return nil
}

// commonPrefix returns how many leading bytes a and b share.
func commonPrefix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
