package resolver

import (
	"fmt"
	"regexp"
	"strings"
)

// Pattern names lexicons or one definition: an NSID names a lexicon with all
// its definitions, NSID#NAME one definition, PREFIX.* every lexicon whose id
// goes on behind PREFIX and a dot, and * everything.
type Pattern struct {
	text   string
	prefix string // what the id begins with, up to and with the last dot
	id     string // the whole id; empty for a prefix
	def    string // the name of one definition; empty for all of a lexicon
}

// Segments are not checked further: a pattern that cannot match is reported
// when it matches nothing.
var (
	idPattern  = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$`)
	defPattern = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
)

// ParsePattern reads a pattern. The error says which forms there are.
func ParsePattern(text string) (Pattern, error) {
	pattern := Pattern{text: text}
	id, def, hasDef := strings.Cut(text, "#")
	stem, isPrefix := strings.CutSuffix(id, ".*")
	switch {
	case text == "*":
		return pattern, nil
	case isPrefix && !hasDef && idPattern.MatchString(stem):
		pattern.prefix = stem + "."
		return pattern, nil
	case !isPrefix && idPattern.MatchString(id) && hasDef == defPattern.MatchString(def):
		pattern.id, pattern.def = id, def
		return pattern, nil
	}
	return Pattern{}, fmt.Errorf("pattern %q is none of NSID, NSID#NAME, PREFIX.* and *", text)
}

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }

// IsAll reports whether the pattern is the one that names everything.
func (p Pattern) IsAll() bool { return p.text == "*" }

// MatchID reports whether the pattern names the lexicon or a definition of it.
func (p Pattern) MatchID(id string) bool {
	if p.id != "" {
		return p.id == id
	}
	return strings.HasPrefix(id, p.prefix)
}

// MatchDef reports whether the pattern names the definition.
func (p Pattern) MatchDef(def *Def) bool {
	return p.MatchID(def.Lexicon.ID) && (p.def == "" || p.def == def.Name)
}

// HasDef reports whether the pattern names one definition.
func (p Pattern) HasDef() bool { return p.def != "" }
