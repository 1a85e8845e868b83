package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/lexgen/lexgen/bench/measure"
)

// columns are the heads of the table.
var columns = []string{"work", "lexgen", "peer", "ratio", "target", "verdict", "others"}

// WriteTable writes the lines as a table in Markdown.
func WriteTable(w io.Writer, lines []Line) error {
	rows := [][]string{columns, rule()}
	for _, line := range lines {
		rows = append(rows, line.cells())
	}
	var b strings.Builder
	for _, cells := range rows {
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func rule() []string {
	cells := make([]string, len(columns))
	for i := range cells {
		cells[i] = "---"
	}
	return cells
}

func (l Line) cells() []string {
	theirs, ratio := "", ""
	if l.Theirs != nil {
		theirs = named(*l.Theirs)
		ratio = fmt.Sprintf("%.3f", l.Ours.Ratio(*l.Theirs))
	}
	others := make([]string, len(l.Others))
	for i, other := range l.Others {
		others[i] = named(other)
	}
	return []string{l.Row.Work, cost(l.Ours), theirs, ratio, l.target(), string(l.Verdict()), strings.Join(others, "; ")}
}

func (l Line) target() string {
	switch {
	case l.Row.Target != 0:
		return fmt.Sprintf("%.3f", l.Row.Target)
	case l.Row.Limit != 0:
		return readable(l.Row.Limit)
	}
	return ""
}

func named(r measure.Result) string { return r.Name + " " + cost(r) }

// cost prints the processor time, how noisy it was, and allocations, which are
// not known of children.
func cost(r measure.Result) string {
	text := fmt.Sprintf("%s ±%.0f %%", readable(r.CPU()), 50*r.Spread())
	if r.CPU() < time.Millisecond {
		text += fmt.Sprintf(", %.0f allocs", r.Allocs)
	}
	return text
}

// readable prints three digits.
func readable(d time.Duration) string {
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.3g s", d.Seconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.3g ms", d.Seconds()*1e3)
	case d >= time.Microsecond:
		return fmt.Sprintf("%.3g us", d.Seconds()*1e6)
	}
	return fmt.Sprintf("%d ns", d.Nanoseconds())
}
