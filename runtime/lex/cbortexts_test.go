package lex

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestTextsAreCopiedToTheirPlaces looks at all places after the source was
// overwritten, and at what the list keeps.
func TestTextsAreCopiedToTheirPlaces(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lengths := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 20), rapid.IntRange(0, 2*ownSize)), 0, 3*maxTexts).Draw(t, "lengths")
		var want []string
		for i, n := range lengths {
			want = append(want, strings.Repeat(string(rune('a'+i%26)), n))
		}
		source := []byte(strings.Join(want, ""))
		var texts cborTexts
		got := make([]string, len(want))
		end := 0
		for i, n := range lengths {
			end += n
			texts.add(&got[i], textOf(source), end-n, end)
			if texts.size > maxChunk {
				t.Fatalf("%d bytes wait", texts.size)
			}
		}
		texts.copy(textOf(source))
		clear(source)
		if !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
		for i, p := range texts.list {
			if p.place != nil {
				t.Fatalf("place %d is kept alive", i)
			}
		}
	})
}
