package mst

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"
)

// TestHasher_IsSHA256 tries every length around those at which the padding
// takes another block, with and without the state of the hash.
func TestHasher_IsSHA256_RE10(t *testing.T) {
	t.Parallel()
	quick, slow, none := newHasher(), &hasher{}, (*hasher)(nil)
	if quick.state == nil {
		t.Error("the state of SHA-256 has another form: building takes a tenth longer")
	}
	for n := range 5*sha256.BlockSize + 1 {
		data := bytes.Repeat([]byte{0xa5}, n)
		want := sha256.Sum256(data)
		if got := quick.sum(data); got != want {
			t.Errorf("%d bytes: %x, want %x", n, got, want)
		}
		if got, without := slow.sum(data), none.sum(data); got != want || without != want {
			t.Errorf("%d bytes without the state: %x and %x, want %x", n, got, without, want)
		}
	}
}

// TestHasher_AgreesWithLayer tries keys of every layer that is found.
func TestHasher_AgreesWithLayer_RE10(t *testing.T) {
	t.Parallel()
	h, highest := newHasher(), 0
	for i := range 20_000 {
		key := fmt.Sprint("com.example.post/", i)
		want := Layer(key)
		highest = max(highest, want)
		if got := h.layer([]byte(key)); got != want {
			t.Errorf("%q: layer %d, want %d", key, got, want)
		}
	}
	if highest < 5 {
		t.Errorf("no layer above %d was tried", highest)
	}
}
