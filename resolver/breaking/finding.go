package breaking

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
)

// Finding is one change.
type Finding struct {
	Rule Rule
	// ID is the definition that changed, or the lexicon. Was is its id in the
	// old version, where a reference leads elsewhere now; else it is empty.
	ID, Was string
	Path    string // from the definition to the place, as in .embed.images[]; may be empty
	What    string // the change, as a part of a sentence

	Effect Effect
	Ways   Directions // which the data goes
	Strict bool       // the rules of evolution rule the change out

	// Verdict is how grave the change is, and Released how grave it is for
	// what is released.
	Verdict, Released Verdict

	// Old and New are the places; New is the nearest one where the change
	// removed something, and has no file where the lexicon is gone, and so has
	// Old where the lexicon is new.
	Old, New diag.Span

	// Suppressed is why the finding does not count; nil if it does.
	Suppressed *Suppression

	roots [directions]string
}

// Place returns the definition and the path inside it.
func (f *Finding) Place() string { return f.ID + spaced(f.Path) }

func spaced(path string) string {
	if path == "" {
		return ""
	}
	return " " + path
}

// Why says what the change leads to; nothing if it is compatible.
func (f *Finding) Why() string {
	var reasons []string
	for _, way := range f.Ways.Each() {
		if reason := consequence(f.Effect, way); reason != "" && !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	switch {
	case f.Verdict == Compatible:
		return ""
	case len(reasons) == 0:
		return "no data breaks, but the rules of evolution do not allow it"
	}
	return strings.Join(reasons, ", and ")
}

// Message is the finding as one sentence that ends with the rules that it is
// judged by.
func (f *Finding) Message() string {
	why := f.Why()
	if why != "" {
		why = ": " + why
	}
	return fmt.Sprintf("%s: %s%s (%s)", f.Place(), f.What, why, f.Rule.Cites)
}

// Roots says from where data gets to the definition, one line for each
// direction, but for what stands in the definition itself.
func (f *Finding) Roots() []string {
	var lines []string
	for i, root := range f.roots {
		if root != "" && root != f.ID {
			lines = append(lines, fmt.Sprintf("it is part of the %s of %s", directionNames[i], root))
		}
	}
	return lines
}

// compareFindings orders by definition, path, rule and words.
func compareFindings(a, b *Finding) int {
	return cmp.Or(
		cmp.Compare(a.ID, b.ID),
		cmp.Compare(a.Path, b.Path),
		cmp.Compare(a.Rule.Code, b.Rule.Code),
		cmp.Compare(a.What, b.What),
		cmp.Compare(a.Was, b.Was),
	)
}
