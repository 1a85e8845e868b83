package resolver

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// exclusions leave files out by id or by path.
type exclusions struct {
	patterns []Pattern
	globs    []string
	used     map[string]bool // texts that left a file out
}

// parseExclusions tells path globs, which have a slash or end in .json, from
// patterns of ids.
func parseExclusions(texts []string) (exclusions, error) {
	ex := exclusions{used: map[string]bool{}}
	for _, text := range texts {
		if strings.Contains(text, "/") || strings.HasSuffix(text, ".json") {
			if err := checkGlob(text); err != nil {
				return exclusions{}, fmt.Errorf("exclude %q: %w", text, err)
			}
			ex.globs = append(ex.globs, text)
			continue
		}
		pattern, err := ParsePattern(text)
		if err == nil && pattern.def != "" {
			err = fmt.Errorf("names a definition; only files can be excluded")
		}
		if err != nil {
			return exclusions{}, fmt.Errorf("exclude %q: %w", text, err)
		}
		ex.patterns = append(ex.patterns, pattern)
	}
	return ex, nil
}

func (ex exclusions) matchID(id string) bool {
	matched := false
	for _, p := range ex.patterns {
		if p.MatchID(id) {
			ex.used[p.String()], matched = true, true
		}
	}
	return matched
}

// matchPath compares the globs with the path as printed and with the path
// below the source.
func (ex exclusions) matchPath(file File) bool {
	matched := false
	for _, glob := range ex.globs {
		if matchGlob(glob, file.Path) || matchGlob(glob, file.Rel) {
			ex.used[glob], matched = true, true
		}
	}
	return matched
}

// idle returns the texts that left nothing out.
func (ex exclusions) idle(texts []string) []string {
	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return ex.used[text] })
}

func checkGlob(glob string) error {
	_, err := path.Match(glob, "")
	return err
}

// matchGlob reports whether a glob matches a path or a folder above it. Each
// element matches as in path.Match, and ** matches any number of elements.
func matchGlob(glob, name string) bool {
	return matchElements(split(glob), split(name))
}

func split(name string) []string {
	return strings.Split(strings.Trim(path.Clean(name), "/"), "/")
}

// matchElements keeps the set of positions in the glob that the elements so
// far can have reached, so that its cost is bounded by both lengths.
func matchElements(glob, name []string) bool {
	reached := make([]bool, len(glob)+1)
	reached[0] = true
	spread(glob, reached)
	for _, element := range name {
		next := make([]bool, len(glob)+1)
		for i, g := range glob {
			if !reached[i] {
				continue
			}
			if g == "**" {
				next[i] = true
				continue
			}
			ok, _ := path.Match(g, element) // checkGlob saw every element
			next[i+1] = ok || next[i+1]
		}
		reached = next
		spread(glob, reached)
		if reached[len(glob)] {
			return true
		}
	}
	return false
}

// spread lets ** match no element.
func spread(glob []string, reached []bool) {
	for i, g := range glob {
		if g == "**" && reached[i] {
			reached[i+1] = true
		}
	}
}
