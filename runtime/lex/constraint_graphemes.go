package lex

import "github.com/clipperhouse/uax29/v2/graphemes"

// checkMinGraphemes counts only where the length in bytes leaves it open: no
// cluster is shorter than a byte.
func checkMinGraphemes(c *checker, text string, limit int64) {
	if limit > 0 {
		atLeast(c, RuleMinGraphemes, countGraphemes(text), limit, "grapheme", "graphemes")
	}
}

// checkMaxGraphemes counts only where the length in bytes leaves it open.
func checkMaxGraphemes(c *checker, text string, limit int64) {
	if int64(len(text)) > limit {
		atMost(c, RuleMaxGraphemes, countGraphemes(text), limit, "grapheme", "graphemes")
	}
}

// countGraphemes counts extended grapheme clusters (LX-14).
func countGraphemes(text string) (n int64) {
	for clusters := graphemes.FromString(text); clusters.Next(); {
		n++
	}
	return n
}
