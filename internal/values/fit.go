package values

import (
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"

	"github.com/lexgen/lexgen/parser"
)

// within moves n between bounds, of which either may be missing.
func within(n int, low, high *parser.Int) int {
	if high != nil {
		n = min(n, int(high.Value))
	}
	if low != nil {
		n = max(n, int(low.Value))
	}
	return n
}

// fitted cuts a text to the greatest lengths that the type allows, at the end
// of a grapheme cluster, and fills it up to the least ones.
func fitted(text string, t *parser.String) string {
	var b strings.Builder
	count := 0
	for clusters := graphemes.FromString(text); clusters.Next(); {
		cluster := clusters.Value()
		if exceeds(b.Len()+len(cluster), t.MaxLength) || exceeds(count+1, t.MaxGraphemes) {
			break
		}
		b.WriteString(cluster)
		count++
	}
	for lacks(b.Len(), t.MinLength) || lacks(count, t.MinGraphemes) {
		b.WriteByte('x')
		count++
	}
	return b.String()
}

func exceeds(n int, limit *parser.Int) bool { return limit != nil && int64(n) > limit.Value }

func lacks(n int, limit *parser.Int) bool { return limit != nil && int64(n) < limit.Value }
