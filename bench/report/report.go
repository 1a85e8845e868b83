package report

import (
	"fmt"
	"time"

	"github.com/lexgen/lexgen/bench/measure"
)

// A Comparison is a piece of work with the ways to do it, and the rows that
// the table gets from that.
type Comparison struct {
	Variants []measure.Variant
	Rows     []Row
	// Rounds overrides the number of rounds if it is not zero.
	Rounds int
	// Close, if it is not nil, releases what the variants need. Run calls it.
	Close func()
}

// A Row compares two variants, and lists the others.
type Row struct {
	Work string
	Ours string // a variant's name
	// Theirs is a variant's name, or empty if there is nobody to compare with.
	Theirs string
	// Target is what ours should cost at most, as a share of theirs. Zero if
	// there is none.
	Target float64
	// Limit is what ours should cost at most, absolutely. Zero if there is
	// none.
	Limit time.Duration
}

// Line is a finished row.
type Line struct {
	Row    Row
	Ours   measure.Result
	Theirs *measure.Result // nil if there is nobody to compare with
	Others []measure.Result
}

// Run measures a comparison.
func (c Comparison) Run(o measure.Options) ([]Line, error) {
	if c.Rounds != 0 {
		o.Rounds = c.Rounds
	}
	if c.Close != nil {
		defer c.Close()
	}
	results, err := measure.Compare(c.Variants, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Rows[0].Work, err)
	}
	lines := make([]Line, len(c.Rows))
	for i, row := range c.Rows {
		lines[i] = c.line(row, results)
	}
	return lines, nil
}

// line picks the results of a row. Results that are ours in another row are
// nobody's others.
func (c Comparison) line(row Row, results []measure.Result) Line {
	line := Line{Row: row}
	for _, result := range results {
		switch {
		case result.Name == row.Ours:
			line.Ours = result
		case result.Name == row.Theirs:
			line.Theirs = &result
		case !c.isOurs(result.Name):
			line.Others = append(line.Others, result)
		}
	}
	return line
}

func (c Comparison) isOurs(name string) bool {
	for _, row := range c.Rows {
		if row.Ours == name {
			return true
		}
	}
	return false
}

// Verdict says how far a row is from what it should be.
type Verdict string

// Verdicts from good to bad.
const (
	None   Verdict = ""
	Met    Verdict = "met"
	Near   Verdict = "within 1.5 times"
	Missed Verdict = "MISSED"
)

// tolerance is how many times its target a row may cost.
const tolerance = 1.5

// Verdict compares the line with its target or limit.
func (l Line) Verdict() Verdict {
	share, ok := l.share()
	switch {
	case !ok:
		return None
	case share <= 1:
		return Met
	case share <= tolerance:
		return Near
	}
	return Missed
}

// share returns what the row costs as a share of what it should.
func (l Line) share() (float64, bool) {
	switch {
	case l.Row.Target != 0 && l.Theirs != nil:
		return l.Ours.Ratio(*l.Theirs) / l.Row.Target, true
	case l.Row.Limit != 0:
		return float64(l.Ours.CPU()) / float64(l.Row.Limit), true
	}
	return 0, false
}
