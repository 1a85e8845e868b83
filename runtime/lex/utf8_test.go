package lex

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// pieces of text, some of which are no UTF-8 on their own.
var pieces = rapid.SampledFrom([]string{
	"a", "plain text of some length, ", strings.Repeat("x", 31), "\"", "\\", "\n", "\x7f", "é", "漢字", "🌳", "\u0080", "\uffff", "\U0010ffff",
	"\x80", "\xff", "\xc3", "\xe6\xbc", "\xf0\x9f\x8c", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
})

// drawText returns a string of such pieces, with memory of its own.
func drawText(t *rapid.T) string {
	return strings.Clone(strings.Join(rapid.SliceOfN(pieces, 0, 12).Draw(t, "pieces"), ""))
}

func TestValidTextAgreesWithTheStandardLibrary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawText(t)
		if got, want := validText(s), utf8.ValidString(s); got != want {
			t.Fatalf("validText(%q) = %v, want %v", s, got, want)
		}
	})
}

// TestOneBadByteIsFoundAnywhere puts it at every place of ASCII of every length
// that is treated in its own way.
func TestOneBadByteIsFoundAnywhere(t *testing.T) {
	t.Parallel()
	for n := range 200 {
		if s := strings.Repeat("a", n); !validText(s) {
			t.Errorf("%d bytes of ASCII are no UTF-8", n)
		}
		for i := range n {
			if s := strings.Repeat("a", i) + "\xff" + strings.Repeat("a", n-i-1); validText(s) {
				t.Errorf("of %d bytes, the bad one at %d was not found", n, i)
			}
		}
	}
}

func TestASCIIEndsWhereALoopSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawText(t)
		want := 0
		for want < len(s) && s[want] >= ' ' && s[want] < utf8.RuneSelf && s[want] != '"' && s[want] != '\\' {
			want++
		}
		if got := asciiLen([]byte(s)); got != want {
			t.Fatalf("asciiLen(%q) = %d, want %d", s, got, want)
		}
	})
}
