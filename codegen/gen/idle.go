package gen

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// reportIdle warns of exclusions and prefixes that match nothing: what they were
// to do does not happen.
func (r *run) reportIdle(exclusions []string, graph *resolver.Graph) {
	for _, text := range exclusions {
		at := r.Places["exclude "+text]
		means := func(other string) bool { return other == text || !at.IsZero() && r.Places["exclude "+other] == at }
		same := slices.DeleteFunc(slices.Clone(r.Exclude), func(other string) bool { return !means(other) })
		if same[0] != text || slices.ContainsFunc(same, func(other string) bool { return !slices.Contains(exclusions, other) }) {
			continue // said already, or done in another form
		}
		r.result.Report.Warning(diag.CodeOptionUnused, at, fmt.Sprintf("exclude: %s leaves no file out", text),
			diag.Help("remove it, or correct the id or the path; a glob is compared with paths as printed and as below their source"))
	}
	below := prefixesOf(graph)
	for _, option := range []struct {
		name     string
		prefixes map[string]string
	}{{"packages", r.Packages.Packages}, {"imports", r.Packages.Imports}} {
		for _, prefix := range slices.Sorted(maps.Keys(option.prefixes)) {
			if below[prefix] {
				continue
			}
			message := fmt.Sprintf("%s: no lexicon of the sources has the prefix %s", option.name, prefix)
			near := diag.Nearest(prefix, slices.Sorted(maps.Keys(below)), 1)
			r.result.Report.Warning(diag.CodeOptionUnused, r.Places[option.name+" "+prefix], message,
				diag.Suggest(strings.Join(near, "")), diag.Help("remove the entry or correct it; a prefix is made of whole segments of an id"))
		}
	}
}

// prefixesOf returns the ids of all lexicons, and what they begin with.
func prefixesOf(graph *resolver.Graph) map[string]bool {
	below := map[string]bool{}
	for _, lexicon := range graph.Lexicons {
		for prefix := lexicon.ID; prefix != "" && !below[prefix]; prefix = prefix[:max(0, strings.LastIndexByte(prefix, '.'))] {
			below[prefix] = true
		}
	}
	return below
}
