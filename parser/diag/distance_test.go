package diag

import (
	"testing"

	"pgregory.net/rapid"
)

// TestDistanceAgreesWithTheWholeTable compares the band with a computation
// of every cell.
func TestDistanceAgreesWithTheWholeTable(t *testing.T) {
	t.Parallel()
	text := rapid.SliceOfN(rapid.RuneFrom([]rune("abc")), 0, 12)
	var m measure
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		limit := rapid.IntRange(0, 8).Draw(t, "limit")
		want := min(wholeDistance(a, b), limit+1)
		if got := m.distance(a, b, limit); got != want {
			t.Fatalf("%q to %q, at most %d: got %d, want %d", string(a), string(b), limit, got, want)
		}
		if got := m.distance(b, a, limit); got != want {
			t.Fatalf("%q to %q is not as far as back", string(b), string(a))
		}
	})
}

// wholeDistance is the definition of optimal string alignment.
func wholeDistance(a, b []rune) int {
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
		for j := range table[i] {
			table[i][j] = cellDistance(table, a, b, i, j)
		}
	}
	return table[len(a)][len(b)]
}

func cellDistance(table [][]int, a, b []rune, i, j int) int {
	if i == 0 || j == 0 {
		return i + j
	}
	d := min(table[i-1][j]+1, table[i][j-1]+1, table[i-1][j-1]+differ(a[i-1], b[j-1]))
	if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
		d = min(d, table[i-2][j-2]+1)
	}
	return d
}
