package config

import "github.com/lexgen/lexgen/parser/diag"

// Breaking is what lexgen breaking does in a project.
type Breaking struct {
	Against  Text      // the version to compare with: git:REF, DIR or go:MODULE@VERSION/PATH
	Unstable []Text    // patterns of lexicons that are not released
	Ignore   []Ignored // changes that are accepted
}

// Ignored are changes that a project accepts. No field is absent.
type Ignored struct {
	At     diag.Span // of the entry's first key
	Rule   Text      // the code of the diagnostic
	In     Text      // pattern of definitions
	Reason Text
	Until  Text // the last day, YYYY-MM-DD
}

// Span returns the place of the entry.
func (i Ignored) Span() diag.Span { return i.At }

func breakingOf(n node) Breaking {
	m, ok := n.(*mapping)
	if !ok {
		return Breaking{}
	}
	b := Breaking{Against: textOf(m.get("against")), Unstable: textsOf(m.get("unstable"))}
	entries, ok := m.get("ignore").(*sequence)
	if !ok {
		return b
	}
	for _, item := range entries.items {
		if entry, ok := item.(*mapping); ok {
			b.Ignore = append(b.Ignore, Ignored{
				At:     entry.at,
				Rule:   textOf(entry.get("rule")),
				In:     textOf(entry.get("in")),
				Reason: textOf(entry.get("reason")),
				Until:  textOf(entry.get("until")),
			})
		}
	}
	return b
}
