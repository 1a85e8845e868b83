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
	for _, other := range others {
		if !slices.ContainsFunc(patterns, func(p parser.Text) bool { return coversOne(p.Value, other.Value) }) {
			return false
		}
	}
	return true
}

// coversOne compares exactly, as validation does: letter case counts.
func coversOne(pattern, other string) bool {
	if pattern == "*/*" || pattern == other {
		return true
	}
	stem, wild := strings.CutSuffix(pattern, "*")
	return wild && strings.HasSuffix(stem, "/") && strings.HasPrefix(other, stem)
}
