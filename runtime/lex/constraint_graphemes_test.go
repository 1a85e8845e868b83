package lex_test

import (
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/lex"
)

// TestGraphemesAreClusters counts by the bounds that just hold.
func TestGraphemesAreClusters_LX14(t *testing.T) {
	t.Parallel()
	for text, n := range map[string]int{
		"":                      0,
		"abc":                   3,
		"\r\n":                  1,
		"\n\r":                  2,
		"e\u0301":               1, // combining accent
		"각":                     1, // conjoining jamo
		"🇩🇪🇫🇷":                  2, // regional indicators pair up
		"👨‍👩‍👧‍👧":               1, // joined by U+200D
		"🏳️‍🌈":                  1,
		"👍🏽":                    1, // skin tone
		"क\u094dष":              1, // Indic conjunct: consonant, virama, consonant
		"क\u094d\u200dष":        1,
		"क\u094d\u200cष":        2, // U+200C keeps the consonants apart
		"\u0e01\u0e33":          1, // spacing mark
		strings.Repeat("é", 10): 10,
	} {
		s := &lex.ScalarSchema{Kind: lex.KindString, Rules: lex.Rules{lex.MinGraphemes(n), lex.MaxGraphemes(n)}}
		if err := lex.ValidateData(s, text); err != nil {
			t.Errorf("%+q: %v", text, err)
		}
	}
}
