package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/bench/report"
)

func result(name string, rounds ...time.Duration) measure.Result {
	return measure.Result{Name: name, Rounds: rounds, Allocs: 2}
}

func TestTable(t *testing.T) {
	t.Parallel()
	theirs := result("peer", 1000, 2000, 3000)
	seconds := result("peer", 2*time.Second)
	var b strings.Builder
	err := report.WriteTable(&b, []report.Line{
		{Row: report.Row{Work: "met", Target: 0.1}, Ours: result("lexgen", 100, 200, 300), Theirs: &theirs},
		{Row: report.Row{Work: "near", Target: 0.1}, Ours: result("lexgen", 140, 280, 420), Theirs: &theirs},
		{Row: report.Row{Work: "missed", Target: 0.1}, Ours: result("lexgen", 160, 320, 480), Theirs: &theirs},
		{Row: report.Row{Work: "limit", Limit: time.Second}, Ours: result("lexgen", 900*time.Millisecond)},
		{Row: report.Row{Work: "both", Limit: time.Second}, Ours: result("lexgen", 2*time.Second), Theirs: &seconds},
		{Row: report.Row{Work: "neither"}, Ours: result("lexgen", 50*time.Microsecond), Others: []measure.Result{theirs}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `| work | lexgen | peer | ratio | target | verdict | others |
| --- | --- | --- | --- | --- | --- | --- |
| met | 200 ns ±50 %, 2 allocs | peer 2 us ±50 %, 2 allocs | 0.100 | 0.100 | met |  |
| near | 280 ns ±50 %, 2 allocs | peer 2 us ±50 %, 2 allocs | 0.140 | 0.100 | within 1.5 times |  |
| missed | 320 ns ±50 %, 2 allocs | peer 2 us ±50 %, 2 allocs | 0.160 | 0.100 | MISSED |  |
| limit | 900 ms ±0 % |  |  | 1 s | met |  |
| both | 2 s ±0 % | peer 2 s ±0 % | 1.000 | 1 s | MISSED |  |
| neither | 50 us ±0 %, 2 allocs |  |  |  |  | peer 2 us ±50 %, 2 allocs |
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

func TestVariantsThatAreOursElsewhereAreNoOthers(t *testing.T) {
	t.Parallel()
	spin := func(n int) error {
		sum := 0
		for i := range n * 1000 {
			sum ^= i * i
		}
		_ = sum
		return nil
	}
	lines, err := report.Comparison{
		Variants: []measure.Variant{{Name: "a", Run: spin}, {Name: "b", Run: spin}, {Name: "peer", Run: spin}, {Name: "other", Run: spin}},
		Rows:     []report.Row{{Work: "first", Ours: "a", Theirs: "peer"}, {Work: "second", Ours: "b", Theirs: "peer"}},
		Rounds:   3,
	}.Run(measure.Options{Rounds: 1, Slice: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	for i, ours := range []string{"a", "b"} {
		line := lines[i]
		if line.Ours.Name != ours || line.Theirs.Name != "peer" || len(line.Others) != 1 || line.Others[0].Name != "other" || len(line.Ours.Rounds) != 3 {
			t.Errorf("line %d is %+v", i, line)
		}
	}
}
