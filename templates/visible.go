package templates

import (
	"strings"

	"github.com/lexgen/lexgen/internal/visible"
)

// Visible returns the text with everything replaced that could move the
// cursor, reorder or recolour what a terminal shows, see [visible.Text]. Line
// feeds and tabs stay.
func Visible(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		cells := strings.Split(line, "\t")
		for j, cell := range cells {
			cells[j] = visible.Text(cell)
		}
		lines[i] = strings.Join(cells, "\t")
	}
	return strings.Join(lines, "\n")
}

// lineLimit is how many code points of a line of an example are shown.
const lineLimit = 100

// VisibleLine is like [Visible], and what it returns is one line: a name that
// has line feeds stays in its place in a list.
func VisibleLine(text string) string { return visible.Text(text) }
