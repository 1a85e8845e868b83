package cli

import (
	"fmt"
	"time"
	"unicode"

	"github.com/lexgen/lexgen/internal/visible"
)

const (
	leastName = 8  // columns of a name beside all numbers
	spacious  = 10 // lines of a table with an empty one
)

// text returns the lines of the table. They fit into a terminal of this size, with its
// last line and column left empty.
func (t *rateTable) text(now time.Time, width, height int) []string {
	room := max(height-1, 1)
	lines := t.head(now)
	if room >= spacious {
		lines = append(lines, "")
	}
	lines = append(lines, layOut(t.rows(now, room-len(lines)-1), width-1)...)
	lines = lines[:min(len(lines), room)]
	for i, line := range lines {
		lines[i] = fitted(visible.Text(line), width-1)
	}
	return lines
}

// head returns the lines about the run as a whole.
func (t *rateTable) head(now time.Time) []string {
	c := t.counts
	lines := []string{
		fmt.Sprintf("seq %d  %s  %s", c.seq, ageText(now.Sub(c.begin).Truncate(time.Second)), t.service),
		fmt.Sprintf("%s  %s/s  %s", count(c.events, "event", "events"), t.rate("", c.events, now), behindText(c.behind)),
	}
	for _, list := range []struct {
		title  string
		counts map[string]int
	}{{"verdicts: ", c.verdicts}, {"reasons: ", c.reasons}, {"besides commits: ", c.kinds}} {
		if len(list.counts) > 0 {
			lines = append(lines, list.title+listed(list.counts))
		}
	}
	if c.broken > 0 {
		lines = append(lines, c.brokenText())
	}
	return lines
}

// A tableRow is a line of the table: a name and its numbers, the most important one
// last; none if the name is all.
type tableRow struct {
	name    string
	numbers []string
}

// rows returns the heading and at most so many rows below it, but one at least.
func (t *rateTable) rows(now time.Time, most int) []tableRow {
	rows := []tableRow{{"COLLECTION", []string{"CREATE", "UPDATE", "DELETE", "RECORDS/S"}}}
	all := names(t.counts.collections, (*recordCounts).total)
	for i, name := range all {
		if left := len(all) - i; i > 0 && i >= most-1 && left > 1 {
			return append(rows, tableRow{name: fmt.Sprintf("and %d more", left)})
		}
		c := t.counts.collections[name]
		rows = append(rows, tableRow{name, []string{
			fmt.Sprint(c.create), fmt.Sprint(c.update), fmt.Sprint(c.remove), t.rate(name, c.total(), now),
		}})
	}
	return rows
}

// rate is how many there were each second since the table was drawn last.
func (t *rateTable) rate(name string, total int, now time.Time) string {
	seconds := now.Sub(t.at).Seconds()
	if seconds <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", float64(total-t.before[name])/seconds)
}

// layOut writes rows below each other. In a narrow terminal names lose their beginning,
// and where even that leaves no room only the last number is shown.
func layOut(rows []tableRow, width int) []string {
	first := 0
	widths, room := widthsOf(rows, first, width)
	if room < leastName {
		first = len(widths) - 1
		widths, room = widthsOf(rows, first, width)
	}
	lines := make([]string, len(rows))
	for i, row := range rows {
		if row.numbers == nil {
			lines[i] = row.name
			continue
		}
		name := ending(row.name, room)
		if i == 0 {
			name = fitted(row.name, room)
		}
		lines[i] = fmt.Sprintf("%-*s", room, name)
		for j, number := range row.numbers[first:] {
			lines[i] += fmt.Sprintf(" %*s", widths[j], number)
		}
	}
	return lines
}

// widthsOf returns how wide the columns of numbers are, from the first one on, and how
// much of a width is left for names.
func widthsOf(rows []tableRow, first, width int) (widths []int, room int) {
	widths = make([]int, len(rows[0].numbers)-first)
	longest := 0
	for _, row := range rows {
		longest = max(longest, len(row.name))
		if row.numbers != nil {
			for j, number := range row.numbers[first:] {
				widths[j] = max(widths[j], len(number))
			}
		}
	}
	for _, w := range widths {
		width -= w + len(" ")
	}
	return widths, min(max(width, 1), longest)
}

// ending returns the end of a name, which tells it from others of its namespace.
func ending(name string, width int) string {
	switch {
	case len(name) <= width:
		return name
	case width <= len(visible.Cut):
		return name[len(name)-width:]
	}
	return visible.Cut + name[len(name)-width+len(visible.Cut):]
}

// fitted returns a line that is no wider than that.
func fitted(line string, width int) string {
	if columns(line) <= width {
		return line
	}
	room := width - len(visible.Cut)
	for i, r := range line {
		if room -= columnsOf(r); room < 0 {
			return line[:i] + visible.Cut[:min(len(visible.Cut), max(width, 0))]
		}
	}
	return line
}

// columns is how many columns of a terminal a line takes at most.
func columns(line string) int {
	n := 0
	for _, r := range line {
		n += columnsOf(r)
	}
	return n
}

func columnsOf(r rune) int {
	if r > unicode.MaxASCII {
		return 2 // or one, or none
	}
	return 1
}

// behindText says how far a stream is behind a clock.
func behindText(d time.Duration) string {
	if d < 0 {
		return ageText(-d) + " ahead"
	}
	return ageText(d) + " behind"
}

const day = 24 * time.Hour

// ageText writes a time as exactly as anybody wants to know it.
func ageText(d time.Duration) string {
	switch {
	case d >= 2*day:
		return fmt.Sprintf("%d days", d/day)
	case d >= time.Minute:
		return d.Truncate(time.Second).String()
	}
	return d.Round(time.Second / 10).String()
}
