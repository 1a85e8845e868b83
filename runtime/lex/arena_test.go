package lex

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestArenaKeepsWhatItCopied checks all strings after the last was copied and
// their sources were overwritten.
func TestArenaKeepsWhatItCopied(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var a arena
		var got, want []string
		lengths := rapid.SliceOf(rapid.OneOf(rapid.IntRange(0, 20), rapid.IntRange(0, 2*ownSize))).Draw(t, "lengths")
		for i, n := range lengths {
			source := []byte(strings.Repeat(string(rune('a'+i%26)), n))
			want = append(want, string(source))
			got = append(got, a.copy(source, rapid.IntRange(0, 3*maxChunk).Draw(t, "rest")))
			clear(source)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

// TestAStringWithEscapesIsNotOverwrittenByTheNext reads several into a decoder
// that is used again, and then another text.
func TestAStringWithEscapesIsNotOverwrittenByTheNext(t *testing.T) {
	t.Parallel()
	d := JSONDecoder{src: []byte(`"a\nb" "c\u00e9d" "` + strings.Repeat(`\t`, 2*maxScratch) + `" "e\"f"`)}
	var got []string
	for range 4 {
		s, err := d.string()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, s)
	}
	if want := []string{"a\nb", "céd", strings.Repeat("\t", 2*maxScratch), `e"f`}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
