package mst

import (
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"hash"
	"math/bits"
)

// hasher computes the layers of many keys, one after another. A nil one is for a
// few.
//
// All that a layer needs is the begin of the hash, and most keys fit into one
// block of SHA-256. Of those the hasher writes the padding itself and looks at
// the state, which saves the copies that Sum makes of it: a fifth of the time.
type hasher struct {
	state interface {
		hash.Hash
		encoding.BinaryAppender
	} // nil if it has another form than stateMagic says
	block [sha256.BlockSize]byte
	out   []byte
}

// stateMagic is in front of the words of a state.
const stateMagic = "sha\x03"

// oneBlock is the length of the longest key that fits into a block with its
// padding: a byte and the length in bits.
const oneBlock = sha256.BlockSize - 1 - 8

func newHasher() *hasher {
	h := &hasher{out: make([]byte, 0, 128)}
	h.state, _ = sha256.New().(interface {
		hash.Hash
		encoding.BinaryAppender
	})
	key := []byte("com.example.post/3jzfcijpj2z2a")
	sum := sha256.Sum256(key)
	if word, ok := h.first(key); !ok || word != binary.BigEndian.Uint64(sum[:]) {
		h.state = nil
	}
	return h
}

// layer is Layer of a key as bytes.
func (h *hasher) layer(key []byte) int {
	if word, ok := h.first(key); ok && word != 0 {
		return bits.LeadingZeros64(word) / 2
	}
	return layerOf(key)
}

// first returns the first 64 bits of the hash of a short key.
func (h *hasher) first(key []byte) (word uint64, ok bool) {
	if h == nil || h.state == nil || len(key) > oneBlock {
		return 0, false
	}
	n := copy(h.block[:], key)
	h.block[n] = 0x80
	clear(h.block[n+1:])
	binary.BigEndian.PutUint16(h.block[len(h.block)-2:], uint16(8*n))
	h.state.Reset()
	_, _ = h.state.Write(h.block[:]) // never fails
	state, err := h.state.AppendBinary(h.out)
	if err != nil || len(state) < len(stateMagic)+8 || string(state[:len(stateMagic)]) != stateMagic {
		return 0, false
	}
	return binary.BigEndian.Uint64(state[len(stateMagic):]), true
}
