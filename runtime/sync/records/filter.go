package records

import (
	"slices"
	"strings"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Filter says which collections an application wants: those that one of its patterns
// matches, such as app.bsky.feed.post or app.bsky.graph.*, or all if there is none.
type Filter []syntax.NSIDPattern

// Match reports whether the record at a path is wanted.
func (f Filter) Match(path string) bool {
	if len(f) == 0 {
		return true
	}
	collection, _, _ := strings.Cut(path, "/")
	return slices.ContainsFunc(f, func(p syntax.NSIDPattern) bool { return p.Match(syntax.NSID(collection)) })
}

// exact returns the collections, if no pattern stands for more than one.
func (f Filter) exact() ([]syntax.NSID, bool) {
	all := make([]syntax.NSID, 0, len(f))
	for _, p := range f {
		if strings.Contains(string(p), "*") {
			return nil, false
		}
		all = append(all, syntax.NSID(p))
	}
	return all, len(all) > 0
}

// fingerprint is equal for filters that are.
func (f Filter) fingerprint() string {
	texts := make([]string, len(f))
	for i, p := range f {
		texts[i] = string(p)
	}
	slices.Sort(texts)
	return "collections " + strings.Join(slices.Compact(texts), " ")
}
