package breaking

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestBeyond makes random texts of each format. One that is not of another
// format must be as long as the table says, and for each pair there must be one
// of the least such length.
func TestBeyond_LX14(t *testing.T) {
	t.Parallel()
	texts := map[string][]string{}
	for format := range formatLengths {
		texts[format] = textsOf(format, rand.New(rand.NewPCG(1, 1)))
	}
	for format, list := range texts {
		for other := range formatLengths {
			if format == other {
				continue
			}
			want, listed := beyond[[2]string{format, other}]
			if !listed {
				want = formatLengths[format]
			}
			shortest := shortestBeyond(t, format, list, other, want)
			if !want.empty() && int64(len(shortest)) != want.low {
				t.Errorf("the shortest %s that is no %s is %q, want one of %d bytes", format, other, shortest, want.low)
			}
		}
	}
}

// shortestBeyond returns the shortest of a format's texts that are not of another
// format, and demands lengths of all of these.
func shortestBeyond(t *testing.T, format string, texts []string, other string, want interval) (shortest string) {
	t.Helper()
	for _, text := range texts {
		if syntax.Check(other, text) == nil {
			continue
		}
		if length := int64(len(text)); length < want.low || length > want.high {
			t.Errorf("%q of %d bytes is a %s and no %s, whose lengths are %v", text, length, format, other, want)
		}
		if shortest == "" || len(text) < len(shortest) {
			shortest = text
		}
	}
	return shortest
}

// textsOf returns texts of a format: seeds of all formats that are of this one,
// and what becomes of them at random.
func textsOf(format string, r *rand.Rand) []string {
	const alphabet = "abzAZ2379019.-:_~%+/!TQmfux"
	var list []string
	for _, seed := range formatSeeds() {
		if syntax.Check(format, seed) == nil {
			list = append(list, seed)
		}
	}
	for range 20_000 {
		text := []byte(list[r.IntN(len(list))])
		for range 1 + r.IntN(3) {
			i := r.IntN(len(text))
			switch r.IntN(3) {
			case 0:
				text[i] = alphabet[r.IntN(len(alphabet))]
			case 1:
				text = slices.Insert(text, i, alphabet[r.IntN(len(alphabet))])
			case 2:
				if len(text) > 1 {
					text = slices.Delete(text, i, i+1)
				}
			}
		}
		if len(text) < 64 && syntax.Check(format, string(text)) == nil && len(list) < 4_000 {
			list = append(list, string(text))
		}
	}
	return list
}

// formatSeeds has a shortest text of each format, and longer ones.
func formatSeeds() []string {
	label := strings.Repeat("a", 63) + "."
	return []string{
		"a.b", "did:a:b", "did:a:%b", "at://a.b", "a:b", "a:\u0301", "a.b.c", "bafkreia", "mAAAAAA+", "a", "ja", "xx-a", "3jui7kd54zh2y",
		"1985-04-12T23:20:50Z", "1985-04-12T23:20:50.123Z", "1985-04-12T23:20:50+01:45", "1985-04-12T23:20:50-01:45",
		label + label + label + strings.Repeat("a", 61), label + label + label + "aa." + strings.Repeat("a", 59), label + label + label + label + "a",
		"a" + label + "b", strings.Repeat("a", 512), "did:a:" + strings.Repeat("b", 2042), "x" + strings.Repeat("-abcdefgh", 13),
	}
}
