package breaking

import (
	"slices"
	"strings"
)

// unstableSegments are segments of an NSID that say that its lexicon may change
// at any time (LE-12).
var unstableSegments = []string{"temp", "unspecced", "experimental"}

// Unstable reports whether an NSID says by itself that its lexicon is not
// released: a segment before its name is temp, unspecced or experimental.
func Unstable(id string) bool {
	segments := strings.Split(id, ".")
	return slices.ContainsFunc(segments[:len(segments)-1], func(segment string) bool {
		return slices.Contains(unstableSegments, segment)
	})
}

// released reports whether changes of a lexicon count in full.
func (c *comparison) released(id string) bool {
	if Unstable(id) {
		return false
	}
	for _, pattern := range c.options.Unstable {
		if pattern.MatchID(id) {
			return false
		}
	}
	return true
}
