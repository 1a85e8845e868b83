package visible_test

import (
	"encoding/json"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/visible"
)

func TestText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                       "",
		"plain, ünïcode 日本 👍":    "plain, ünïcode 日本 👍",
		"\ufffd is a character":  "\ufffd is a character",
		"\xff is none":           "<FF> is none",
		"a\tb\r\n":               "a<U+0009>b<U+000D><U+000A>",
		"\x1b[31m\u009b\x7f\x00": "<U+001B>[31m<U+009B><U+007F><U+0000>",
		"\u202e\u2066\u200e":     "<U+202E><U+2066><U+200E>",
		"\u200b\ufeff\u00ad":     "<U+200B><U+FEFF><U+00AD>",
		"\u2028\u2029\u00a0":     "<U+2028><U+2029><U+00A0>",
		"\U000e0041\U0010ffff":   "<U+E0041><U+10FFFF>",
	} {
		if diff := cmp.Diff(want, visible.Text(text)); diff != "" {
			t.Errorf("%q differs (-want +got):\n%s", text, diff)
		}
	}
}

func TestClipped(t *testing.T) {
	t.Parallel()
	for limit, want := range []string{"...", "é...", "é<U+001B>...", "é<U+001B>c", "é<U+001B>c"} {
		if diff := cmp.Diff(want, visible.Clipped("é\x1bc", limit)); diff != "" {
			t.Errorf("limit %d differs (-want +got):\n%s", limit, diff)
		}
	}
}

// FuzzJSON demands that escaping changes no value and leaves nothing invisible.
func FuzzJSON(f *testing.F) {
	for _, text := range []string{"", "a", "\x7f\u009b\u202e\u2028", "\U000e0041\U0001f600", "\xff", `\u202e"`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		before, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		after := visible.JSON(before)
		for _, r := range string(after) {
			if !unicode.IsPrint(r) {
				t.Errorf("%U in %q", r, after)
			}
		}
		var got, want string
		if err := json.Unmarshal(before, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(after, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("value differs (-want +got):\n%s", diff)
		}
	})
}
