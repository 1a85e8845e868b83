package mst

import (
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"hash"
	"math/bits"
	"sync"
)

// hasher computes many hashes, one after another: of keys for their layers, and
// of nodes. A nil one is for a few.
//
// It writes the padding of SHA-256 itself and looks at the state, which saves
// the copies that Sum makes of it: of a key, a fifth of the time.
type hasher struct {
	state interface {
		hash.Hash
		encoding.BinaryAppender
	} // nil if it has another form than stateMagic says
	tail [2 * sha256.BlockSize]byte
	out  []byte
}

// stateMagic is in front of the words of a state.
const stateMagic = "sha\x03"

// lengthSize is the size of the length in bits, with which padding ends. It
// begins with a byte.
const lengthSize = 8

// oneBlock is the length of the longest key that fits into a block with its
// padding.
const oneBlock = sha256.BlockSize - 1 - lengthSize

func newHasher() *hasher {
	h := &hasher{out: make([]byte, 0, 128)}
	if stateIsKnown() {
		h.open()
	}
	return h
}

func (h *hasher) open() {
	h.state, _ = sha256.New().(interface {
		hash.Hash
		encoding.BinaryAppender
	})
}

// stateIsKnown says whether states have the form of stateMagic.
var stateIsKnown = sync.OnceValue(func() bool {
	h := &hasher{out: make([]byte, 0, 128)}
	h.open()
	key := []byte("com.example.post/3jzfcijpj2z2a")
	hash := h.short(key)
	return hash != nil && [sha256.Size]byte(hash) == sha256.Sum256(key)
})

// layer is Layer of a key as bytes. Mostly, the first word of the hash says it.
func (h *hasher) layer(key []byte) int {
	if hash := h.short(key); hash != nil {
		if word := binary.BigEndian.Uint64(hash); word != 0 {
			return bits.LeadingZeros64(word) / 2
		}
	}
	return zeroPairs(sha256.Sum256(key))
}

// short returns the hash of data that fits into a block, valid until the next
// call of a method, or nil. Unlike sum it does not make data escape to the heap.
func (h *hasher) short(data []byte) []byte {
	if h == nil || h.state == nil || len(data) > oneBlock {
		return nil
	}
	h.state.Reset()
	return h.finish(data, len(data))
}

// sum returns the hash of data.
func (h *hasher) sum(data []byte) [sha256.Size]byte {
	if h == nil || h.state == nil {
		return sha256.Sum256(data)
	}
	h.state.Reset()
	whole := len(data) &^ (sha256.BlockSize - 1)
	_, _ = h.state.Write(data[:whole]) // never fails
	if hash := h.finish(data[whole:], len(data)); hash != nil {
		return [sha256.Size]byte(hash)
	}
	return sha256.Sum256(data)
}

// finish returns the hash of size bytes that end with rest, less than a block,
// up to which they have been written. It is nil if the state has another form.
func (h *hasher) finish(rest []byte, size int) []byte {
	tail := h.tail[:sha256.BlockSize]
	if len(rest) > oneBlock {
		tail = h.tail[:]
	}
	n := copy(tail, rest)
	tail[n] = 0x80
	clear(tail[n+1:])
	binary.BigEndian.PutUint64(tail[len(tail)-lengthSize:], 8*uint64(size))
	_, _ = h.state.Write(tail)
	state, err := h.state.AppendBinary(h.out)
	const end = len(stateMagic) + sha256.Size
	if err != nil || len(state) < end || string(state[:len(stateMagic)]) != stateMagic {
		return nil
	}
	return state[len(stateMagic):end]
}
