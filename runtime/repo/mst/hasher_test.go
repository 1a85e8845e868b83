package mst

import (
	"fmt"
	"strings"
	"testing"
)

// TestHasher_AgreesWithLayer tries keys around the length that fits into one
// block, and ones of every layer that is found, with and without the state of
// the hash.
func TestHasher_AgreesWithLayer_RE10(t *testing.T) {
	t.Parallel()
	quick, slow, none := newHasher(), &hasher{}, (*hasher)(nil)
	if quick.state == nil {
		t.Error("the state of SHA-256 has another form: building takes a tenth longer")
	}
	highest := 0
	check := func(key string) {
		want := Layer(key)
		highest = max(highest, want)
		if got := quick.layer([]byte(key)); got != want {
			t.Errorf("%q: layer %d, want %d", key, got, want)
		}
		if got, without := slow.layer([]byte(key)), none.layer([]byte(key)); got != want || without != want {
			t.Errorf("%q without the state: layers %d and %d, want %d", key, got, without, want)
		}
	}
	for n := range 200 {
		check(strings.Repeat("k", n))
	}
	for i := range 20_000 {
		check(fmt.Sprint("com.example.post/", i))
	}
	if highest < 5 {
		t.Errorf("no layer above %d was tried", highest)
	}
	if word, ok := quick.first([]byte("2653ae71")); !ok || word != 0xafe2be96fd88f05f {
		t.Errorf("the first bits of a hash are %x, %t", word, ok)
	}
}
