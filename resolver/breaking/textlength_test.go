package breaking

import (
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestFormatLengths tries a text of the least and of the greatest length of each
// format, and that what is added to a greatest one is refused.
func TestFormatLengths_LX14(t *testing.T) {
	t.Parallel()
	long := func(n int, head, tail string) string {
		return head + strings.Repeat("a", n-len(head)-len(tail)) + tail
	}
	label := strings.Repeat("a", 63) + "."
	subtags := strings.Repeat("-abcdefgh", 13) + "-abcd-abcd"
	for format, texts := range map[string][2]string{
		"at-identifier": {"a.b", long(2048, "did:a:", "")},
		"at-uri":        {"at://a.b", ""},
		"cid":           {"bafkreia", long(256, "b", "")},
		"datetime":      {"1985-04-12T23:20:50Z", "1985-04-12T23:20:50." + strings.Repeat("0", 43) + "Z"},
		"did":           {"did:a:b", long(2048, "did:a:", "")},
		"handle":        {"a.b", strings.Repeat(label, 3) + strings.Repeat("a", 61)},
		"language":      {"ja", "x" + subtags},
		"nsid":          {"a.b.c", strings.Repeat(label, 3) + strings.Repeat("a", 61) + "." + strings.Repeat("a", 63)},
		"record-key":    {"a", strings.Repeat("a", 512)},
		"tid":           {"3jui7kd54zh2y", "3jui7kd54zh2y"},
		"uri":           {"a:b", long(8192, "a:", "")},
	} {
		want := formatLengths[format]
		if texts[1] == "" {
			texts[1] = texts[0]
			want.high = int64(len(texts[1]))
		}
		if int64(len(texts[0])) != want.low || int64(len(texts[1])) != want.high {
			t.Errorf("%s: the texts have %d and %d bytes, want %v", format, len(texts[0]), len(texts[1]), want)
		}
		for _, text := range texts {
			if err := syntax.Check(format, text); err != nil {
				t.Errorf("%s: %v", format, err)
			}
		}
		if short := texts[0][:len(texts[0])-1]; syntax.Check(format, short) == nil {
			t.Errorf("%s: %s is valid, and shorter than the shortest", format, short)
		}
		if syntax.Check(format, texts[1]+"a") == nil && format != "at-uri" {
			t.Errorf("%s: a longer text is valid", format)
		}
	}
	if formatLength("unheard-of") != natural {
		t.Error("an unknown format has a length")
	}
}
