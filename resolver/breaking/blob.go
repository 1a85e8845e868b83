package breaking

import (
	"slices"
	"strings"

	"github.com/lexgen/lexgen/parser"
)

// blob compares what media files are taken (LX-15, LX-17).
func (w *walk) blob(s site, was, is *parser.Blob) {
	w.accept(s, was.Accept, is.Accept)
	w.limit(sizeChanged, s, "maxSize", was.MaxSize, is.MaxSize, lowered(limits{high: was.MaxSize}.within(natural), limits{high: is.MaxSize}.within(natural)))
}

// accept compares media types. A list that only became narrower or wider by
// patterns that others cover changes nothing.
func (w *walk) accept(s site, was, is []parser.Text) {
	removed, added := missing(literals(was), literals(is)), missing(literals(is), literals(was))
	if len(removed)+len(added) == 0 {
		return
	}
	c := change{what: "accept " + gained(removed, added)}
	switch { // entries that are no media types are not among them
	case len(was) == 0:
		c.what += ", and named no media type before, so that all were accepted"
	case len(is) == 0:
		c.what += ", and names no media type any more, so that all are accepted"
	}
	if !covers(is, was) {
		c.effect |= Tightens
	}
	if !covers(was, is) {
		c.effect |= Relaxes
	}
	if len(added) > 0 {
		c.new = added[0].Span
	}
	if len(removed) > 0 {
		c.old = removed[0].Span
	}
	w.found(acceptChanged, s, c)
}

// covers reports whether patterns take every media type that others take. No
// patterns take all.
func covers(patterns, others []parser.Text) bool {
	if len(patterns) == 0 {
		return true
	}
	if len(others) == 0 {
		others = []parser.Text{{Value: "*/*"}}
	}
	index := byText(patterns)
	return !slices.ContainsFunc(others, func(other parser.Text) bool { return !covered(index, other.Value) })
}

// covered reports whether one of the patterns takes all that another one takes.
// They are compared exactly, as validation does: letter case counts.
func covered(patterns map[string]parser.Text, other string) bool {
	candidates := []string{"*/*", other}
	if kind, _, ok := strings.Cut(other, "/"); ok {
		candidates = append(candidates, kind+"/*")
	}
	return slices.ContainsFunc(candidates, func(pattern string) bool {
		_, ok := patterns[pattern]
		return ok
	})
}
