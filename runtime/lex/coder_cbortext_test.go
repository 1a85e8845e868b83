package lex

import (
	"bytes"
	"math/rand"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestTextIsWrittenTheSameInAnyBuffer compares the ways in which a string is
// copied, by its length and by the room in the buffer.
func TestTextIsWrittenTheSameInAnyBuffer(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewSource(1))
	for n := range 300 {
		text := make([]byte, n)
		for i := range text {
			text[i] = byte(random.Intn(utf8.RuneSelf))
		}
		checkText(t, string(text))
		for i := range text {
			odd := strings.ToValidUTF8(string(text[:i])+"\u00e9"+string(text[min(i+2, n):]), "")
			checkText(t, odd)
			checkText(t, odd[:min(i+1, len(odd))])
		}
	}
}

func checkText(t *testing.T, s string) {
	t.Helper()
	const before = "before"
	want := append(appendHead([]byte(before), cborText, uint64(len(s))), s...)
	for _, room := range []int{0, len(want) - len(before), shortText + 2, 400} {
		b := append(make([]byte, 0, len(before)+room), before...)
		beyond := bytes.Repeat([]byte{0xee}, room)
		copy(b[len(b):cap(b)], beyond)
		got, ok := CBOR{}.Text(b, s)
		if valid := utf8.ValidString(s); ok != valid {
			t.Fatalf("with room for %d: Text(%q) reports %v, want %v", room, s, ok, valid)
		}
		if !ok {
			continue
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("with room for %d: Text(%q) = %x, want %x", room, s, got, want)
		}
		if &got[0] == &b[:1][0] && !bytes.Equal(got[len(got):cap(got)], beyond[len(got)-len(b):]) {
			t.Fatalf("with room for %d: Text(%q) wrote beyond its end", room, s)
		}
	}
}
