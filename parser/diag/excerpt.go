package diag

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"github.com/lexgen/lexgen/internal/visible"
)

const (
	// excerptWidth is how many columns of a source line are shown.
	excerptWidth = 160
	// excerptLead is how many columns of a longer line stand before the span,
	// if the rest of the line is long, too.
	excerptLead = 40
	// excerptReach is how many bytes before and behind a span's start are looked
	// at. It holds excerptWidth clusters of the largest size that is shown.
	excerptReach = excerptWidth * clusterRunes * utf8.UTFMax
	// clusterRunes is the largest grapheme cluster that is shown as such; the
	// runes of a larger one are shown one by one.
	clusterRunes = 8
	// tab is what a tab is shown as.
	tab = "    "
)

// excerpt is a source line, or the part of it around a span, as it is shown.
type excerpt struct {
	line      int    // number of the line, from 1
	text      string // visible, without a newline
	underline string // blanks, and marks below the span
}

// excerptOf returns the excerpt for a span with a file. Of a span over several
// lines it shows the first.
func excerptOf(span Span, mark string) excerpt {
	f := span.File
	line := f.Position(span.Start).Line
	low, high := f.lineRange(line)
	start := min(max(span.Start, low), high)
	end := min(max(span.End, start), high)

	to := min(high, start+excerptReach)
	lead, from := leadCells(f.src, low, start)
	trail := cells(f.src, start, to, excerptWidth)
	lead, cutLead := fitLead(lead, width(trail))
	trail, cutTrail := fit(trail, excerptWidth-width(lead))
	return excerpt{
		line:      line,
		text:      clipIf(cutLead || from > low) + text(lead) + text(trail) + clipIf(cutTrail || to < high),
		underline: clipBlank(cutLead || from > low) + strings.Repeat(" ", width(lead)) + underline(trail, end, mark),
	}
}

// underline marks the cells before end, at least one column.
func underline(list []cell, end int, mark string) string {
	columns := 0
	for _, c := range list {
		if c.start < end {
			columns += c.width
		}
	}
	return strings.Repeat(mark, max(columns, 1))
}

func clipIf(cut bool) string {
	if cut {
		return visible.Cut
	}
	return ""
}

func clipBlank(cut bool) string { return strings.Repeat(" ", len(clipIf(cut))) }

// cell is a piece of a line that is shown as a whole.
type cell struct {
	text  string
	width int // columns on a terminal
	start int // offset of the first byte in the file
}

// leadCells returns the cells before an offset of a line that begins at low: all
// of them, or more than fit. The first begins at from.
func leadCells(src []byte, low, start int) (list []cell, from int) {
	farthest := max(low, start-excerptReach)
	for reach := 2 * excerptWidth; ; reach *= 2 {
		from = max(farthest, start-reach)
		for from > farthest && !isPlain(src[from-1], src[from]) {
			from--
		}
		list = cells(src, from, start, math.MaxInt)
		if from == farthest || width(list) > excerptWidth {
			return list, from
		}
	}
}

// isPlain reports whether a cluster certainly ends between two bytes.
func isPlain(a, b byte) bool { return ' ' <= a && a <= '~' && ' ' <= b && b <= '~' }

// cells cuts the bytes between two offsets into cells, and ends behind the first
// that is beyond so many columns.
func cells(src []byte, from, to, columns int) []cell {
	var list []cell
	state, all := -1, 0
	for rest := src[from:to]; len(rest) > 0 && all <= columns; {
		var cluster []byte
		var wide int
		cluster, rest, wide, state = uniseg.FirstGraphemeCluster(rest, state)
		before := len(list)
		list = appendCluster(list, string(cluster), wide, to-len(rest)-len(cluster))
		all += width(list[before:])
	}
	return list
}

func appendCluster(list []cell, cluster string, columns, start int) []cell {
	if isCluster(cluster) {
		return append(list, cell{text: cluster, width: columns, start: start})
	}
	for i := 0; i < len(cluster); {
		r, size := utf8.DecodeRuneInString(cluster[i:])
		shown := visible.Rune(r, cluster[i:i+size])
		if r == '\t' {
			shown = tab
		}
		list = append(list, cell{text: shown, width: uniseg.StringWidth(shown), start: start + i})
		i += size
	}
	return list
}

// isCluster reports whether a grapheme cluster can be shown as it is: few runes,
// all of them visible but for joiners behind the first.
func isCluster(cluster string) bool {
	runes := 0
	for _, r := range cluster {
		if !unicode.IsPrint(r) && (runes == 0 || !isJoiner(r)) {
			return false
		}
		runes++
	}
	return runes <= clusterRunes && utf8.ValidString(cluster)
}

// isJoiner reports whether a rune only says how its neighbours are drawn
// together, as emoji and several scripts need it.
func isJoiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

// fitLead keeps the last cells of what stands before a span, as many as the
// trailing cells leave room for.
func fitLead(lead []cell, trail int) (kept []cell, cut bool) {
	room := max(excerptLead, excerptWidth-trail)
	for i, c := range slices.Backward(lead) {
		if room -= c.width; room < 0 {
			return lead[i+1:], true
		}
	}
	return lead, false
}

// fit keeps the first cells, as many as there is room for.
func fit(list []cell, room int) (kept []cell, cut bool) {
	for i, c := range list {
		if room -= c.width; room < 0 {
			return list[:i], true
		}
	}
	return list, false
}

func width(list []cell) int {
	columns := 0
	for _, c := range list {
		columns += c.width
	}
	return columns
}

func text(list []cell) string {
	var b strings.Builder
	for _, c := range list {
		b.WriteString(c.text)
	}
	return b.String()
}
