package identity

import (
	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/bench/report"
)

// Names of the ways that are compared.
const (
	ours       = "lexgen"
	theirs     = "indigo"
	signatures = "indigo, its signatures alone"
)

// Comparisons returns all comparisons of this package. The error says who does
// other work than the other.
func Comparisons() ([]report.Comparison, error) {
	var all []report.Comparison
	for _, prepare := range []func() (report.Comparison, error){
		byDID, byHandle, verifyLog,
	} {
		comparison, err := prepare()
		if err != nil {
			return nil, err
		}
		all = append(all, comparison)
	}
	return all, nil
}

// compare returns one row with the ways to do its work.
func compare(work, peer string, own, others func(i int) error) report.Comparison {
	return report.Comparison{
		Rows:     []report.Row{{Work: work, Ours: ours, Theirs: peer}},
		Variants: []measure.Variant{repeat(ours, own), repeat(peer, others)},
	}
}

// repeat turns work without a count into what measure wants. It numbers the calls.
func repeat(name string, work func(i int) error) measure.Variant {
	next := 0
	return measure.Variant{Name: name, Run: func(n int) error {
		for range n {
			if err := work(next); err != nil {
				return err
			}
			next++
		}
		return nil
	}}
}
