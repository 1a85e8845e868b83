package ir

import "unicode/utf8"

// maxLabel bounds what messages call a place, in bytes. Labels grow with every
// step into a schema; without a bound a long name near the top would be
// repeated for all that is below it.
const maxLabel = 512

// within returns the label of a part of a place.
func within(label, part string) string { return clip(label + "/" + brief(part)) }

// clip replaces the middle of a label that is too long.
func clip(label string) string {
	if len(label) <= maxLabel {
		return label
	}
	from := len(label) - maxLabel/2
	for from < len(label) && !utf8.RuneStart(label[from]) {
		from++
	}
	return cut(label, maxLabel/2) + "…" + label[from:]
}
